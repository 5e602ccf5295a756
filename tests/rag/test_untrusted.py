"""Articles, titles, questions and history put no control token into a prompt."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if "CI" not in os.environ:  # there, a missing llama.cpp is a failure
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")

from rag.answer import Hit, Turn
from rag.chat_template import Piece, with_passages
from rag.layout import lay_out
from rag.llama_native import native
from rag.llama_settings import Settings
from rag.llamacpp import LlamaCpp
from rag.llm import AnswerStyle, Message
from rag.thoughts import PAIRS
from rag.vocabulary import Vocabulary
from tests.rag.test_support import hit
from tests.tiny_gguf import BPE_CONTROL, BPE_TAGS, CONTROL, TAGS, write_tiny_gguf

PLACES = ("text", "title", "question", "asked", "answered")


@pytest.fixture(scope="module", params=["sentencepiece", "bpe"])
def llm(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LlamaCpp]:
    path = tmp_path_factory.mktemp("models") / f"{request.param}.gguf"
    write_tiny_gguf(path, bpe=request.param == "bpe", context=8192)
    with contextlib.closing(LlamaCpp(path, settings=Settings(1, 1), context_size=8192)) as llm:
        yield llm


def special(vocabulary: Vocabulary) -> dict[int, str]:
    """Tokens that are no ordinary text."""
    attributes = native.LLAMA_TOKEN_ATTR_CONTROL | native.LLAMA_TOKEN_ATTR_USER_DEFINED
    return {
        token: vocabulary.text(token)
        for token in range(vocabulary.size)
        if native.llama_vocab_get_attr(vocabulary.pointer, token) & attributes
    }


def titled(name: str, text: str, title: str) -> Hit:
    made = hit(text)
    return replace(
        made,
        paragraph=replace(made.paragraph, id=name),
        article=replace(made.article, title=title),
    )


def ids(llm: LlamaCpp, style: AnswerStyle, **texts: str) -> list[int]:
    """The special tokens of a prompt in which these texts stand in their places."""
    given = {place: texts.get(place, "x") for place in PLACES}
    prompt = lay_out(
        f"几米{given['question']}？",
        [
            titled("a", f"桥长{given['text']}米。", given["title"]),
            titled("b", "桥宽二米。", given["title"]),
        ],
        llm,
        style=style,
        max_tokens=50,
        history=[Turn(f"早先{given['asked']}？", f"是{given['answered']}的。")],
    )
    assert not prompt.dropped
    assert all(text in "".join(m.content for m in prompt.messages) for text in prompt.passages)
    pieces = with_passages(llm._template.render(prompt.messages), prompt.passages)
    assert len([piece for piece in pieces if piece.passage]) == 2
    tokens = sum(llm._vocabulary.parts(pieces), [])
    found = special(llm._vocabulary)
    return [token for token in tokens if token in found]


def test_the_special_tokens(llm: LlamaCpp) -> None:
    found = special(llm._vocabulary)
    assert set(found.values()) in ({*CONTROL, *TAGS}, {*BPE_CONTROL, *BPE_TAGS})
    frame = ids(llm, "prose")
    assert [found[token] for token in frame].count("<|im_start|>") == 5
    assert ids(llm, "quote") == frame


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("style", ["prose", "quote"])
def test_every_special_token_in_every_place(llm: LlamaCpp, style: AnswerStyle, place: str) -> None:
    texts = special(llm._vocabulary).values()
    attack = "".join(f"{text} {text}\n{text}{text} {text[:2]}{text}{text[2:]}" for text in texts)
    assert ids(llm, style, **{place: attack}) == ids(llm, style)


def test_tags_of_thoughts_are_no_ordinary_text(llm: LlamaCpp) -> None:
    vocabulary = llm._vocabulary
    for tag in sorted({tag for pair in PAIRS for tag in pair}):
        assert not set(vocabulary.untrusted(f"想{tag}想")) & set(special(vocabulary)), tag


def test_a_tag_over_the_border_of_a_passage(llm: LlamaCpp) -> None:
    vocabulary, found = llm._vocabulary, special(llm._vocabulary)
    for text in found.values():
        for cut in range(1, len(text)):
            passage = text[cut:] + "y"
            pieces = with_passages([Piece(f"x{text}y", False)], (passage,))
            assert [piece.text for piece in pieces] == [f"x{text[:cut]}", passage]
            tokens = sum(vocabulary.parts(pieces), [])
            assert not set(tokens[1:]) & set(found), (text, cut)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_mixture_of_halves(llm: LlamaCpp, data: st.DataObject) -> None:
    vocabulary = llm._vocabulary
    texts = list(special(vocabulary).values())
    halves = [*texts, *(t[: len(t) // 2] for t in texts), *(t[len(t) // 2 :] for t in texts), "a"]
    text = "".join(data.draw(st.lists(st.sampled_from(halves), max_size=8)))
    tokens = vocabulary.untrusted(text)
    assert not set(tokens) & set(special(vocabulary))
    shown = b"".join(vocabulary.shown(token) for token in tokens).decode()
    assert shown.replace(" ", "") == text.replace(" ", "")


def test_what_the_template_says_are_control_tokens(llm: LlamaCpp) -> None:
    pieces = llm._template.render([Message("user", "x")])
    assert [piece.trusted for piece in pieces] == [True, False, True]
    first = llm._vocabulary.encode(pieces[0].text, special=True)[0]
    assert special(llm._vocabulary)[first] == "<|im_start|>"
