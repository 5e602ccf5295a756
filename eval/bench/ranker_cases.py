"""What the ranker learns from: questions, paragraphs as pieces, and where the answers stand."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from eval.bench.squad import QuestionSet, read_set
from index.embedder import BUNDLED
from index.lexical import Lexical, tokens
from index.sentences import sentences
from index.text import fold
from index.translations import FILE as TRANSLATIONS
from rag.ranker_pieces import MOST_PIECES

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEGATIVES = 2  # paragraphs without the answer that BM25 finds first, for each question
HELD = 12  # one paragraph in so many is not learnt from
LONGEST = 260  # pieces of a paragraph that are learnt from at a time
_SEED = 20240229
SWITCHED = 0.85  # share of the words of a question in another language that are translated


@dataclass(frozen=True)
class Passage:
    """Sentences of a paragraph as pieces; which hold the answer; which pieces (end to end) do."""

    sentences: tuple[Integers, ...]
    right: Flags
    answers: Flags


@dataclass(frozen=True)
class Case:
    """A question, its paragraph, and others that are like it but do not have the answer."""

    asked: Integers
    passage: Passage
    others: tuple[Passage, ...]


def read_cases(files: Sequence[Path], limit: int) -> tuple[list[list[Case]], list[Case]]:
    """The questions of each set that are learnt from, and those of all sets that are held out.

    Parts of a set (`name_0000`, `name_0001` …) make one set; of each, `limit`
    questions are used, drawn with a fixed seed.

    Raises:
        InputError: a file cannot be read.
    """
    groups: dict[str, list[QuestionSet]] = {}
    for path in files:
        head, _, number = path.name.split(".")[0].rpartition("_")
        groups.setdefault(head if number.isdecimal() else path.name, []).append(read_set(path))
    learnt, held = [], []
    for parts in groups.values():
        cases = _cases(_drawn(_joined(parts), limit))
        learnt.append([case for case, out in cases if not out])
        held += [case for case, out in cases if out]
    return learnt, held


def _joined(parts: Sequence[QuestionSet]) -> QuestionSet:
    paragraphs: list[str] = []
    questions = []
    for part in parts:
        first = len(paragraphs)
        paragraphs += part.paragraphs
        questions += [replace(q, paragraph=q.paragraph + first) for q in part.questions]
    return QuestionSet(parts[0].name, tuple(paragraphs), tuple(questions))


def _drawn(whole: QuestionSet, limit: int) -> QuestionSet:
    order = np.random.RandomState(_SEED).permutation(len(whole.questions))[:limit]
    return replace(whole, questions=tuple(whole.questions[i] for i in order))


def _cases(questions: QuestionSet) -> list[tuple[Case, bool]]:
    """All cases whose answer stands in one sentence, and whether each is held out."""
    lexical = Lexical.build([tokens(text) for text in questions.paragraphs])
    cut = [_cut(text) for text in questions.paragraphs]
    plain = [Passage(c.ids, np.zeros(len(c.ids), np.bool_), _none(c.ids)) for c in cut]
    found = []
    for question in questions.questions:
        passage = _answered(cut[question.paragraph], question.answers)
        if not passage.right.any():
            continue
        best = np.argsort(-lexical.scores(question.question), kind="stable")[: NEGATIVES + 1]
        others = [plain[i] for i in best if i != question.paragraph][:NEGATIVES]
        text = questions.paragraphs[question.paragraph]
        out = zlib.crc32(text.encode("utf-8", "surrogatepass")) % HELD == 0
        ids = np.array(_encode([question.question])[0].ids or [0], np.int64)
        found.append((Case(ids, passage, tuple(others)), out))
    return found


@dataclass(frozen=True)
class _Cut:
    texts: tuple[str, ...]
    folded: tuple[str, ...]
    ids: tuple[Integers, ...]
    offsets: tuple[list[tuple[int, int]], ...]  # of each piece in its sentence


def _cut(text: str) -> _Cut:
    texts = tuple(span.cut(text) for span in sentences(text))
    encoded = _encode(texts)
    ids = tuple(np.array(e.ids, np.int64) for e in encoded)
    folded = tuple(fold(sentence) for sentence in texts)
    return _Cut(texts, folded, ids, tuple(e.offsets for e in encoded))


def _answered(cut: _Cut, answers: Sequence[str]) -> Passage:
    wanted = [fold(answer) for answer in answers]
    right = np.array([any(answer in text for answer in wanted) for text in cut.folded], np.bool_)
    flags = [_inside(s, o, answers) for s, o in zip(cut.texts, cut.offsets, strict=True)]
    return Passage(cut.ids, right, np.concatenate([np.zeros(0, np.bool_), *flags]))


def _inside(sentence: str, offsets: list[tuple[int, int]], answers: Sequence[str]) -> Flags:
    """Which pieces of a sentence overlap one of the answers."""
    inside = np.zeros(len(offsets), np.bool_)
    for answer in answers:
        start = sentence.find(answer)
        while start >= 0:
            end = start + len(answer)
            inside |= [a < end and b > start for a, b in offsets] or inside
            start = sentence.find(answer, start + 1)
    return inside


def _none(ids: Sequence[Integers]) -> Flags:
    return np.zeros(sum(map(len, ids)), np.bool_)


def _encode(texts: Sequence[str]) -> Any:
    return _tokenizer().encode_batch(list(texts), add_special_tokens=False)


@cache
def _tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(BUNDLED / "tokenizer.json"))


def clipped(passage: Passage, rng: np.random.RandomState) -> Passage:
    """Sentences side by side of at most LONGEST pieces, one that holds the answer among them."""
    lengths = np.array([len(ids) for ids in passage.sentences])
    if lengths.sum() <= LONGEST or not len(lengths):
        return passage
    right = np.flatnonzero(passage.right)
    first = last = int(rng.choice(right)) if len(right) else int(rng.randint(len(lengths)))
    total = lengths[first]
    while True:
        beside = [first - 1] * (first > 0) + [last + 1] * (last + 1 < len(lengths))
        beside = [i for i in beside if total + lengths[i] <= LONGEST]
        if not beside:
            break
        chosen = beside[rng.randint(len(beside))]
        total += lengths[chosen]
        first, last = min(first, chosen), max(last, chosen)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    kept = [ids[:MOST_PIECES] for ids in passage.sentences[first : last + 1]]
    answers = passage.answers[ends[first] : ends[last + 1]][:MOST_PIECES]
    return Passage(tuple(kept), passage.right[first : last + 1], answers)


def switched(asked: Integers, rng: np.random.RandomState, script: int | None = None) -> Integers:
    """Pieces of a question translated one by one into words of another script, or of this one."""
    starts, pieces, weights, scripts = _translations()
    # Latin, Cyrillic, Chinese or Japanese; see `_script`
    target = rng.choice([1, 1, 2, 0]) if script is None else script
    found = []
    for piece in asked.tolist():
        some = slice(starts[piece], starts[piece + 1])
        fits = scripts[pieces[some]] == target
        if scripts[piece] != target and fits.any() and rng.rand() < SWITCHED:
            likely = weights[some][fits] * np.sqrt(rng.rand(int(fits.sum())))
            piece = pieces[some][fits][np.argmax(likely)]
        found.append(piece)
    return np.array(found, np.int64)


@cache
def _translations() -> tuple[Integers, Integers, NDArray[np.float64], Integers]:
    """Translations of piece i are those from starts[i] to starts[i + 1]; scripts of all pieces."""
    tensors = load_file(TRANSLATIONS)
    vocabulary = json.loads((BUNDLED / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    scripts = np.array([_script(name) for name, _ in vocabulary])
    weights = tensors["weights"].astype(np.float64)
    return tensors["starts"].astype(np.int64), tensors["pieces"].astype(np.int64), weights, scripts


def _script(piece: str) -> int:
    first = piece[:1]
    if "\u3040" <= first <= "\u30ff" or "\u3400" <= first <= "\u9fff":
        return 0
    return 1 if "a" <= first <= "ÿ" else 2 if "\u0400" <= first <= "\u04ff" else 3
