"""Hostile streams of markers: what is shown resolves, however a stream is cut into pieces.

Every stream goes through the product's own reading of answers. What came of it is read once more
by `read_markers`, which shares no code with `rag.citations` and is as lenient as a person.
"""

import random
import re
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.article import Article, Paragraph, Piece, Span
from index.build import build
from index.embedder import load_embedder
from rag.answer import AnswerFinished, Hit, Sentence, TextAdded
from rag.assistant import Assistant
from rag.citations import MarkerParser
from rag.llm import AnswerStyle, Request
from rag.retriever import Retriever
from rag.written import Declined, WrittenAnswer

KEPT = "桥水灯船мостивда"  # characters of prose, in no attack: each must be shown
_PROSE = (
    "桥上有灯。", "水下有船，", " Мост и вода. ", "“桥。”水", " вода", "\n\n船", "。", " ", "！",
)  # fmt: skip
_OPENERS, _CLOSERS = "[【［﹇︻〖⟦〚⁅", "]】］﹈︼〗⟧〛⁆"
_HIDDEN = "\u200b\u200d\u2060\ufeff\xad\u034f\u0301\u20e3\ufe0f\u3164\x00\x1b\ud800\n\r\t\xa0\u3000"
_BIDI = "\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2069\u200e\u200f\u061c"
_PHRASE = "NOT IN THE ARTICLES"
_LONG = 5_000  # digits of the longest numbers
_EVERY_CUT = 20  # one stream in so many is cut in two at every place
_ASKED = 25  # one stream in so many is an answer of the whole assistant
_QUESTION = "桥有多长，船有多少艘？"
_ARTICLE = "# 桥\n\n新桥长五百米，桥上有灯。\n\n桥下有船23095艘。\n\n水深三十米，水下有船。"

Attack = Callable[[random.Random], str]


def _one_of(*texts: str) -> Attack:
    return lambda chance: chance.choice(texts)


def _within(hidden: str) -> Attack:
    """A marker with characters inside that cannot be seen."""

    def attack(chance: random.Random) -> str:
        inside = chance.choice(["9", "1", "99", "1,9", "1-2", "0"])
        parts = [chance.choice(hidden) * chance.choice([0, 1, 1, 3, 60]) for _ in range(8)]
        return "[" + "".join(a + b for a, b in zip(parts, inside + "]", strict=False))

    return attack


def _mixed_brackets(chance: random.Random) -> str:
    number = chance.choice(["0", "1", "2", "9", "99", "1，9"])
    return chance.choice(_OPENERS) + number + chance.choice(_CLOSERS)


def _soup(chance: random.Random) -> str:
    alphabet = _OPENERS + _CLOSERS + "[]" * 9 + "0123９٣①" * 3 + ",-–^.:%†xé (" + _HIDDEN + _BIDI
    return "".join(chance.choices(alphabet, k=chance.randint(1, 24)))


ATTACKS: dict[str, Attack] = {
    "no such passage": _one_of("[0]", "[4]", "[99]", "[00]", "[003]", "[1000000]", "[4294967297]"),
    "no number": _one_of("[-1]", "[+1]", "[1.5]", "[1*]", "[#9]", "[1/2]", "[(9)]", "[9?]", "[−1]"),
    "brackets": _mixed_brackets,
    "digits": _one_of(
        "［１］", "[٣]", "[٩]", "[१]", "[९]", "[𝟏]", "[𝟗]", "[①]", "[⑨]", "[❾]", "[⑩]", "[²]",
        "[⁹]", "[₉]", "[⑼]", "[⒐]", "[９９]", "[1٩]", "[½]", "①", "⁹", "[九]", "[Ⅸ]",
    ),
    "ranges": _one_of("[1-3]", "[3-1]", "[1-999999]", "[1-]", "[-]", "[1--3]", "[2–9]", "[1-2-9]"),
    "lists": _one_of("[1, 99]", "[1,,2]", "[1；2]", "[1 9]", "[,9,]", "[1、9]", "[1，\n9]", "[,]"),
    "nested": _one_of("[[1]]", "[[9]]", "[1[2]]", "[[99]77]", "[9[1]]", "[[[0]]]", "[【9】[1]9]"),
    "unbalanced": _one_of("[1[2]", "[[1]", "9]]", "]9[", "[9", "[9 [", "9]", "[[", "[]9]", "[9【"),
    "links": _one_of("[1](http://x/9)", "[^1]", "[^99]", "[9]: http://x", "![9](x)", "[9](#src-1)"),
    "entities": _one_of("&#91;99&#93;", "&lbrack;9&rbrack;", "\\[9\\]", "%5B9%5D", "<a>[9]</a>"),
    "hidden inside": _within(_HIDDEN),
    "directions": _within(_BIDI),
    "cut off at the end": _one_of("[", "[9", "[1,", "【99", "[[1]", "[9†sou", "[ 9 ", "[^"),
    "long digits": lambda chance: f"[{chance.choice('019')*chance.randint(7, _LONG)}]",
    "sources": _one_of("【1†source】", "【4:0†source】", "[9†L1-L5]", "[9†", "[1†a b]", "[†9]"),
    "phrase": _one_of(_PHRASE, _PHRASE.title(), f"[1]{_PHRASE}", f"\r\n“{_PHRASE}", _PHRASE[:9]),
    "only markers": _one_of("[1]", "[9]", " ", "[1][2]", "【3】", "\n"),
    "hundreds": lambda chance: "".join(f"[{chance.randint(0, 5)}]" for _ in range(300)),
    "code": _one_of("```\na[9] = b[1]\n```", "`[9]`", "\r\n[9]\r\n", "[1]\r\n[9]", "\r"),
    "soup": _soup,
    "look-alikes": _one_of("[xiv]", "[2024年]", "[1a]", "[50%]", "[12:30]", "[$5]", "〔9〕", "[ ]"),
}  # fmt: skip
_MEGABYTES = ("[", "]", "[1", "[]", "[1]", "[99]", "[[1]]", "[9" + " " * 98, "[1†", "[x", " [ ")


@dataclass
class _Reading:
    """What came of a stream: the text shown, its sentences, how many markers were removed."""

    shown: str
    sentences: tuple[Sentence, ...]
    removed: int
    declined: bool = False


def bench(streams: int, seed: int) -> list[dict[str, object]]:
    """One row a kind of attack, the assistant as a whole, and a row for each kind of megabyte.

    `bad` counts streams that showed a marker which does not resolve, `disagreements` those that
    read differently in other pieces, `lost` those of whose prose something is missing, and
    `errors` those that ended in an exception. All four are to be 0.
    """
    chance, kinds = random.Random(seed), list(ATTACKS)
    shares = [streams // len(kinds) + (i < streams % len(kinds)) for i in range(len(kinds))]
    rows = [attacked(kind, n, chance) for kind, n in zip(kinds, shares, strict=True)]
    return [*rows, _assistant(streams // _ASKED, chance), *map(_megabyte, _MEGABYTES)]


def attacked(kind: str, streams: int, chance: random.Random) -> dict[str, object]:
    """The row of one kind of attack."""
    return _row(kind, (_checked(kind, chance) for _ in range(streams)))


def read_markers(text: str) -> list[str]:
    """What a lenient reader takes for markers: the words inside their brackets, the inner first.

    That is a pair of square or lenticular brackets that holds a digit of any script and no word.
    Not 〔1〕, which numbers documents and notes that articles quote; not ① or ¹ alone, which count
    things and raise them to powers; not what holds a letter, a colon (times, scores), a per cent
    or currency sign. Entities and backslashes are not undone: they are shown as they stand.
    """
    found: list[str] = []

    def inside(match: re.Match[str]) -> str:
        words = match[1]
        before, dagger, after = words.partition("†")
        named = bool(dagger and re.search(r"\d", before) and not re.search(r"[^\W\d_]", before))
        named &= not re.search(r"[^\W\d_a-zA-Z]|[a-zA-Z].* ", after)
        if not named and re.search(r"[^\W\d_]", words):
            return "字"
        if not named and re.search("[:%‰‱٪°⁄∶$]", words):
            return ":"
        if re.search(r"\d", words):
            found.append(words)
        return ""

    plain, before = "".join(map(_seen, unicodedata.normalize("NFKC", text))), ""
    while plain != before:
        plain, before = re.sub(r"\[([^\[\]]*)\]", inside, plain), plain
    return found


def _seen(character: str) -> str:
    """A character as a reader sees it: plain brackets and digits, nothing where nothing shows."""
    if character in "[【〖⟦〚⁅⦋⦍⦏]】〗⟧〛⁆⦌⦎⦐":
        return "[" if unicodedata.category(character) == "Ps" else "]"
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category[0] in "CM" or character in "\u115f\u1160\u2800":
        return ""
    if category in ("Nd", "No"):
        return f"{unicodedata.numeric(character):.0f}"
    if category == "Nl":
        return "字"
    return "$" if category == "Sc" else character


def stream_of(kind: str, chance: random.Random) -> str:
    """Prose with attacks of a kind in and around it."""
    attacks = [ATTACKS[kind](chance) for _ in range(chance.randint(1, 4))]
    if kind == "only markers":
        return "".join(attacks)
    parts = [*attacks, *chance.choices(_PROSE, k=chance.randint(0, 6))]
    parts += [f"[{chance.randint(1, 3)}]" for _ in range(chance.randint(0, 2))]
    chance.shuffle(parts)
    return "".join(parts + (attacks[:1] if kind == "cut off at the end" else []))


def _row(kind: str, results: Iterator[Counter[str]]) -> dict[str, object]:
    sums: Counter[str] = Counter()
    start = time.process_time()
    for result in results:
        sums.update(result)
    counts = ("streams", "removed", "bad", "disagreements", "lost", "errors")
    seconds = time.process_time() - start
    return {"attack": kind, **{count: int(sums[count]) for count in counts}, "seconds": seconds}


def _checked(kind: str, chance: random.Random) -> Counter[str]:
    text = stream_of(kind, chance)
    numbers = chance.choice([(1, 2, 3), (5, 2, 9)])
    result = Counter(streams=1)
    try:
        whole = _read([text], numbers)
        others = [_read(pieces, numbers) for pieces in _cuts(text, chance)]
    except Exception:  # noqa: BLE001 - none is allowed, and each is counted
        return result + Counter(errors=1)
    result["removed"] = whole.removed
    result["bad"] = not _resolves(whole, numbers)
    every = chance.randrange(_EVERY_CUT) == 0 and len(text) < 500
    result["disagreements"] = any(other != whole for other in others) or (
        every and not _parses_alike(text)
    )
    result["lost"] = not _all_there(text, whole) or (kind == "look-alikes" and whole.removed > 0)
    return result


def _cuts(text: str, chance: random.Random) -> Iterator[list[str]]:
    """The text in pieces: of one character, of a few, and of any length."""
    for size in (1, chance.randint(2, 9)):
        yield [text[i : i + size] for i in range(0, len(text), size)]
    places = sorted(chance.choices(range(len(text) + 1), k=chance.randint(1, 5)))
    yield [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


def _read(pieces: Sequence[str], numbers: Sequence[int]) -> _Reading:
    """A stream as the assistant reads it, over passages that are cited by `numbers`."""
    written, shown = WrittenAnswer(_PASSAGES, numbers), list[str]()
    try:
        for event in written.events(pieces):
            if isinstance(event, TextAdded):
                shown.append(event.text)
    except Declined:
        return _Reading("", (), 0, declined=True)
    return _Reading("".join(shown), tuple(written.sentences), written.removed_markers)


def _resolves(reading: _Reading, numbers: Sequence[int]) -> bool:
    """Whether every marker that anybody could read, anywhere, is one of these numbers."""
    bare = [sentence.text for sentence in reading.sentences]
    marked = [sentence.marked for sentence in reading.sentences]
    known = {str(number) for number in numbers}
    cited = [citation for sentence in reading.sentences for citation in sentence.citations]
    return (
        all(found in known for text in marked for found in read_markers(text))
        and all(found in known for found in read_markers(reading.shown))
        and all(found in known for found in read_markers(" ".join(marked)))
        and not any(read_markers(text) for text in bare)
        and not any(_removes(text, max(numbers)) for text in [reading.shown, *bare])
        and all(str(c.number) in known for c in cited)
        and all(c.hit is _PASSAGES[numbers.index(c.number)] for c in cited if c.hit in _PASSAGES)
    )


def _removes(text: str, passages: int) -> int:
    """How many whole markers the product itself would now remove from a text shown."""
    parser = MarkerParser(passages)
    for _ in parser.feed(text):
        pass
    return parser.removed  # without close(): a bracket that is never closed is no marker


def _all_there(text: str, reading: _Reading) -> bool:
    """Whether the prose of a stream is shown, and stands in its sentences, in its order."""
    kept = [character for character in text if character in KEPT]
    said = "".join(sentence.text for sentence in reading.sentences)
    return reading.declined or all(
        [character for character in after if character in KEPT] == kept
        for after in (reading.shown, said)
    )


def _parses_alike(text: str) -> bool:
    """Whether a stream reads the same, cut in two at any place."""
    numbers = (1, 2, 3)
    whole = _read([text], numbers)
    return all(_read([text[:at], text[at:]], numbers) == whole for at in range(1, len(text)))


def _hit(text: str) -> Hit:
    span = Span(0, len(text))
    paragraph = Paragraph(text, "a", 0, text, span, (Piece(0, 0, len(text)),))
    return Hit(paragraph, Article("a", "a.txt", "桥", text, span), 1.0)


_PASSAGES = [_hit(text) for text in _ARTICLE.split("\n\n")[1:]]


class _Scripted:
    """A language model that says what it is told, in the pieces it is told."""

    name, context_size = "scripted", 4096

    def __init__(self, pieces: Sequence[str], style: AnswerStyle) -> None:
        self.answer_style = style
        self._pieces = pieces

    def count_tokens(self, text: str) -> int:
        return len(text)

    def stream(self, request: Request) -> Iterator[str]:
        yield from self._pieces


def _assistant(streams: int, chance: random.Random) -> dict[str, object]:
    """The row of attacks of all kinds on an assistant with a store."""
    with tempfile.TemporaryDirectory() as name:
        folder, embedder = Path(name), load_embedder()
        (folder / "a.txt").write_text(_ARTICLE, "utf-8")
        build([folder / "a.txt"], folder / "store", embedder)
        retriever = Retriever(folder / "store", embedder=embedder)
        row = _row("the whole assistant", (_asked(retriever, chance) for _ in range(streams)))
        del retriever  # it would go on to look at its folder
    return row


def _asked(retriever: Retriever, chance: random.Random) -> Counter[str]:
    """A stream as an answer of the assistant: streamed in small pieces, and asked for whole."""
    text = stream_of(chance.choice(list(ATTACKS)), chance)
    style: AnswerStyle = chance.choice(["prose", "quote"])
    result = Counter(streams=1)
    try:
        *events, last = Assistant(retriever, _Scripted(list(text), style)).stream(_QUESTION)
        answer = Assistant(retriever, _Scripted([text], style)).ask(_QUESTION)
    except Exception:  # noqa: BLE001 - none is allowed, and each is counted
        return result + Counter(errors=1)
    assert isinstance(last, AnswerFinished)
    shown = "".join(event.text for event in events if isinstance(event, TextAdded))
    known = {str(number) for number in range(1, len(answer.hits) + 1)}
    seen = [shown, *(sentence.marked for sentence in answer.sentences)]
    seen += [] if answer.abstained else [answer.text]
    result["removed"] = answer.removed_markers
    result["bad"] = not all(found in known for text in seen for found in read_markers(text))
    result["disagreements"] = (last.answer.text, last.answer.sentences, last.answer.message) != (
        answer.text, answer.sentences, answer.message,
    )  # fmt: skip
    return result


def _megabyte(unit: str) -> dict[str, object]:
    """How long a million characters of the same take, in pieces of 4096: seconds of computing."""
    text = unit * (1_000_000 // len(unit))

    def read() -> Iterator[Counter[str]]:
        pieces = [text[i : i + 4096] for i in range(0, len(text), 4096)]
        reading = _read(pieces, (1, 2, 3))
        yield Counter(streams=1, removed=reading.removed)

    name = f"a megabyte of {unit.replace(' ' * 98, '␣…')}"
    return _row(name, read())
