"""True and fake answers to questions of RGB (Chen et al. 2023) with the true snippet."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.bench.fidelity.jsonl import records
from eval.bench.fidelity.pairs import Half, half_of
from index.sentences import sentences
from index.text import fold
from rag.support import Source

SETS = {"rgb_zh_fact": "zh", "rgb_en_fact": "en"}
FORMS = ("answer alone", "sentence of the snippet", "question turned to a statement")


@dataclass(frozen=True)
class Contest:
    """A true and a fake sentence that answer one question, and the snippet with the true one."""

    name: str
    form: str
    true: str
    fake: str
    source: Source


def read_contests(folder: Path, half: Half) -> Iterator[Contest]:
    """What the questions give in each form; a form that a question cannot have is left out.

    Raises:
        InputError: a file cannot be read.
    """
    for name, language in SETS.items():
        path = folder / f"{name}.jsonl.gz"
        rows = records(path) if path.is_file() else []
        for row in rows:
            if half_of(f"{name}/{row['id']}") == half:
                yield from contests(row, name, language)


def contests(row: dict[str, Any], name: str, language: str) -> Iterator[Contest]:
    """The forms of one question.

    A statement says what the question says as well, so its snippet must hold the figures of the
    question, most often a year; elsewhere the statement is left out.
    """
    fake = _flat(row["fakeanswer"])[-1]
    snippets = list(_true_snippets(row))
    for number, answer in snippets[:1]:
        snippet = row["positive"][number]
        yield Contest(name, FORMS[0], answer, fake, Source(snippet))
        sentence = _sentence_with(snippet, answer)
        if sentence:
            wrong = row["positive_wrong"][number] if number < len(row["positive_wrong"]) else ""
            other = _counterpart(sentence, snippet, wrong, fake) or _instead(sentence, answer, fake)
            yield Contest(name, FORMS[1], sentence, other, Source(snippet))
    asked = set(re.findall(r"\d+", row["query"]))
    for number, answer in snippets:
        snippet = row["positive"][number]
        true, false = (statement(row["query"], text, language) for text in (answer, fake))
        if true and false and asked <= set(re.findall(r"\d+", snippet)):
            yield Contest(name, FORMS[2], true, false, Source(snippet))
            return


def _flat(value: object) -> list[str]:
    """Answers, which may lie in lists of lists."""
    if isinstance(value, list):
        return [text for item in value for text in _flat(item)]
    return [str(value).strip()]


def _true_snippets(row: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """The snippets that hold an answer as it is given, and this answer."""
    answers = sorted(_flat(row["answer"]), key=len, reverse=True)
    for number, snippet in enumerate(row["positive"]):
        found = [answer for answer in answers if fold(answer) in fold(snippet)]
        if found:
            yield number, found[0]


def _sentence_with(text: str, answer: str) -> str | None:
    found = (span.cut(text) for span in sentences(text))
    return next((sentence for sentence in found if fold(answer) in fold(sentence)), None)


def _counterpart(sentence: str, snippet: str, wrong: str, fake: str) -> str | None:
    """The sentence of the falsified snippet at the same place, if it holds the fake answer."""
    places = [span.cut(snippet) for span in sentences(snippet)]
    others = [span.cut(wrong) for span in sentences(wrong)]
    if len(places) != len(others):
        return None
    other = others[places.index(sentence)]
    return other if fold(fake) in fold(other) and fold(other) != fold(sentence) else None


def _instead(sentence: str, answer: str, fake: str) -> str:
    return re.sub(re.escape(answer), lambda _: fake, sentence, flags=re.IGNORECASE)


_CHINESE_ASKED = re.compile(
    r"什么时候|哪一年|哪年|哪(?:中国)?哪?个城市|哪个国家|哪里|哪儿|多少(?=[个人级年])|多少|谁|什么|哪(?=举办|$)"
)
_CHINESE_NOUNS = re.compile(r"(?:导演|作者|编剧|冠军|时间|日期|举办国|长官|国家|震级|出生率|城市)$")
_ENGLISH = (
    (r"(?:who|which \w+|what \w+) (won|\w+ed|will be|was awarded|was named)( .*)",
     r"{} \1\2"),
    (r"(?:who|what) (is|was) (the .*)", r"{} \1 \2"),
    (r"when (was) (.*) (released|announced|founded)(.*)", r"\2 \1 \3\4 on {}"),
    (r"when will (.*) (premiere)(.*)", r"\1 premiered on {}"),
    (r"when did (.*) take place", r"\1 took place on {}"),
    (r"when (?:did|does) (.*) (premiere|release)", r"\1 \2d on {}"),
    (r"which city hosted (.*)", r"{} hosted \1"),
    (r"what was (.*)", r"\1 was {}"),
)  # fmt: skip


def statement(question: str, answer: str, language: str) -> str | None:
    """Question and answer as one sentence, where that is a matter of putting words in places."""
    asked = question.strip().rstrip("？?").strip()
    if language == "zh":
        found = _CHINESE_ASKED.search(asked)
        if found:
            gap = " " if re.search(r"\d$", asked[: found.start()]) else ""
            return asked[: found.start()] + gap + answer + asked[found.end() :] + "。"
        return f"{asked}是{answer}。" if _CHINESE_NOUNS.search(asked) else None
    for pattern, told in _ENGLISH:
        match = re.fullmatch(pattern, asked, re.IGNORECASE)
        if match:
            if not re.search(r"\d,? \d", answer):
                told = told.replace("on {}", "in {}")
            text = match.expand(told).replace("{}", answer)
            return text[0].upper() + text[1:] + "."
    return None
