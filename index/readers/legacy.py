"""Which encoding from before Unicode a file is in: a guess that must prove itself.

Every candidate reads the same bytes strictly; the reading whose characters are far more likely
than those of any other wins, if it also looks like text by itself. Bytes that fit no candidate,
or two, are refused: nothing is replaced or left out.
"""

import codecs
import math
import re
from collections import Counter
from dataclasses import dataclass

from index.errors import InputError
from index.readers.common import FREQUENT, everyday, log_likelihood
from index.readers.western import is_western

_SAMPLE = 1 << 16  # bytes that decide
_MARGIN = 15.0  # nats between the best reading and the next: odds of three million to one
_LEAST = 12  # characters beyond ASCII; fewer prove nothing
_DIFFERENT = 8  # different ones among them
_REPEATED = 3  # times that a character counts: repetition is no further evidence
_EVERYDAY = 0.9  # share of them that must be in everyday use
_FREQUENT = 0.4  # share of Han characters that must be frequent ones; news text has 0.75

_NOT_READ = "CP949"  # Korean only competes: what it would win is refused with its name
# Name for iconv and the codecs that read it. Big5 is Windows' variant unless the file uses the
# region where the variants differ.
_EIGHT_BIT: dict[str, tuple[str, ...]] = {
    "GB18030": ("gb18030",),
    "BIG5": ("cp950", "big5hkscs"),
    "SHIFT_JIS": ("cp932",),
    "EUC-JP": ("euc_jp",),
    "CP949": ("cp949",),
}
_SIXTEEN_BIT: dict[str, tuple[str, ...]] = {"UTF-16LE": ("utf-16-le",), "UTF-16BE": ("utf-16-be",)}
_WESTERN = "WINDOWS-1252"
_CODECS = {**_EIGHT_BIT, **_SIXTEEN_BIT, _WESTERN: ("cp1252",)}
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_DIFFERENT_IN_BIG5 = re.compile("[ぁ-ヾ\u0400-\u045f①-⒏]")  # kana, Cyrillic, encircled numbers


@dataclass(frozen=True)
class _Reading:
    name: str
    counts: dict[str, int]
    likelihood: float  # natural logarithm


def decode_legacy(data: bytes) -> str:
    """Text of bytes that are not UTF-8 and hold no NUL.

    Raises:
        InputError: no reading is certain; names the best guess.
    """
    first = re.search(rb"[\x80-\xff]", data)
    start = first.start() & ~1 if first else 0  # even: characters of two bytes stay whole
    names = _EIGHT_BIT | (_SIXTEEN_BIT if len(data) % 2 == 0 else {})
    readings = _readings(data[start : start + _SAMPLE], names)
    if _certain(readings):
        return _strictly(data, readings[0].name)
    if not _certain(readings[:1]) and is_western(data):
        return _strictly(data, _WESTERN)
    if not readings:
        raise InputError(_no_encoding(data))
    name = readings[0].name
    reason = "it is too short or too unusual to be sure"
    raise InputError(_refusal(f"{reason} which encoding it has; the best guess is {name}", name))


def decode_wide(data: bytes) -> str | None:
    """Text of UTF-16 without a byte order mark; None where the bytes are none."""
    if len(data) % 2:
        return None
    readings = _readings(data[:_SAMPLE], _SIXTEEN_BIT)
    return _strictly(data, readings[0].name) if _certain(readings, ascii_counts=True) else None


def _readings(sample: bytes, names: dict[str, tuple[str, ...]]) -> list[_Reading]:
    """The possible readings of a sample, the likeliest first."""
    found = []
    for name, codecs_of_it in names.items():
        for codec in codecs_of_it:
            reading = _reading(sample, name, codec)
            if reading:
                found.append(reading)
                break
    return sorted(found, key=lambda reading: -reading.likelihood)


def _reading(sample: bytes, name: str, codec: str) -> _Reading | None:
    try:
        text = codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return None
    counts = Counter(text)
    likelihood = log_likelihood({c: min(n, _REPEATED) for c, n in counts.items()})
    impossible = likelihood == -math.inf or _fault(text, codec)
    return None if impossible else _Reading(name, counts, likelihood)


def _certain(readings: list[_Reading], *, ascii_counts: bool = False) -> bool:
    """Whether the first reading looks like text and is far likelier than the second."""
    if not readings:
        return False
    best, *others = readings
    if best.name == _NOT_READ or others and best.likelihood - others[0].likelihood < _MARGIN:
        return False
    foreign = {c: n for c, n in best.counts.items() if ascii_counts or not c.isascii()}
    total = sum(foreign.values())
    han = {c: n for c, n in foreign.items() if "一" <= c <= "鿿"}
    frequent = sum(n for c, n in han.items() if c in FREQUENT)
    return (
        total >= _LEAST
        and len(foreign) >= _DIFFERENT
        and sum(n for c, n in foreign.items() if c.isascii() or everyday(c)) >= _EVERYDAY * total
        and (2 * sum(han.values()) < total or frequent >= _FREQUENT * sum(han.values()))
    )


def _strictly(data: bytes, name: str) -> str:
    """All of the data in the encoding that its beginning proved."""
    fault = ""
    for codec in _CODECS[name]:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError as error:
            fault = fault or f"byte {error.start} does not fit"
            continue
        other = _fault(text, codec)
        if not other:
            return text
        fault = fault or other
    raise InputError(_refusal(f"it begins like {name}, but {fault}", name))


def _fault(text: str, codec: str) -> str | None:
    """Why a reading is not to be trusted although every byte of it fits."""
    private = _PRIVATE.search(text)
    if private:
        return f"holds a character of private use (U+{ord(private[0]):04X})"
    if codec == "cp950" and _DIFFERENT_IN_BIG5.search(text):
        return "holds characters that the variants of Big5 write differently"
    return None


def _no_encoding(data: bytes) -> str:
    """What to say of bytes that no encoding fits: damaged, if one fits most of them."""
    reach = {}
    for name, codecs_of_it in _EIGHT_BIT.items():
        try:
            data.decode(codecs_of_it[-1])
        except UnicodeDecodeError as error:
            reach[name] = error.start
    name = max(reach, key=lambda name: reach[name], default="GB18030")
    if reach.get(name, 0) > len(data) / 2:
        problem = f"it begins like {name}, but byte {reach[name]} does not fit: it is damaged"
        return _refusal(problem, name)
    return _refusal("no other known encoding fits; the first to try is GB18030", "GB18030")


def _refusal(problem: str, name: str) -> str:
    return (
        f"is not UTF-8, and {problem}. Convert it and look at the result: "
        f"iconv -f {name} -t UTF-8 old.txt > new.txt"
    )
