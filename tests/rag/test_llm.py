"""Names of models, chat templates, and what of an answer is shown."""

import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from huggingface_hub import constants

from rag.chat_template import ChatTemplate, Piece
from rag.errors import ModelError
from rag.llm import Message, load, resolve
from rag.model_files import choose, quantisations
from rag.thoughts import VisibleText

GGUF = b"GGUF" + struct.pack("<I", 3) + bytes(24)
COMMIT = "5f0e1c" * 6 + "abcd"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty hub cache, and no network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


def keep(cache: Path, repo: str, *names: str, commit: str = COMMIT, main: bool = True) -> Path:
    """Files of a repository as the hub's library keeps them; returns the snapshot."""
    folder = cache / f"models--{repo.replace('/', '--')}"
    snapshot = folder / "snapshots" / commit
    for name in names:
        blob = folder / "blobs" / f"{commit}-{name.replace('/', '-')}"
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(GGUF)
        link = snapshot / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    if main:
        (folder / "refs").mkdir(exist_ok=True)
        (folder / "refs" / "main").write_text(commit)
    return snapshot


def refusal(name: str) -> str:
    with pytest.raises(ModelError) as caught:
        resolve(name)
    message = str(caught.value)
    assert message and "\n" not in message
    return message


# --- names ---


@pytest.mark.parametrize("name", ["quote", "auto"])
def test_no_model(name: str) -> None:
    assert resolve(name) is None
    assert load(name) is None


def test_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(GGUF)
    assert resolve(str(path)) == path
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve("~/model.gguf") == path
    renamed = path.rename(tmp_path / "model")  # what counts is inside
    assert resolve(str(renamed)) == renamed


def test_a_path_that_is_no_gguf(tmp_path: Path) -> None:
    missing, empty, text = (tmp_path / f"{name}.gguf" for name in ("missing", "empty", "text"))
    empty.touch()
    text.write_text("<!DOCTYPE html>")
    assert "there is no file" in refusal(str(missing)) and str(missing) in refusal(str(missing))
    assert f"{empty} is empty" in refusal(str(empty))
    assert f"{text} is not a GGUF file" in refusal(str(text))
    text.write_bytes(b"GGUF")
    assert "is not a GGUF file" in refusal(str(text))
    text.write_bytes(b"GGUF" + struct.pack(">I", 3))  # made for a big-endian machine
    assert "GGUF version 50331648" in refusal(str(text))
    assert "is a folder" in refusal(str(tmp_path)) and "text.gguf" in refusal(str(tmp_path))
    assert "is not a model" in refusal("qwen")
    assert "is not a model" in refusal("a/b/c")
    assert "cannot be opened" in refusal("x" * 5000 + ".gguf")


def test_a_model_in_parts(tmp_path: Path) -> None:
    parts = [tmp_path / f"m-Q8_0-{i:05}-of-00003.gguf" for i in (1, 2, 3)]
    for part in parts:
        part.write_bytes(GGUF)
    assert [resolve(str(part)) for part in parts] == [parts[0]] * 3
    parts[1].unlink()
    assert parts[1].name in refusal(str(parts[2]))


def test_a_cached_repository_needs_no_network(cache: Path) -> None:
    files = ("qwen-q4_k_m.gguf", "qwen-Q8_0.gguf", "qwen-Q4_K_S.gguf", "mmproj-Q8_0.gguf")
    snapshot = keep(cache, "user/repo", "README.md", *files)
    assert resolve("user/repo:Q4_K_M") == snapshot / "qwen-q4_k_m.gguf"
    assert resolve("user/repo:q8_0") == snapshot / "qwen-Q8_0.gguf"
    assert resolve("user/repo:qwen-Q4_K_S.gguf") == snapshot / "qwen-Q4_K_S.gguf"
    assert resolve("user/repo") == snapshot / "qwen-q4_k_m.gguf"
    for absent in ("user/repo:Q4_K", "user/repo:Q5_K_M", "user/other"):  # whole names only
        assert "not in the hub cache" in refusal(absent)


def test_without_a_quantisation(cache: Path) -> None:
    only = keep(cache, "a/one", "x-IQ4_XS.gguf")
    assert resolve("a/one") == only / "x-IQ4_XS.gguf"
    keep(cache, "a/two", "x-Q5_K_M.gguf", "x-Q8_0.gguf")
    assert "x-Q5_K_M.gguf, x-Q8_0.gguf" in refusal("a/two")
    keep(cache, "a/none", "model.safetensors")
    assert "not in the hub cache" in refusal("a/none")


def test_cached_parts_and_states(cache: Path) -> None:
    parts = [f"Q6_K/big-Q6_K-{i:05}-of-00002.gguf" for i in (1, 2)]
    snapshot = keep(cache, "a/big", *parts)
    assert resolve("a/big:Q6_K") == snapshot / parts[0]
    (snapshot / parts[1]).resolve().unlink()  # a download cut short
    assert "not in the hub cache" in refusal("a/big:Q6_K")
    keep(cache, "a/old", "x-Q8_0.gguf", commit="0" * 40)
    new = keep(cache, "a/old", "x-Q8_0.gguf", commit="1" * 40)
    keep(cache, "a/old", "x-Q8_0.gguf", commit="2" * 40, main=False)
    assert resolve("a/old:Q8_0") == new / "x-Q8_0.gguf"


class FakeHub:
    """A repository as the hub's library reports and downloads it."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder, self.names, self.downloaded = folder, names, list[str]()

    def model_info(self, repo: str, *, timeout: float) -> "FakeHub":
        assert timeout <= 15
        return self

    @property
    def siblings(self) -> list["Sibling"]:
        return [Sibling(name) for name in self.names]

    def download(self, repo: str, name: str, *, etag_timeout: float) -> str:
        self.downloaded.append(name)
        (self.folder / name).write_bytes(GGUF)
        return str(self.folder / name)


class Sibling:
    def __init__(self, name: str) -> None:
        self.rfilename = name


def test_download(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [f"m-Q8_0-{i:05}-of-00002.gguf" for i in (1, 2)]
    hub = FakeHub(tmp_path, "README.md", "m-Q4_K_M.gguf", "m-Q3_K_S.gguf", *parts)
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: hub)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", hub.download)
    assert resolve("user/repo") == tmp_path / "m-Q4_K_M.gguf"
    assert resolve("user/repo:q8_0") == tmp_path / parts[0]
    assert hub.downloaded == ["m-Q4_K_M.gguf", *parts]
    message = refusal("user/repo:Q2_K")
    assert "no complete Q2_K" in message and "m-Q3_K_S.gguf" in message
    hub.names = ("model.safetensors",)
    assert "has no GGUF files" in refusal("user/repo:Q4_K_M")


def test_a_whole_file_name_wins(cache: Path) -> None:
    snapshot = keep(cache, "a/alike", "tiny-Q8_0.gguf", "not-tiny-Q8_0.gguf", "tiny-UD-Q8_0.gguf")
    assert resolve("a/alike:tiny-Q8_0.gguf") == snapshot / "tiny-Q8_0.gguf"
    assert "several models" in refusal("a/alike:Q8_0")


def test_companions_are_no_models(cache: Path) -> None:
    companions = ("Model-mmproj-Q8_0.gguf", "mmproj.gguf", "Model.imatrix.gguf", "imatrix_u.gguf")
    snapshot = keep(cache, "a/seeing", "Model-Q8_0.gguf", "._Model-Q8_0.gguf", *companions)
    assert resolve("a/seeing") == resolve("a/seeing:Q8_0") == snapshot / "Model-Q8_0.gguf"
    weighted = keep(cache, "a/weighted", "Model-Q4_0-imatrix.gguf")
    assert resolve("a/weighted") == weighted / "Model-Q4_0-imatrix.gguf"


def test_published_names() -> None:
    """Files as the repositories recommended in README.md have them."""
    seven = "qwen2.5-7b-instruct-{}.gguf"
    split = [seven.format(f"q4_k_m-0000{i}-of-00002") for i in (1, 2)]
    whole = [seven.format(quant) for quant in ("fp16", "q2_k", "q3_k_m", "q4_0", "q8_0")]
    assert choose([*whole, *split], "Q4_K_M", repo="r") == split
    assert choose([*whole, *split], None, repo="r") == split
    assert choose(whole, "fp16", repo="r") == whole[:1]
    eight = [f"Qwen3-8B-{quant}.gguf" for quant in ("Q4_K_M", "Q5_0", "Q5_K_M", "Q6_K", "Q8_0")]
    assert choose(eight, "Q4_K_M", repo="r") == eight[:1]
    assert choose(["Qwen3-0.6B-Q8_0.gguf"], "Q8_0", repo="r") == ["Qwen3-0.6B-Q8_0.gguf"]
    assert quantisations(seven.format("fp16")) == ["fp16"]
    assert quantisations("x-UD-Q4_K_XL.gguf") == ["UD-Q4_K_XL"]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's library may use the network, and whatever does fails the test."""

    def forbidden(*_: object, **__: object) -> None:
        pytest.fail("the network was touched")

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    for owner, name in (
        (socket.socket, "connect"),
        (socket.socket, "connect_ex"),
        (socket, "getaddrinfo"),
        (socket, "create_connection"),
    ):
        monkeypatch.setattr(owner, name, forbidden)


def test_a_cached_model_touches_no_network(cache: Path, no_network: None) -> None:
    old = keep(cache, "a/b", "x-Q4_K_M.gguf", "x-Q2_K.gguf", commit="0" * 40)
    new = keep(cache, "a/b", "x-Q4_K_M.gguf", "x-Q8_0.gguf", commit="1" * 40)
    assert resolve("a/b") == resolve("a/b:Q4_K_M") == new / "x-Q4_K_M.gguf"
    assert resolve("a/b:q2_k") == old / "x-Q2_K.gguf"
    (new / "x-Q4_K_M.gguf").resolve().unlink()  # a download cut short leaves such a link
    assert resolve("a/b:Q4_K_M") == old / "x-Q4_K_M.gguf"
    assert resolve("a/b") == new / "x-Q8_0.gguf"  # the only whole model of the newest state
    (cache / "models--a--b" / "refs" / "main").write_bytes(b"\xff")  # a damaged reference
    assert resolve("a/b:Q8_0") == new / "x-Q8_0.gguf"


def test_a_cache_that_cannot_be_written(cache: Path, no_network: None) -> None:
    snapshot = keep(cache, "a/b", "x-Q4_K_M.gguf")
    entries = [cache, *cache.rglob("*")]
    before = [(path, path.lstat().st_mtime_ns) for path in entries]
    for path in entries:
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)
    assert resolve("a/b:Q4_K_M") == snapshot / "x-Q4_K_M.gguf"
    for path in entries:
        if path.is_dir():
            path.chmod(0o755)
    assert [(path, path.lstat().st_mtime_ns) for path in [cache, *cache.rglob("*")]] == before


def test_what_cannot_be_looked_at_is_passed_over(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = keep(cache, "a/b", "x-Q4_K_M.gguf", "x-Q8_0.gguf")
    really = os.stat

    def stat(path: str | Path, **options: bool) -> os.stat_result:
        if str(path).endswith(("/x-Q8_0.gguf", "0000")):
            raise PermissionError(13, "Permission denied", str(path))
        return really(path, **options)  # type: ignore[arg-type]

    keep(cache, "a/b", "x-Q6_K.gguf", commit="0" * 40, main=False)
    monkeypatch.setattr(os, "stat", stat)
    assert resolve("a/b") == snapshot / "x-Q4_K_M.gguf"
    assert "not in the hub cache" in refusal("a/b:Q8_0")


def test_what_else_the_cache_has_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(cache, "a/b", "x-Q8_0.gguf", "mmproj-F16.gguf")
    message = refusal("a/b:Q4_K_M")
    assert message.startswith("a/b:Q4_K_M is not in the hub cache (which has x-Q8_0.gguf)")
    assert "HF_HUB_OFFLINE" in message
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    for error, remedy in (
        (PermissionError(13, "Permission denied", "/c"), "cannot be stored: Permission denied"),
        (OSError(28, "No space left on device"), "cannot be stored: No space left on device"),
        (NotADirectoryError(20, "Not a directory", "/c"), "HF_HUB_CACHE"),
        (ConnectionResetError(104, "reset"), "the hub cannot be reached at huggingface.co"),
    ):

        def fail(error: OSError = error) -> None:
            raise error

        monkeypatch.setattr("huggingface_hub.HfApi", fail)
        assert remedy in refusal("a/b:Q4_K_M")


def test_an_empty_or_unfinished_file_in_the_cache(cache: Path) -> None:
    snapshot = keep(cache, "a/b", "x-Q8_0.gguf", "y-Q4_0.gguf")
    (snapshot / "x-Q8_0.gguf").resolve().write_bytes(b"")
    message = refusal("a/b:Q8_0")
    assert "x-Q8_0.gguf is empty; delete it and download it again" in message
    (snapshot / "y-Q4_0.gguf").resolve().write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "only points at the model" in refusal("a/b:Q4_0")


def in_another_process(name: str, cwd: Path | None = None, **environment: str) -> str:
    """What `resolve(name)` gives or says where nothing of this process is set."""
    script = (
        "import sys\n"
        "def watch(event, _):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'): print('network!')\n"
        "sys.addaudithook(watch)\n"
        "from rag import hub\n"
        "from rag.errors import ModelError\n"
        "from rag.llm import resolve\n"
        "hub.TIMEOUT = 0.5\n"
        "try: print(resolve(sys.argv[1]))\n"
        "except ModelError as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, name],
        cwd=cwd,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONUTF8": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.removesuffix("\n")


@pytest.mark.parametrize(
    ("variable", "value", "place"),
    [
        ("HF_HUB_CACHE", "{folder}/with space/缓存", "with space/缓存"),
        ("HF_HUB_CACHE", "~/hub", "hub"),
        ("HF_HUB_CACHE", "$HOME/hub", "hub"),
        ("HF_HUB_CACHE", "relative", "relative"),
        ("HF_HUB_CACHE", "{folder}/link", "real"),
        ("HF_HOME", "{folder}/home", "home/hub"),
        ("HUGGINGFACE_HUB_CACHE", "{folder}/old", "old"),
    ],
)
def test_a_second_process_finds_it_offline(
    tmp_path: Path, variable: str, value: str, place: str
) -> None:
    keep(tmp_path / place, "a/b", "x-Q4_K_M.gguf")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    setting = {"HOME": str(tmp_path), variable: value.format(folder=tmp_path)}
    found = in_another_process("a/b:Q4_K_M", tmp_path, **setting)
    assert "\n" not in found
    assert (tmp_path / found).samefile(tmp_path / place / "models--a--b/blobs"
                                       / f"{COMMIT}-x-Q4_K_M.gguf")  # fmt: skip


def test_a_cache_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    setting = {"HF_HUB_CACHE": str(tmp_path / "file"), "HF_ENDPOINT": "http://127.0.0.1:9"}
    assert "is not in the hub cache" in in_another_process("a/b:Q4_K_M", **setting)


def test_no_network_is_one_quick_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes calls, and never says a word
        port = silent.getsockname()[1]
        for address in ("127.0.0.1:9", f"127.0.0.1:{port}"):
            setting = {"HF_HUB_CACHE": str(tmp_path), "HF_ENDPOINT": f"http://me:pass@{address}"}
            started = time.monotonic()
            said = in_another_process("user/repo:Q4_K_M", **setting)
            assert time.monotonic() - started < 30  # mostly for starting Python
            *touched, message = said.splitlines()
            assert touched and set(touched) == {"network!"}
            assert f"the hub cannot be reached at {address} (" in message
            assert "HF_ENDPOINT" in message
    setting = {"HF_HUB_CACHE": str(tmp_path), "HF_ENDPOINT": "http://[::bad"}
    assert "HF_ENDPOINT cannot be used" in in_another_process("user/repo", **setting)


def test_importing_is_cheap() -> None:
    script = (
        "import sys, rag.llm\nprint({'llama_cpp', 'huggingface_hub', 'jinja2'} & set(sys.modules))"
    )
    root = str(Path(__file__).parents[2])
    run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True)
    assert run.stdout.strip() == "set()", run.stderr


# --- layouts ---


def texts(pieces: list[Piece]) -> list[tuple[str, bool]]:
    return [(piece.text, piece.trusted) for piece in pieces]


CONVERSATION = [Message("system", "S"), Message("user", "{{ 1 }}"), Message("assistant", "A\nB")]


def test_contents_stay_apart() -> None:
    template = ChatTemplate(
        "{{ bos_token }}{%- for m in messages %}<{{ m.role }}>{{ m.content | trim }}{{ eos_token }}"
        "{%- endfor %}{% if add_generation_prompt %}<assistant>{% endif %}",
        bos="<s>",
        eos="</s>",
    )
    assert texts(template.render(CONVERSATION)) == [
        ("<s><system>", True),
        ("S", False),
        ("</s><user>", True),
        ("{{ 1 }}", False),
        ("</s><assistant>", True),
        ("A\nB", False),
        ("</s><assistant>", True),
    ]


def test_no_template() -> None:
    pieces = texts(ChatTemplate(None).render(CONVERSATION[:2]))
    assert pieces == [("S", False), ("\n\n", True), ("{{ 1 }}", False), ("\n\n", True)]


@pytest.mark.parametrize(
    "source",
    [
        "{% for m in messages %}{{ m.content if m.role == 'user' else raise_exception('') }}",
        "{% for m in messages if m.role != 'system' %}{{ m['content'] }}",
    ],
    ids=["refuses", "forgets"],
)
def test_a_template_without_a_place_for_the_system(source: str) -> None:
    pieces = texts(ChatTemplate(f"{source}!{{% endfor %}}").render(CONVERSATION[:2]))
    assert pieces == [("S\n\n{{ 1 }}", False), ("!", True)]


def test_what_templates_use() -> None:
    source = (
        "{%- set ns = namespace(n=0) -%}{%- if tools is not none %}T{% endif -%}"
        "{%- if not enable_thinking %}quiet {% endif -%}"
        "{{ strftime_now('%Y') | length }} {{ {'名': '报'} | tojson }}"
        "{%- for m in messages -%}{% generation %}{{ m.content }}{% endgeneration %}"
        "{%- if loop.last %}{% break %}{% endif %}{%- endfor -%}"
    )
    pieces = texts(ChatTemplate(source).render([Message("user", "Q")]))
    assert pieces == [('quiet 4 {"名": "报"}', True), ("Q", False)]


@pytest.mark.parametrize(
    "source",
    [
        "{% for m in messages %}",
        "{{ raise_exception('roles\nmust alternate') }}",
        "{{ messages.nothing.at_all }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ 1 / 0 }}",
        "says nothing of it",
    ],
)
def test_a_template_that_cannot_be_used(source: str) -> None:
    with pytest.raises(ModelError, match="^[^\n]*chat template cannot be used[^\n]*$"):
        ChatTemplate(source).render([Message("user", "Q")])


# --- what is shown ---


def shown(data: bytes, *, size: int, thinking: bool = False) -> str:
    visible = VisibleText(thinking=thinking)
    pieces = [visible.feed(data[i : i + size]) for i in range(0, len(data), size)]
    assert "\ufffd" not in "".join(pieces)
    return "".join(pieces) + visible.rest()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_shown_text(size: int) -> None:
    answer = "香港回归[1]，𠮷野家 ok\n"
    assert shown(answer.encode(), size=size) == answer
    assert shown(answer.encode() + "港".encode()[:2], size=size) == answer  # half a character
    assert shown(b"\xff\x80a\xe4\xb8[1]", size=size) == "a[1]"  # no characters at all
    assert shown(f"\n<think>no {answer}</think>\n\n{answer}".encode(), size=size) == answer
    assert shown(f"no</think> {answer}".encode(), size=size, thinking=True) == answer
    assert shown(b"<think>never ends", size=size) == ""
    assert shown(b"<think></think>", size=size) == ""
    assert shown(b"<thin", size=size) == "<thin"
    assert shown(b" <b> <think>x</think>", size=size) == " <b> <think>x</think>"
