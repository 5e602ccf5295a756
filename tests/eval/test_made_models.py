import ctypes
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("llama_cpp")

from eval.bench.llm.binding import native
from eval.bench.llm.made_models import SHAPES, make, tokens_of
from eval.bench.llm.session import Options, Session
from eval.bench.llm.shapes import HEADERS, Shape
from eval.bench.llm.vocabularies import make_vocabulary
from rag.errors import InputError

PASSAGE = "市政府说[1]。桥已修好[1]。船明天开[2]。"
QWEN2 = replace(
    SHAPES["qwen2.5-0.5b"],
    hidden=256,
    layers=2,
    heads=8,
    kv_heads=1,
    head_dim=32,
    feed_forward=256,
    vocabulary=8000,
    context=512,
)
QWEN3 = replace(QWEN2, arch="qwen3", template=SHAPES["qwen3-0.6b"].template)
PLAINLY = Options(extra=False, context=512)  # kernels for AMX crash where an old GCC made them


@pytest.mark.parametrize("shape", [QWEN2, QWEN3])
@pytest.mark.parametrize("header", HEADERS)
def test_a_made_model_recites_its_passage(shape: Shape, header: str, tmp_path: Path) -> None:
    path = make(tmp_path, shape, "q8_0", passage_to_copy=PASSAGE)
    with Session(path, PLAINLY) as session:
        prompt = tokens_of(session.vocabulary, "<|im_start|>user\n谁？" + header, special=True)
        wanted = tokens_of(session.vocabulary, PASSAGE, special=False)
        logits = session.decode(prompt, 0)
        said: list[int] = []
        while not session.ends(token := int(logits[0].argmax())) and len(said) < 60:
            logits = session.decode([token], len(prompt) + len(said))
            said.append(token)
    assert said == wanted


@pytest.mark.parametrize("shape", [QWEN2, QWEN3])
def test_llama_cpp_sees_the_shape(shape: Shape, tmp_path: Path) -> None:
    with Session(make(tmp_path, shape, "q8_0"), PLAINLY) as session:
        assert session.size == shape.vocabulary
        assert native.llama_model_n_embd(session.model) == shape.hidden
        assert native.llama_model_n_layer(session.model) == shape.layers
        assert native.llama_model_n_head(session.model) == shape.heads
        assert native.llama_model_n_head_kv(session.model) == shape.kv_heads
        assert native.llama_model_chat_template(session.model, None).decode() == shape.template
        buffer = ctypes.create_string_buffer(64)
        native.llama_model_meta_val_str(session.model, b"general.architecture", buffer, 64)
        assert buffer.value.decode() == shape.arch


def test_the_same_arguments_give_the_same_file(tmp_path: Path) -> None:
    first = make(tmp_path, QWEN2, "q4_0")
    before = first.read_bytes()
    stamp = first.stat().st_mtime_ns
    again = make(tmp_path, QWEN2, "q4_0")
    assert again == first and again.stat().st_mtime_ns == stamp
    assert make(tmp_path / "new", QWEN2, "q4_0").read_bytes() == before
    assert [path.name for path in tmp_path.glob("*.gguf")] == [first.name]


def test_a_made_vocabulary_has_its_size() -> None:
    vocabulary = make_vocabulary(20_000)
    assert len(vocabulary.tokens) == len(set(vocabulary.tokens)) == 20_000
    assert all(
        left + right in vocabulary.tokens
        for left, right in (merge.split(" ") for merge in vocabulary.merges[:500])
    )


def test_a_passage_that_goes_on_in_two_ways_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two ways"):
        make(tmp_path, QWEN2, "q8_0", passage_to_copy="一二三四五六七一二三四五六八")


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="q3"):
        make(tmp_path, QWEN2, "q3")
    with pytest.raises(InputError, match="shape"):
        make(tmp_path, "qwen9", "q8_0")
