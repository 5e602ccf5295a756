"""True pairs: a sentence and the paragraph that it stands in."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

from eval.bench.fidelity.names import Name, names_in, names_of_questions
from eval.bench.squad import QuestionSet, read_set, read_sets
from index.sentences import sentences
from rag.errors import InputError

Half = Literal["tune", "report"]
HALVES: tuple[Half, ...] = ("tune", "report")

# Label in the tables, language of the rules.
SETS = {
    "cmrc2018_dev": ("zh", "zh"),
    "drcd_dev": ("zh-Hant", "zh"),
    "jaquad_dev": ("ja", "ja"),
    "xquad_en": ("en", "en"),
    "xquad_es": ("es", "es"),
    "xquad_ru": ("ru", "ru"),
}
_LENGTHS = {"zh": (12, 140), "ja": (12, 160)}  # characters of a sentence
_WESTERN_LENGTH = (30, 350)


@dataclass(frozen=True)
class Pair:
    """A sentence that its paragraph proves.

    `label` names the languages in the tables (“en → zh” across them), `language` is the
    sentence's and `told` the paragraph's. `following` is the sentence behind it in the paragraph,
    or "". `key` is the same for everything made of one paragraph, also of its translations.
    `here` are names in the paragraph, `elsewhere` names in those beside it.
    """

    key: str
    label: str
    language: str
    told: str
    sentence: str
    paragraph: str
    following: str = ""
    here: tuple[Name, ...] = ()
    elsewhere: tuple[Name, ...] = ()
    date: str | None = None

    @property
    def crosses(self) -> bool:
        """Whether the sentence is in another language than the paragraph."""
        return self.language != self.told


def half_of(key: str) -> Half:
    """Which half of the data a pair is in: thresholds are set on one, figures told of the other."""
    return HALVES[hashlib.blake2b(key.encode(), digest_size=1).digest()[0] % 2]


def read_pairs(folder: Path, half: Half, most: int, seed: int) -> Iterator[Pair]:
    """At most so many pairs of each set of `folder`, drawn with `seed`, in one language each.

    Raises:
        InputError: the folder has none of the sets, or a file cannot be read.
    """
    known = [questions for questions in read_sets(folder) if questions.name in SETS]
    if not known:
        raise InputError(f"{folder} holds none of {', '.join(SETS)}; check --data")
    for questions in known:
        drawn = [pair for pair in _pairs(questions, seed) if half_of(pair.key) == half]
        Random(f"{seed}/{questions.name}").shuffle(drawn)
        yield from drawn[:most]


def _pairs(questions: QuestionSet, seed: int) -> Iterator[Pair]:
    label, language = SETS[questions.name]
    names = _names(questions, language)
    for number, paragraph in enumerate(questions.paragraphs):
        key = paragraph_key(questions.name, number)
        texts = [span.cut(paragraph) for span in sentences(paragraph)]
        fit = [i for i, text in enumerate(texts) if _fits(text, language)]
        beside = names[max(0, number - 2) : number] + names[number + 1 : number + 3]
        elsewhere = tuple(name for some in beside for name in some)
        for i in sorted(Random(f"{seed}/{key}").sample(fit, min(3, len(fit)))):
            following = texts[i + 1] if i + 1 < len(texts) else ""
            yield Pair(
                key,
                label,
                language,
                language,
                texts[i],
                paragraph,
                following,
                names[number],
                elsewhere,
            )


def paragraph_key(set_name: str, number: int) -> str:
    """The key of a set's paragraph; translations of one paragraph share it."""
    return f"{set_name.split('_')[0]}/{number}"


def _names(questions: QuestionSet, language: str) -> list[tuple[Name, ...]]:
    """The names in each paragraph."""
    found = [dict.fromkeys(names_in(text, language)) for text in questions.paragraphs]
    for number, name in names_of_questions(questions.questions, language):
        found[number][name] = None
    return [tuple(names) for names in found]


def _fits(text: str, language: str) -> bool:
    low, high = _LENGTHS.get(language, _WESTERN_LENGTH)
    return low <= len(text) <= high and bool(re.search(r"[.。！？!?」”\"]$", text))


def read_across(folder: Path, half: Half) -> Iterator[Pair]:
    """Pairs of whole paragraphs of XQuAD: a sentence, and its paragraph in another language.

    Raises:
        InputError: a file cannot be read.
    """
    files = {path.name.split(".")[0][6:]: path for path in sorted(folder.glob("xquad_*.json*"))}
    sets = {language: read_set(path) for language, path in files.items()}
    for asked, told in (("en", "zh"), ("zh", "en"), ("es", "zh"), ("ru", "en")):
        if asked in sets and told in sets:
            yield from _across(sets[asked], sets[told], asked, told, half)


def _across(
    asked: QuestionSet, told: QuestionSet, language: str, other: str, half: Half
) -> Iterator[Pair]:
    if len(asked.paragraphs) != len(told.paragraphs):
        raise InputError(f"{asked.name} and {told.name} are no translations of each other")
    label = f"{language} → {other} (paragraph)"
    for number, (text, paragraph) in enumerate(zip(asked.paragraphs, told.paragraphs, strict=True)):
        key = paragraph_key(asked.name, number)
        if half_of(key) == half:
            texts = [span.cut(text) for span in sentences(text)]
            fit = [sentence for sentence in texts if _fits(sentence, language)]
            for sentence in fit[:2]:
                yield Pair(key, label, language, other, sentence, paragraph)
