"""prompts/*.md → messages within a token budget. The only reader of the prompt files."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from string import Template

from index.sentences import sentences
from rag.answer import Hit
from rag.citations import neutralise
from rag.errors import PromptError
from rag.llm import LLM, Message

FOLDER = Path(__file__).parent.parent / "prompts"
CANNOT_ANSWER = "NOT IN THE ARTICLES"  # the one phrase by which a model declines

_VARIABLES = {
    "answer": {"cannot_answer", "language"},
    "question": {"passages", "question"},
    "passage": {"number", "title", "date", "text"},
    "abstain": {"question"},
    "filtered": {"filters"},
}
_LANGUAGES = {
    "zh": "Chinese", "en": "English", "ja": "Japanese", "ko": "Korean", "es": "Spanish",
    "fr": "French", "de": "German", "pt": "Portuguese", "it": "Italian", "ru": "Russian",
    "uk": "Ukrainian", "ar": "Arabic", "el": "Greek", "th": "Thai", "hi": "Hindi",
}  # fmt: skip
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


def answer_messages(
    question: str,
    hits: Sequence[Hit],
    llm: LLM,
    *,
    language: str,
    max_tokens: int,
    history: Sequence[tuple[str, str]] = (),
) -> tuple[list[Message], int]:
    """Messages for a cited answer, and how many of the hits (best first) are shown in them.

    Passages that do not fit the model's context are cut at sentence borders, then left out;
    at least the first is shown. `history` holds (question, answer) pairs, oldest first; markers
    in old answers are removed, for they meant other passages.
    """
    system = load("answer").substitute(
        cannot_answer=CANNOT_ANSWER, language=_LANGUAGES.get(language, "the question's language")
    )
    messages = [Message("system", system.strip())]
    for asked, answered in history[-_TURNS:]:
        messages.append(Message("user", asked))
        messages.append(Message("assistant", re.sub(r"\[\d+\]", "", answered)))
    fixed = sum(llm.count_tokens(m.content) + _OVERHEAD for m in messages)
    fixed += llm.count_tokens(question) + _OVERHEAD
    passages = _passages(hits, llm, llm.context_size - max_tokens - fixed - _OVERHEAD)
    user = load("question").substitute(passages="\n".join(passages), question=question)
    return [*messages, Message("user", user.strip())], len(passages)


def abstention(question: str, language: str) -> str:
    """The words of an abstention, in the question's language where known, else in English."""
    return _section("abstain", language).substitute(question=question)


def nothing_passes(filters: str, language: str) -> str:
    """The words of an abstention where no article passes the filters."""
    return _section("filtered", language).substitute(filters=filters)


def _section(name: str, language: str) -> Template:
    # Sections are cut out of the template, not of the filled text: a question may hold "# x".
    sections: dict[str, str] = dict(_SECTION.findall(load(name).template))
    return Template((sections.get(language) or sections["en"]).strip())


_TURNS = 4  # of the conversation, shown to the model
_OVERHEAD = 12  # tokens that a chat template puts around a message


def _passages(hits: Sequence[Hit], llm: LLM, budget: int) -> list[str]:
    shown: list[str] = []
    for number, hit in enumerate(hits, 1):
        text = _passage(number, hit, hit.paragraph.text)
        cost = llm.count_tokens(text)
        if cost > budget:
            text = _shortened(number, hit, llm, budget)
            cost = llm.count_tokens(text) if text else 0
        if not text:
            break
        shown.append(text)
        budget -= cost
    return shown


def _shortened(number: int, hit: Hit, llm: LLM, budget: int) -> str:
    """As many whole sentences of a passage as fit; of the first passage at least one."""
    fitting = ""
    for span in sentences(hit.paragraph.text):
        text = _passage(number, hit, hit.paragraph.text[: span.end])
        if llm.count_tokens(text) > budget and (fitting or number > 1):
            break
        fitting = text
    return fitting


def _passage(number: int, hit: Hit, text: str) -> str:
    return load("passage").substitute(
        number=number,
        title=neutralise(hit.article.title),
        date=hit.article.date or "no date",
        text=neutralise(text),
    )
