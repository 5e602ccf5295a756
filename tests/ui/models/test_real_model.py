"""A model of llama.cpp takes the place of quotation, and is closed again."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.tiny_gguf import write_tiny_gguf
from ui.models.choice import ModelChoice

needs_llama = pytest.mark.skipif(
    "CI" not in os.environ and find_spec("llama_cpp") is None,  # there, that is a failure
    reason="llama-cpp-python is not built: make gguf",
)


@needs_llama
def test_a_real_model_is_loaded_answers_and_is_closed(bench, tmp_path: Path, settle) -> None:
    path = write_tiny_gguf(tmp_path / "tiny.gguf")
    choice = ModelChoice(bench.assistant)
    choice.choose(str(path))
    settle(choice)
    assert choice.status().current == str(path)
    with choice.answering() as assistant:
        assert assistant.llm_name == "tiny"
        assert assistant.llm.ready
        answer = assistant.ask("多摩大桥什么时候通车？")
        assert answer.llm == "tiny"
        choice.choose("quote")
        assert assistant.llm.ready
    assert assistant.llm.reason == "it is closed"
    assert choice.assistant.ask("多摩大桥什么时候通车？").llm == "quote"


@needs_llama
def test_a_file_that_only_looks_like_a_model_is_told(bench, settle) -> None:
    bad = bench.file("bad")
    choice = ModelChoice(bench.assistant)
    choice.choose(bad)
    settle(choice)
    status = choice.status()
    assert (status.current, status.failed) == ("quote", bad)
    assert "does not load" in status.error
