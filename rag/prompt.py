"""prompts/*.md → the words of messages. The only reader of the prompt files."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from string import Template

from index.article import Span
from index.language import language
from rag.answer import Hit
from rag.citations import neutralise
from rag.errors import PromptError
from rag.llm import AnswerStyle
from rag.reply_rules import MOST_POINTERS

FOLDER = Path(__file__).parent.parent / "prompts"
CANNOT_ANSWER = "NOT IN THE ARTICLES"  # the one phrase by which a model declines

_VARIABLES = {
    "answer": {"cannot_answer"},
    "pointers": {"most"},
    "question": {"passages", "question"},
    "follow_up": {"question"},
    "language": {"language"},
    "passage": {"number", "title", "date", "text"},
    "article": {"title", "date", "sentences"},
    "sentence": {"number", "text"},
    "abstain": {"question"},
    "looked_for": {"found", "missing"},
    "withdrawn": {"question"},
    "filtered": {"filters"},
    "judge": set(),
    "claim": {"source", "sentence"},
    "rewrite": set(),
    "conversation": {"turns", "question"},
    "turn": {"question", "answer"},
}
_LANGUAGES = {
    "zh": "Chinese", "en": "English", "ja": "Japanese", "ko": "Korean", "es": "Spanish",
    "fr": "French", "de": "German", "pt": "Portuguese", "it": "Italian", "ru": "Russian",
    "uk": "Ukrainian", "ar": "Arabic", "el": "Greek", "th": "Thai", "hi": "Hindi",
}  # fmt: skip
_UNSPACED = {"zh", "zh-Hant", "ja"}
_SECTION = re.compile(r"^# (\S+)\n(.*?)(?=^# |\Z)", re.MULTILINE | re.DOTALL)


@cache
def load(name: str) -> Template:
    """The prompt `name`.md, its variables checked.

    Raises:
        PromptError: the file is missing, or has other variables than the code fills in.
    """
    path = FOLDER / f"{name}.md"
    try:
        template = Template(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"the prompt {path} cannot be read ({error}); restore it") from error
    if not template.is_valid():
        raise PromptError(f"{path} has a stray $; write $$ for a dollar sign")
    found, wanted = set(template.get_identifiers()), _VARIABLES[name]
    if found != wanted:
        missing, unknown = sorted(wanted - found), sorted(found - wanted)
        raise PromptError(f"{path} lacks the variables {missing} and has unknown ones {unknown}")
    return template


@dataclass(frozen=True)
class Shown:
    """A passage as a model sees it: a hit, or its first sentences.

    Attributes:
        number: the hit's place among those found, from 1.
        spans: the sentences shown, in the paragraph's text.
        whole: whether these are all of its sentences.
    """

    number: int
    hit: Hit
    spans: tuple[Span, ...]
    whole: bool

    @property
    def text(self) -> str:
        """What is shown of the paragraph."""
        text = self.hit.paragraph.text
        return text if self.whole else text[: self.spans[-1].end]


@dataclass(frozen=True)
class Block:
    """A passage laid out, and what of it stays the same whatever its number is."""

    laid_out: str
    text: str


def rules(style: AnswerStyle) -> str:
    """What a model is told first: the same for all questions, so that it is read only once."""
    if style == "quote":
        return load("pointers").substitute(most=MOST_POINTERS).strip()
    return load("answer").substitute(cannot_answer=CANNOT_ANSWER).strip()


def asked(question: str, style: AnswerStyle) -> str:
    """A question as a model is to read it: for prose, with the language to answer in."""
    if style == "quote":
        return question
    spoken = _LANGUAGES.get(language(question), "the question's language")
    return f"{question}\n{load('language').substitute(language=spoken).strip()}"


def blocks(style: AnswerStyle, shown: Sequence[Shown]) -> list[Block]:
    """The passages with their numbers; for quotation each of their sentences has one."""
    if style == "quote":
        first = accumulate((len(part.spans) for part in shown), initial=1)
        return [_sentences(at, part) for at, part in zip(first, shown, strict=False)]
    return [_passage(number, part) for number, part in enumerate(shown, 1)]


def first_question(question: str, passages: Sequence[Block]) -> str:
    """The passages, and behind them the first question of a conversation."""
    laid_out = "\n\n".join(block.laid_out for block in passages)
    return load("question").substitute(passages=laid_out, question=question).strip()


def follow_up(question: str) -> str:
    """A question over passages that stand earlier in the conversation."""
    return load("follow_up").substitute(question=question).strip()


def abstention(
    question: str, code: str, *, found: Sequence[str] = (), missing: Sequence[str] = ()
) -> str:
    """The words of an abstention, in the question's language where known, else in English.

    `found` and `missing` are words of the question that the nearest paragraphs have and lack.
    """
    said = _section("abstain", code).substitute(question=question)
    if not found and not missing:
        return said
    code = code if code in _sections("abstain") else "en"
    between, behind = ("、", "") if code in _UNSPACED else (", ", " ")
    what = "both" if found and missing else "found" if found else "missing"
    words = _section("looked_for", f"{code}.{what}")
    return (
        said + behind + words.substitute(found=between.join(found), missing=between.join(missing))
    )


def withdrawn(question: str, code: str) -> str:
    """The words where nothing is left of an answer, for its sources support none of it."""
    return _section("withdrawn", code).substitute(question=question)


def nothing_passes(filters: str, code: str) -> str:
    """The words of an abstention where no article passes the filters."""
    return _section("filtered", code).substitute(filters=filters)


def judge_rules() -> str:
    """What a model is told that judges a sentence: always the same, so that it is read once."""
    return load("judge").substitute().strip()


def claim(sentence: str, texts: Sequence[str]) -> str:
    """A sentence to judge, behind the texts that it cites; none can pose as a part of the page."""
    source = "\n".join(map(_one_line, texts))
    return load("claim").substitute(source=source, sentence=_one_line(sentence)).strip()


def rewrite_rules() -> str:
    """What a model is told that rewrites a question: always the same, so that it is read once."""
    return load("rewrite").substitute().strip()


def conversation(question: str, turns: Sequence[tuple[str, str]]) -> str:
    """The last question behind earlier ones and their answers; none can pose as another."""
    said = (
        load("turn").substitute(question=_one_line(asked), answer=_one_line(answer)).strip()
        for asked, answer in turns
    )
    page = load("conversation")
    return page.substitute(turns="\n".join(said), question=_one_line(question)).strip()


def _one_line(text: str) -> str:
    return neutralise(" ".join(text.split()))


def _section(name: str, code: str) -> Template:
    sections = _sections(name)
    return Template((sections.get(code) or sections["en"]).strip())


def _sections(name: str) -> dict[str, str]:
    # Cut out of the template, not of the filled text: a question may hold "# x".
    return dict(_SECTION.findall(load(name).template))


def _passage(number: int, part: Shown) -> Block:
    text = neutralise(part.text)
    laid_out = load("passage").substitute(number=number, text=text, **_heading(part.hit))
    laid_out = laid_out.removesuffix("\n")
    return Block(laid_out, laid_out.removeprefix(f"[{number}] "))


def _sentences(first: int, part: Shown) -> Block:
    lines = [
        load("sentence")
        .substitute(number=number, text=neutralise(span.cut(part.hit.paragraph.text)))
        .strip()
        for number, span in enumerate(part.spans, first)
    ]
    text = "\n".join(lines)
    laid_out = load("article").substitute(sentences=text, **_heading(part.hit))
    return Block(laid_out.removesuffix("\n"), text)


def _heading(hit: Hit) -> dict[str, str]:
    return {"title": neutralise(hit.article.title), "date": hit.article.date or "no date"}
