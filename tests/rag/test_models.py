"""python -m rag models: what is found, how it is named, and what is said of each."""

import json
import os
import signal
import struct
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from huggingface_hub import constants

from rag import found_models, measure, model_bench, models
from rag.__main__ import main as command
from rag.errors import ModelError
from rag.found_models import Found, find, usual_folders
from rag.gguf_names import resolve
from rag.measure import Measurement
from tests.tiny_gguf import write_tiny_gguf

GGUF = b"GGUF" + struct.pack("<I", 3) + bytes(24)
ROOT = Path(__file__).parents[2]

needs_llama = pytest.mark.skipif(
    "CI" not in os.environ and find_spec("llama_cpp") is None,  # there, that is a failure
    reason="llama-cpp-python is not built: make gguf",
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty hub cache and an empty current folder."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("RAG_LLM", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "hub"


def keep(cache: Path, repo: str, *names: str, commit: str = "1" * 40, same: str = "") -> Path:
    """Files of a repository as the hub's library keeps them; `same` names a shared blob."""
    folder = cache / f"models--{repo.replace('/', '--')}"
    for name in names:
        blob = folder / "blobs" / (same or f"{commit}-{name.replace('/', '-')}")
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(GGUF)
        link = folder / "snapshots" / commit / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(commit)
    return folder / "snapshots" / commit


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(GGUF)


def names(*folders: Path) -> list[str]:
    found = find(folders)
    for model in found:
        assert model.fault is None
        used = resolve(model.name)
        assert used is not None and used.samefile(model.path)  # the name is what --llm takes
    return [model.name for model in found]


# --- what is found ---


def test_in_the_cache(cache: Path) -> None:
    keep(cache, "a/b", "x-Q4_K_M.gguf", "x-q8_0.gguf", "mmproj-x-F16.gguf", "x.imatrix.gguf")
    keep(cache, "a/parts", "Q6_K/y-Q6_K-00001-of-00002.gguf", "Q6_K/y-Q6_K-00002-of-00002.gguf")
    keep(cache, "a/plain", "z.gguf", "README.md")
    keep(cache, "a/alike", "one-Q8_0.gguf", "big-one-Q8_0.gguf")
    assert names() == [
        "a/alike:big-one-Q8_0.gguf",
        "a/alike:one-Q8_0.gguf",
        "a/b:Q4_K_M",
        "a/b:q8_0",
        "a/parts:Q6_K",
        "a/plain:z.gguf",
    ]
    assert find([])[4].size == 2 * len(GGUF)


def test_one_file_is_one_model(cache: Path, tmp_path: Path) -> None:
    keep(cache, "a/b", "x-Q8_0.gguf", commit="0" * 40, same="blob")
    new = keep(cache, "a/b", "x-Q8_0.gguf", commit="1" * 40, same="blob")
    put(tmp_path / "mine", "own.gguf")
    (tmp_path / "mine" / "link.gguf").symlink_to(new / "x-Q8_0.gguf")
    (tmp_path / "mine" / "hard.gguf").hardlink_to(tmp_path / "mine" / "own.gguf")
    (tmp_path / "mine" / "round").symlink_to(tmp_path / "mine")
    assert names(tmp_path / "mine", cache) == ["a/b:Q8_0", str(tmp_path / "mine/hard.gguf")]


def test_other_states_of_a_repository(cache: Path) -> None:
    old = keep(cache, "a/b", "x-Q8_0.gguf", "x-Q2_K.gguf", commit="0" * 40)
    keep(cache, "a/b", "x-Q8_0.gguf", commit="1" * 40)
    assert names() == ["a/b:Q8_0", "a/b:Q2_K", str(old / "x-Q8_0.gguf")]


def test_a_download_cut_short(cache: Path) -> None:
    snapshot = keep(cache, "a/b", "x-Q8_0.gguf", "y-Q6_K-00001-of-00002.gguf")
    (snapshot / "x-Q8_0.gguf").resolve().unlink()
    found = find([])
    assert [(model.name, "cut short" in str(model.fault)) for model in found] == [
        ("a/b:x-Q8_0.gguf", True),
        ("a/b:y-Q6_K-00001-of-00002.gguf", True),
    ]
    assert "y-Q6_K-00002-of-00002.gguf is missing" in str(found[1].fault)
    assert (found[0].size, found[1].size) == (0, len(GGUF))
    keep(cache, "a/b", "x-Q8_0.gguf", commit="2" * 40)  # downloaded again since
    assert [model.name for model in find([]) if not model.fault] == ["a/b:Q8_0"]


def test_in_folders(tmp_path: Path) -> None:
    put(Path("models"), "a b.gguf", "deep/c-Q4_0.GGUF", "deep/mmproj-c.gguf", "._a b.gguf")
    put(tmp_path / "~home", "-d.gguf")
    Path("models/e.gguf").mkdir()
    assert usual_folders() == [Path("models")]
    assert names(*usual_folders()) == ["models/a b.gguf", "models/deep/c-Q4_0.GGUF"]
    os.chdir(tmp_path)
    assert names(Path("~home")) == [str(tmp_path / "~home/-d.gguf")]
    os.chdir("~home")
    assert names(Path()) == names(Path("-d.gguf")) == ["./-d.gguf"]


def test_the_folder_of_the_model_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "store", "a.gguf", "b.gguf")
    for name, folders in (
        (str(tmp_path / "store" / "a.gguf"), [tmp_path / "store"]),
        ("user/repo:Q8_0", []),
        ("quote", []),
        ("", []),
    ):
        monkeypatch.setenv("RAG_LLM", name)
        assert usual_folders() == folders


def test_what_is_no_usable_file(tmp_path: Path) -> None:
    put(tmp_path, "m-00002-of-00003.gguf", "m-00003-of-00003.gguf")
    (tmp_path / "empty.gguf").touch()
    (tmp_path / "page.gguf").write_text("<!DOCTYPE html>")
    (tmp_path / "link.gguf").symlink_to("nowhere.gguf")
    os.mkfifo(tmp_path / "pipe.gguf")
    faults = {model.path.name: str(model.fault) for model in find([tmp_path])}
    for name, fault in {
        "m-00001-of-00003.gguf": "m-00001-of-00003.gguf is missing",
        "empty.gguf": "is empty",
        "page.gguf": "is not a GGUF file",
        "link.gguf": "a link to nowhere.gguf, which is not there",
        "pipe.gguf": "is no ordinary file",
    }.items():
        assert fault in faults.pop(name)
    assert not faults


# --- what is said of it ---

MEASURED = Measurement(
    architecture="qwen3",
    quantisation="Q8_0",
    parameters=596_049_920,
    trained_context=40960,
    context=4096,
    kind="attention",
    reuses_prompts=True,
    template="ChatML",
    thinking_switch=True,
    memory=1_104_000_000,
    read_rate=220.0,
    write_rate=25.0,
)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing is run; the names of the files that would have been."""
    asked: list[str] = []

    def fake(path: Path) -> Measurement:
        asked.append(path.name)
        if path.name.startswith("bad"):
            raise ModelError(f"{path} makes llama.cpp crash")
        return MEASURED

    monkeypatch.setattr(models, "measure", fake)
    return asked


def test_rows(
    cache: Path, tmp_path: Path, measured: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    keep(cache, "a/b", "x-Q8_0.gguf")
    put(tmp_path / "my models", "bad.gguf")
    (tmp_path / "my models" / "empty.gguf").touch()
    assert models.main([str(tmp_path / "my models")]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(
        "a/b:Q8_0\n    0.0 MB, Q8_0, 0.60 billion parameters (qwen3), "
        "ChatML template with a thinking switch\n    trained for 40,960 tokens; attention, keeps "
        "what it has read; memory about 1.1 GB with 4,096 tokens\n    reads 220 and writes "
        "25 tokens/s: an answer begins after about 5.0 s (1,100 tokens of question)\n"
    )
    assert f"'{tmp_path}/my models/bad.gguf'\n    0.0 MB, cannot be used: " in out
    assert "empty.gguf is empty" in out
    assert measured == ["x-Q8_0.gguf", "bad.gguf"]  # what is known to be useless is not loaded
    assert err == ""  # the progress is for terminals


def test_json(tmp_path: Path, measured: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    odd = tmp_path / "odd" / os.fsdecode(b"good-\xff\xe6\x8a\xa5.gguf")
    put(odd.parent, odd.name, "bad.gguf")
    assert models.main([str(tmp_path / "odd"), "--json"]) == 0
    bad, good = map(json.loads, capsys.readouterr().out.splitlines())
    assert bad["llm"] == bad["path"] == str(tmp_path / "odd" / "bad.gguf")
    assert "crash" in bad["fault"] and bad["size"] == len(GGUF)
    assert good["fault"] is None and good["first_token_s"] == 5.0 and good["kind"] == "attention"
    assert "good-" in good["llm"]


def test_the_command(
    tmp_path: Path, measured: list[str], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    put(tmp_path / "f", "good.gguf")
    assert command(["models", str(tmp_path / "f")]) == 0
    assert measured == ["good.gguf"]
    monkeypatch.setenv("RAG_STORE", str(tmp_path / "no store"))
    capsys.readouterr()
    assert command(["--", "models"]) == 1  # a question, to a store that there is not
    assert "no store" in capsys.readouterr().err


def test_nothing_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "none", "mmproj-x.gguf")
    assert models.main([str(tmp_path / "none")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert str(tmp_path / "hub") in err and str(tmp_path / "none") in err
    assert err.count("--llm ") == 2
    assert models.main([str(tmp_path / "nowhere")]) == 1
    assert "there is no folder" in capsys.readouterr().err


def test_none_usable(
    tmp_path: Path, measured: list[str], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    put(tmp_path / "f", "bad.gguf", "good.gguf")
    monkeypatch.setattr(models, "_memory", lambda: 10)
    assert models.main([str(tmp_path / "f")]) == 1
    assert capsys.readouterr().out.count("needs more memory than there is (0.0 MB)") == 2
    assert measured == []


def test_rereading_is_told(tmp_path: Path) -> None:
    row = models._row(
        Found("x", tmp_path, 5_030_000_000),
        replace(MEASURED, kind="hybrid", reuses_prompts=False, template=None, parameters=4_000_000,
                thinking_switch=False),
    )  # fmt: skip
    assert "hybrid, reads every prompt anew" in row and "no chat template" in row
    assert "5.0 GB" in row and "4.0 million parameters" in row


@pytest.mark.parametrize(
    ("source", "family"),
    [
        ("", None),
        ("{{ messages }}", "of its own"),
        ("<|im_start|>{{ role }}[INST]", "ChatML"),
        ("<start_of_turn>", "Gemma"),
        ("[INST]", "Mistral"),
    ],
)
def test_template_families(source: str, family: str | None) -> None:
    assert model_bench.template_family(source) == family


# --- measuring ---


@needs_llama
def test_a_model_is_measured(tmp_path: Path) -> None:
    told = measure.measure(write_tiny_gguf(tmp_path / "tiny.gguf"))
    assert (told.architecture, told.quantisation, told.template) == ("llama", "F32", "ChatML")
    assert (told.kind, told.reuses_prompts, told.thinking_switch) == ("attention", True, False)
    assert told.trained_context == told.context == 4096
    assert told.read_rate > 0 < told.write_rate
    weights = 4 * told.parameters
    cells = 4096 * 2 * 2 * 32 * 2  # tokens, layers, keys and values, width, bytes of a number
    assert weights < told.memory - cells < weights + 500_000
    told = measure.measure(
        write_tiny_gguf(tmp_path / "short.gguf", context=64, template="{{ enable_thinking }}")
    )
    assert (told.trained_context, told.template, told.thinking_switch) == (64, "of its own", True)


@needs_llama
def test_a_file_that_does_not_load(tmp_path: Path) -> None:
    data = write_tiny_gguf(tmp_path / "tiny.gguf").read_bytes()
    (tmp_path / "cut.gguf").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match=r"cut\.gguf does not load \(.*download it again"):
        measure.measure(tmp_path / "cut.gguf")
    (tmp_path / "bare.gguf").write_bytes(GGUF)
    with pytest.raises(ModelError, match=r"bare\.gguf does not load"):
        measure.measure(tmp_path / "bare.gguf")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "print('/a/ggml.c:12: GGML_ASSERT(a == b) failed', file=sys.stderr); os.abort()",
            r"m\.gguf makes llama\.cpp crash \(SIGABRT: ggml\.c:12: GGML_ASSERT\(a == b\) failed\)",
        ),
        ("os.kill(os.getpid(), 11)", r"crash \(SIGSEGV\); download it again"),
        ("os.kill(os.getpid(), 9)", r"for want of memory; choose a smaller model"),
        ("raise TypeError('odd')", r"crash \(exit code 1: TypeError: odd\)"),
        ("time.sleep(60)", r"m\.gguf was not loaded and measured within 2 s"),
        ("print('noise')", r"crash \(exit code 0: noise\)"),
        ("raise ModelError('no memory')", r"^no memory$"),
        ("import no_such_module", r"no_such_module is missing: pip install llama-cpp-python"),
        ("raise OSError('libggml.so:\\n not found')", r"does not start: libggml\.so: not found"),
    ],
)
def test_a_process_that_ends_badly(script: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process does what llama.cpp might do, in the place of measuring."""
    lines = "\n ".join(script.splitlines())
    setting = (
        "import json, os, sys, time; sys.path[:] = json.loads(sys.argv[1])\n"
        "from rag import model_bench; from rag.errors import ModelError\n"
        f"def measured(path):\n {lines}\n sys.exit()\n"
        "model_bench._measured = measured; model_bench.main(sys.argv[2])"
    )
    monkeypatch.setattr(measure, "_CHILD", setting)
    with pytest.raises(ModelError, match=told):
        measure.measure(Path("m.gguf"), time_limit=2 if "sleep" in script else 60)


@needs_llama
def test_the_rest_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "f").mkdir()
    data = write_tiny_gguf(tmp_path / "f" / "b.gguf").read_bytes()
    (tmp_path / "f" / "a.gguf").write_bytes(data[:4000])
    assert models.main([str(tmp_path / "f"), "--json"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert "does not load" in first["fault"] and second["fault"] is None


def test_interrupted(tmp_path: Path) -> None:
    put(tmp_path / "f", "a.gguf", "b.gguf")
    script = (
        "import sys, time\n"
        "from rag import measure, models\n"
        "really = measure.measure\n"
        "def slow(path):\n"
        "    if path.name == 'a.gguf': raise models.ModelError('no')\n"
        "    measure._CHILD = 'import time; time.sleep(60)'\n"
        "    return really(path)\n"
        "models.measure = slow\n"
        "sys.exit(models.main(sys.argv[1:]))"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "f")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_CACHE": str(tmp_path / "hub")},
        start_new_session=True,
    )
    assert run.stdout is not None
    first = [run.stdout.readline(), run.stdout.readline()]  # a row comes as soon as it is known
    time.sleep(0.5)
    os.killpg(run.pid, signal.SIGINT)  # as Ctrl-C does: the other process gets it too
    out, err = run.communicate(timeout=20)
    assert first[1].endswith("cannot be used: no\n")
    assert (run.returncode, out, err) == (130, "", "interrupted\n")


def test_a_reader_that_leaves(tmp_path: Path) -> None:
    put(tmp_path / "f", *(f"{i}-00001-of-00002.gguf" for i in range(3000)))
    script = "import sys; from rag.models import main; sys.exit(main(sys.argv[1:]))"
    run = subprocess.run(
        f"{sys.executable} -c '{script}' {tmp_path}/f | head -1",
        shell=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_CACHE": str(tmp_path / "hub")},
    )
    assert run.stdout.count("\n") == 1 and run.stderr == ""


def test_help_tells_how_to_ask_for_models(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        models.main(["--help"])
    assert ended.value.code == 0
    assert "python -m rag -- models" in capsys.readouterr().out
    assert found_models.usual_folders() == []
