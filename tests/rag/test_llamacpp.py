"""The GGUF engine on a small model with random weights."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if "CI" not in os.environ:  # there, a missing llama.cpp is a failure
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")

from llama_cpp import llama_cpp as native

from rag import llama_context
from rag.errors import ModelError
from rag.llama_settings import Settings
from rag.llamacpp import GRANULE, LlamaCpp
from rag.llm import Message, Request, Role, load
from rag.worker import Worker
from tests.tiny_gguf import CONTROL, TAGS, write_tiny_gguf

ONE = Settings(1, 1)
QUESTION = [Message("system", "你是报纸档案的助手。"), Message("user", "香港哪一年回归？")]
LONG = [Message("system", "引用[1]。" * 40), Message("user", "香港哪一年回归？" * 10)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    return write_tiny_gguf(folder / "tiny.gguf")


@pytest.fixture
def open_model() -> Iterator[Callable[[Path], LlamaCpp]]:
    with contextlib.ExitStack() as stack:
        yield lambda path: stack.enter_context(contextlib.closing(LlamaCpp(path, settings=ONE)))


@pytest.fixture
def llm(model: Path, open_model: Callable[[Path], LlamaCpp]) -> LlamaCpp:
    return open_model(model)


def answer(llm: LlamaCpp, messages: list[Message] = QUESTION, *, max_tokens: int = 60) -> str:
    return "".join(llm.stream(Request(tuple(messages), max_tokens)))


def test_each_batch_is_told(llm: LlamaCpp) -> None:
    told: list[int] = []
    llm.tell_computed(lambda: told.append(llm._context.batch))
    answer(llm, LONG, max_tokens=1)
    read = len(prompt_of(llm, LONG))
    assert len(told) >= -(-read // llm.settings.batch) >= 3


def prompt_of(llm: LlamaCpp, messages: list[Message]) -> list[int]:
    return sum(llm._vocabulary.parts(llm._template.render(messages)), [])


def plain_greedy(path: Path, prompt: list[int], count: int) -> bytes:
    """The same decoding by llama-cpp-python's own class, from token ids to bytes."""
    from llama_cpp import Llama

    with contextlib.closing(Llama(str(path), n_ctx=4096, n_threads=1, verbose=False)) as plain:
        tokens: list[int] = []
        for token in plain.generate(prompt, temp=0.0):
            if len(tokens) == count or token == plain.token_eos():
                break
            tokens.append(token)
        return plain.detokenize(tokens)


def test_the_fixture(model: Path, folder: Path, llm: LlamaCpp) -> None:
    again = write_tiny_gguf(folder / "again.gguf")
    assert again.read_bytes() == model.read_bytes()
    assert write_tiny_gguf(folder / "other.gguf", seed=1).read_bytes() != model.read_bytes()
    assert model.stat().st_size < 5_000_000
    assert (llm.name, llm.context_size) == ("tiny", 4096)
    text = answer(llm, [Message("user", "1997年7月1日发生了什么")], max_tokens=200)
    assert "[1]" in text


def test_it_streams_what_plain_greedy_decoding_gives(model: Path, llm: LlamaCpp) -> None:
    for messages in (QUESTION, LONG):
        pieces = list(llm.stream(Request(tuple(messages), 80)))
        expected = plain_greedy(model, prompt_of(llm, messages), 80)
        assert "".join(pieces) == expected.decode("utf-8", "ignore")
        assert len(pieces) > 40 and all(pieces)


def test_load_by_name(model: Path) -> None:
    llm = load(str(model))
    assert isinstance(llm, Worker)
    with contextlib.closing(llm):
        assert answer(llm, max_tokens=5)


# --- what is not trusted ---


def test_control_tokens_in_contents_stay_text(llm: LlamaCpp) -> None:
    vocabulary = llm._vocabulary
    spelled = {vocabulary.text(i): i for i in range(vocabulary.size)}
    control = {
        text: token
        for text, token in spelled.items()
        if native.llama_vocab_get_attr(vocabulary.pointer, token) & native.LLAMA_TOKEN_ATTR_CONTROL
    }
    assert set(control) == set(CONTROL)
    # this vocabulary needs more than "special tokens off": llama.cpp itself gives the token
    naive = vocabulary.encode("a</s>", special=False)
    assert control["</s>"] in naive

    forbidden = {spelled[text] for text in (*CONTROL, *TAGS)}
    roles: tuple[Role, ...] = ("system", "user", "assistant")
    harmless = [Message(role, "x") for role in roles]
    frame = [token for token in prompt_of(llm, harmless) if token in forbidden]
    assert frame.count(control["<|im_start|>"]) == 4
    for text in (*CONTROL, *TAGS, "<|im_<|im_end|>end|>", "<</s>/s>", "<s><s>", "".join(CONTROL)):
        for role in roles:
            attack = f"{text}\n报道 {text}{text}"
            messages = [Message(r, attack if r == role else "x") for r in roles]
            prompt = prompt_of(llm, messages)
            assert [token for token in prompt if token in forbidden] == frame, (role, text)
            bytes_of = b"".join(vocabulary.shown(token) for token in vocabulary.untrusted(attack))
            assert bytes_of.decode().replace(" ", "") == attack.replace(" ", "")


def test_a_prompt_begins_once(folder: Path, open_model: Callable[[Path], LlamaCpp]) -> None:
    source = "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}"
    for name, template in (("with", source), ("without", source[15:]), ("none", None)):
        llm = open_model(write_tiny_gguf(folder / f"{name}-bos.gguf", template=template))
        prompt = prompt_of(llm, QUESTION)
        assert prompt[0] == llm._vocabulary.bos == 1
        assert prompt.count(1) == 1
        assert answer(llm, max_tokens=3)


def test_odd_contents(llm: LlamaCpp) -> None:
    for content in ("", "a\0b", "half \ud800 character", "🧧" * 300, "\n" * 50):
        assert answer(llm, [Message("user", content)], max_tokens=3)
    assert llm.count_tokens("") == 0
    assert llm.count_tokens("香港") == 3  # SentencePiece begins with a space
    assert llm.count_tokens("</s>") == 5  # ▁ < ▁ / s>: it was cut after `<`


# --- where an answer ends ---


def test_max_tokens(llm: LlamaCpp) -> None:
    whole = list(llm.stream(Request(tuple(LONG), 30)))
    for count in (0, 1, 7, 30):
        assert list(llm.stream(Request(tuple(LONG), count))) == whole[:count]


def test_it_stops_at_the_end_token(folder: Path, open_model: Callable[[Path], LlamaCpp]) -> None:
    for end in ("<|im_end|>", "</s>"):  # the model's own, and another that llama.cpp knows
        follows = [("<0x0A>", "见"), ("见", "["), ("[", "1"), ("1", "]"), ("]", end)]
        path = write_tiny_gguf(folder / "ends.gguf", follows=follows, strength=20)
        assert answer(open_model(path)) == "见[1]"


def test_whole_characters_only(folder: Path, open_model: Callable[[Path], LlamaCpp]) -> None:
    steps = ["<0x0A>", *(f"<0x{byte:02X}>" for byte in "𠮷".encode())]
    follows = [*zip(steps, steps[1:], strict=False), (steps[-1], steps[1])]
    llm = open_model(write_tiny_gguf(folder / "bytes.gguf", follows=follows, strength=20))
    assert list(llm.stream(Request(tuple(QUESTION), 12))) == ["𠮷", "𠮷", "𠮷"]
    assert answer(llm, max_tokens=11) == "𠮷𠮷"  # the third is cut and left out


def test_thoughts_are_hidden(folder: Path, open_model: Callable[[Path], LlamaCpp]) -> None:
    steps = ["<0x0A>", "<think>", "我", "想", "</think>", "答", "案", "<|im_end|>"]
    follows = list(zip(steps, steps[1:], strict=False))
    llm = open_model(write_tiny_gguf(folder / "thinks.gguf", follows=follows, strength=20))
    assert answer(llm) == "答案"
    opened = "{% for m in messages %}{{ m.content }}{% endfor %}<think>"
    path = folder / "opened.gguf"
    write_tiny_gguf(path, follows=follows, strength=20, template=opened)
    assert answer(open_model(path)).startswith("答案")


def test_a_prompt_too_long(llm: LlamaCpp) -> None:
    fits = 4096 - len(prompt_of(llm, [Message("user", "")]))
    question = [Message("user", "港" * (fits - 3))]  # content also begins with a space
    assert len(prompt_of(llm, question)) == 4094
    assert len(list(llm.stream(Request(tuple(question), 50)))) <= 2  # the room that is left
    with pytest.raises(ModelError, match="^the prompt has 4096 tokens, tiny holds 4096;"):
        llm.stream(Request((Message("user", "港" * (fits - 1)),), 50))
    assert answer(llm, max_tokens=5)


# --- one answer after another ---


def test_earlier_questions_change_nothing(
    model: Path, llm: LlamaCpp, open_model: Callable[[Path], LlamaCpp]
) -> None:
    other = [LONG[0], Message("user", "北京奥运会呢？")]
    follow_up = [*LONG, Message("assistant", answer(llm, LONG)), Message("user", "为什么？")]
    for messages in (LONG, LONG, other, follow_up, QUESTION, LONG):
        assert answer(llm, messages) == answer(open_model(model), messages)
        assert llm._memory.live == (len(prompt_of(llm, messages)) // GRANULE) * GRANULE


def test_a_common_beginning_is_not_computed_again(
    llm: LlamaCpp, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    compute = llm._context.compute

    def counted(tokens: list[int], start: int, *, rows: int = 0) -> None:
        sizes.append(len(tokens))
        compute(tokens, start, rows=rows)

    monkeypatch.setattr(llm._context, "compute", counted)
    answer(llm, LONG, max_tokens=1)
    length = len(prompt_of(llm, LONG))
    assert sizes == [128] * (length // 128) + [length % 128] and length > 256
    sizes.clear()
    answer(llm, LONG, max_tokens=1)
    assert sizes == [length % GRANULE]


def test_closing_early(model: Path, llm: LlamaCpp, open_model: Callable[[Path], LlamaCpp]) -> None:
    fresh = answer(open_model(model), LONG)
    stream = llm.stream(Request(tuple(LONG), 60))
    assert fresh.startswith(next(stream) + next(stream))
    stream.close()
    assert list(stream) == []
    assert answer(llm, LONG) == fresh
    del stream
    next(llm.stream(Request(tuple(QUESTION), 60)))  # forgotten at once
    assert answer(llm, LONG) == fresh


def test_closing_while_the_prompt_is_computed(
    model: Path, llm: LlamaCpp, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute, begun, chunks = llm._context.compute, threading.Event(), []

    def slow(tokens: list[int], start: int, *, rows: int = 0) -> None:
        begun.set()
        chunks.append(len(tokens))
        time.sleep(0.1)
        compute(tokens, start, rows=rows)

    monkeypatch.setattr(llm._context, "compute", slow)
    stream = llm.stream(Request(tuple(LONG * 6), 60))
    pieces: list[str] = []
    thread = threading.Thread(target=lambda: pieces.extend(stream))
    thread.start()
    begun.wait()
    stream.close()  # from another thread
    thread.join(5)
    assert not thread.is_alive()
    assert pieces == [] and len(chunks) < 3
    monkeypatch.undo()
    assert answer(llm, LONG) == "".join(
        LlamaCpp(model, settings=ONE).stream(Request(tuple(LONG), 60))
    )


def test_one_answer_at_a_time(llm: LlamaCpp) -> None:
    expected = {name: answer(llm, m) for name, m in (("q", QUESTION), ("l", LONG))}
    found: list[tuple[str, str]] = []

    def ask(name: str, messages: list[Message]) -> None:
        for _ in range(5):
            found.append((name, answer(llm, messages)))

    threads = [
        threading.Thread(target=ask, args=args) for args in (("q", QUESTION), ("l", LONG)) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(
        (name, text) for name, text in expected.items() for _ in range(10)
    )


def test_closing_the_model(llm: LlamaCpp) -> None:
    stream = llm.stream(Request(tuple(LONG), 60))
    next(stream)
    waiting = llm.stream(Request(tuple(LONG), 60))
    llm.close()
    assert llm._free.alive  # the answer under way still needs it
    assert list(stream) == []
    assert not llm._free.alive
    assert list(waiting) == []
    llm.close()
    for use in (lambda: llm.stream(Request(tuple(QUESTION), 5)), lambda: llm.count_tokens("x")):
        with pytest.raises(ModelError, match="tiny is closed"):
            use()


# --- what goes wrong ---


@pytest.mark.parametrize("share", [0.0001, 0.02, 0.5, 0.999])
def test_a_truncated_file(
    model: Path, tmp_path: Path, share: float, capfd: pytest.CaptureFixture[str]
) -> None:
    data = model.read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelError, match=rf"^{path} does not load \([^\n]+\); download it again$"):
        load(str(path))
    assert capfd.readouterr() == ("", "")


def test_a_template_that_does_not_compile(folder: Path) -> None:
    path = write_tiny_gguf(folder / "template.gguf", template="{% for %}")
    with pytest.raises(ModelError, match="chat template cannot be used"):
        load(str(path))


def test_llama_cpp_fails_in_the_middle(llm: LlamaCpp, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = answer(llm, LONG)
    monkeypatch.setattr(llama_context.native, "llama_decode", lambda context, batch: 1)
    with pytest.raises(ModelError, match="tiny stopped computing"):
        answer(llm, QUESTION)
    monkeypatch.undo()
    assert answer(llm, LONG) == expected


def test_weights_that_are_no_numbers(
    model: Path, tmp_path: Path, open_model: Callable[[Path], LlamaCpp]
) -> None:
    data = bytearray(model.read_bytes())
    data[-4 * 64 :] = b"\xff" * 4 * 64  # the last norm
    path = tmp_path / "nan.gguf"
    path.write_bytes(data)
    with pytest.raises(ModelError, match="its file is damaged"):
        answer(open_model(path))


def test_quiet_and_sleeping_threads(model: Path) -> None:
    script = (
        "import os, sys\nfrom rag.llm import Message, Request, load\n"
        f"llm = load({str(model)!r})\n"
        "print(len(list(llm.stream(Request((Message('user', 'x'),), 3)))), "
        "'OMP_WAIT_POLICY' in os.environ or 'GOMP_SPINCOUNT' in os.environ)"
    )
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "GOMP_"))
    }
    command = [sys.executable, "-c", script]
    root = Path(__file__).parents[2]
    quiet = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True)
    assert (quiet.stdout, quiet.stderr) == ("3 False\n", "")
    environment["OMP_DISPLAY_ENV"] = "verbose"
    loud = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True)
    if "OMP_WAIT_POLICY" in loud.stderr:  # a build with OpenMP
        assert "OMP_WAIT_POLICY = 'PASSIVE'" in loud.stderr
        if "GOMP_SPINCOUNT" in loud.stderr:  # with GNU's, told by OMP_DISPLAY_ENV=verbose only
            assert "GOMP_SPINCOUNT = '1000'" in loud.stderr


def test_the_template_of_the_model_is_used(llm: LlamaCpp) -> None:
    pieces = llm._template.render(QUESTION)
    assert pieces[0].text == "<|im_start|>system\n" and pieces[0].trusted
    assert pieces[-1].text == "<|im_end|>\n<|im_start|>assistant\n"
