"""What a question looked for, word by word, and which of it the nearest paragraphs have.

For the message of an abstention: it tells a reader at a glance whether the articles speak of the
matter at all. Words are those of the question as it is written. Chinese and Japanese, which have
no spaces, are cut by the bundled embedder's tokeniser, whose pieces are mostly words.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache

from tokenizers import Tokenizer

from index.language import SMALL_WORDS
from index.text import fold, is_cjk
from index.tokens import CJK, WORD
from index.translations import TOKENIZER
from index.translations import bundled as translations
from rag.answer import Hit

MOST = 6  # words of each kind that are named

_RUN = re.compile(rf"(?:\d+[年月日])+|[{CJK}]+|{WORD.pattern}")
_HIRAGANA = re.compile("[\u3040-\u309f]+")
_NUMERAL = re.compile("[一二三四五六七八九十百千\\d]+")
_KATAKANA = re.compile("[\u30a0-\u30ff]+")
# What Chinese and Japanese ask and link with, character by character (folded).
_LINKS = frozenset(
    "的了是在有和与及或等吗呢吧啊被把对从到为由于就也都还又很最更已将会能可以要想请问"
    "谁哪几多少什么怎样何时候为啥那这其之所得着过些一共中里上下第"
)
_ASKS = re.compile("什么|怎么|多少|哪[些个里位]|几[个位]")  # within a longer piece: 叫什么名
_MEASURES = frozenset("个個名位处次种件张例年月日号条家座所者")  # no words by themselves
_ASKING_WORDS = (
    "tell about say says said has have had any there their they this that please give name named "
    "called be been being can could would should will into than then its his her "
    "что кто где как какой какая какие каково почему сколько какую был была были есть это для "
    "무엇 누구 언제 어디 몇 개 명 있습니까 입니까 얼마 얼마나 왜 어떻게 "
    "cuál cuáles cuanto cuanta tiene tienen fueron fue sobre quel quels quelles sont ont ses "
    "welches welchem hat haben sind waren wurde wurden über ما من متى أين كم هل كيف لماذا في على"
)
_ASKING = SMALL_WORDS.union(_ASKING_WORDS.split())
_LEAST_STEM = 4  # letters; two words with the same beginning of so many may be forms of one
_ENDING = 2  # letters that such forms may differ in
_LIKELY = 0.2  # weight of a translation that counts


@dataclass(frozen=True)
class LookedFor:
    """The telling words of a question: those the nearest paragraphs have, and those they lack."""

    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def looked_for(question: str, hits: Sequence[Hit]) -> LookedFor:
    """The first `MOST` of either kind, in their order; a translation of a word counts as well."""
    texts = [fold(f"{hit.context}\n{hit.paragraph.text}") for hit in hits]
    nearest = "\n".join(texts)
    words = set(WORD.findall(nearest))
    found: list[str] = []
    missing: list[str] = []
    for word in telling_words(question):
        there = _stands(fold(word), nearest, words) or _translated(word, nearest, words)
        (found if there else missing).append(word)
    return LookedFor(tuple(found[:MOST]), tuple(missing[:MOST]))


def telling_words(question: str) -> list[str]:
    """The words of a question that say what it is about, as they stand there, each once."""
    words: dict[str, str] = {}
    for run in _RUN.findall(question):
        for word in _pieces(run) if is_cjk(run[0]) else [run]:
            folded = fold(word)
            if len(folded) > 1 or is_cjk(folded[:1]) or folded.isdigit():
                words.setdefault(folded, word)
    return [
        word
        for folded, word in words.items()
        if folded not in _ASKING and folded not in _MEASURES and not _ASKS.search(folded)
    ]


def borders(text: str) -> frozenset[int]:
    """The places in a Chinese or Japanese text where its words begin and end."""
    return frozenset(place for piece in _cut(text) for place in piece)


def _pieces(run: str) -> Iterator[str]:
    """The words of a run of Chinese or Japanese.

    A single character is one if it stands by itself: beside a word it is a part of another.
    """
    bared = ["", *map(_bared, _joined(run)), ""]
    for before, word, behind in zip(bared, bared[1:], bared[2:], strict=False):
        if len(word) > 1 or (word and not before and not behind):
            yield word


def _joined(run: str) -> Iterator[str]:
    """The tokeniser's pieces; single characters side by side are one, and so is katakana."""
    single = ""
    for start, end in _cut(run):
        piece = run[start:end]
        if (len(piece) == 1 and not _links(piece)) or _KATAKANA.fullmatch(piece):
            single += piece
            continue
        if _NUMERAL.fullmatch(single):  # 二|号线
            piece, single = single + piece, ""
        yield from [single] if single else []
        single = ""
        yield piece
    yield from [single] if single else []


def _cut(run: str) -> list[tuple[int, int]]:
    readable = run.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _tokenizer().encode(readable, add_special_tokens=False).offsets


def _bared(piece: str) -> str:
    """A piece without what only links or asks at its ends; nothing if too little is left."""
    word = piece
    while word and _links(word[0]):
        word = word[1:]
    while word and _links(word[-1]):
        word = word[:-1]
    return word if len(word) > 1 or word == piece else ""


def _links(character: str) -> bool:
    return fold(character) in _LINKS or bool(_HIRAGANA.fullmatch(character))


def _stands(folded: str, nearest: str, words: Set[str]) -> bool:
    """Whether a word, or a form of it, stands in the folded paragraphs."""
    if any(map(is_cjk, folded)):
        return folded in nearest
    if folded in words or len(folded) <= _LEAST_STEM:
        return folded in words
    stem = folded[: max(_LEAST_STEM, len(folded) - _ENDING)]
    return any(w.startswith(stem) and abs(len(w) - len(folded)) <= _ENDING for w in words)


def _translated(word: str, nearest: str, words: Set[str]) -> bool:
    """Whether each part of a word that has translations has one in the folded paragraphs."""
    parts = translations().words(word)
    likely = [[other for other, weight in part.items() if weight >= _LIKELY] for part in parts]
    return bool(parts) and all(
        any(other and _stands(other, nearest, words) for other in others) for others in likely
    )


@cache
def _tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(TOKENIZER))
