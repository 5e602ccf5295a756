"""RAG_LLAMA: names and values."""

import os
from dataclasses import fields, replace

import pytest

if "CI" not in os.environ:  # there, a missing llama.cpp is a failure
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")

from rag.errors import ModelError
from rag.llama_settings import VARIABLE, Settings, chosen

DEFAULTS = Settings(2, 3)
SWITCHES = [
    field.name for field in fields(Settings) if isinstance(getattr(DEFAULTS, field.name), bool)
]
NUMBERS = [field.name for field in fields(Settings) if field.name not in SWITCHES]


def test_the_names() -> None:
    assert SWITCHES == ["flash_attention", "extra_buffers", "drafts", "passage_states"]
    assert NUMBERS == ["threads", "prompt_threads", "batch", "kept"]


@pytest.mark.parametrize("name", SWITCHES)
def test_switches(name: str) -> None:
    for word, value in (("on", True), ("off", False)):
        assert chosen(DEFAULTS, f"{name}={word}") == replace(DEFAULTS, **{name: value})


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name: str) -> None:
    unit = 2**20 if name == "kept" else 1
    assert chosen(DEFAULTS, f"{name}=77") == replace(DEFAULTS, **{name: 77 * unit})


def test_several_and_none(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = replace(DEFAULTS, threads=5, drafts=False, kept=2**20)
    assert chosen(DEFAULTS, " threads=5\tdrafts=off  kept=1 ") == expected
    assert chosen(DEFAULTS, "") == chosen(DEFAULTS, "  ") == DEFAULTS
    assert chosen(DEFAULTS, "threads=5 threads=6").threads == 6
    monkeypatch.delenv(VARIABLE, raising=False)
    assert chosen(DEFAULTS) == DEFAULTS
    monkeypatch.setenv(VARIABLE, "batch=64")
    assert chosen(DEFAULTS).batch == 64
    assert chosen(DEFAULTS, "").batch == 128  # what is given counts


WRONG = [
    "thread=4", "threads", "threads=", "threads=0", "threads=-1", "threads=1.5", "threads=on",
    "threads=²", "drafts=1", "drafts=yes", "drafts=ON", "drafts", "=4", "=", "kept=1GB",
    "__class__=on", "_x=1", "replace=on", "threads==4", "threads=4,drafts=on", "Threads=4",
]  # fmt: skip


@pytest.mark.parametrize("word", WRONG)
def test_what_there_is_not(word: str) -> None:
    with pytest.raises(ModelError) as caught:
        chosen(DEFAULTS, f"batch=64 {word}")
    assert str(caught.value) == (
        f"RAG_LLAMA has {word!r}; write threads=N prompt_threads=N batch=N flash_attention=on|off "
        "extra_buffers=on|off drafts=on|off passage_states=on|off kept=N"
    )


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("digits", [10, 19, 25, 5000])
def test_numbers_that_no_machine_has(name: str, digits: int) -> None:
    with pytest.raises(ModelError, match="^RAG_LLAMA has"):
        chosen(DEFAULTS, f"{name}={'9' * digits}")


@pytest.mark.parametrize("batch", [1, 4, 8, 16, 23])
def test_a_batch_too_small_for_the_engine(batch: int) -> None:
    """A row for each of llama.cpp's sequences, or it ends the process; and a token with drafts."""
    with pytest.raises(ModelError, match="^RAG_LLAMA has"):
        chosen(DEFAULTS, f"batch={batch}")
