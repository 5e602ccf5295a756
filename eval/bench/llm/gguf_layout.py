"""Where everything stands in the header of a GGUF, so that it can be damaged on purpose."""

import struct
from dataclasses import dataclass, field

ALIGNMENT = 32  # bytes, unless the file says otherwise; the models made here do not
STRING, ARRAY = 8, 9  # types of values
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes, by type


@dataclass(frozen=True)
class Place:
    """Bytes [start, start + size) of a file; `role` says what they tell."""

    role: str
    start: int
    size: int


@dataclass(frozen=True)
class Pair:
    """A key and where its value stands, the type before it included."""

    key: str
    kind: int
    start: int
    end: int


@dataclass
class Layout:
    """The parts of a file.

    Attributes:
        numbers: integers that say how the rest is read: counts, lengths, types, shapes, offsets.
        strings: the texts, without their lengths; tokens and merges, too.
        pairs: keys and values, by key.
        tensors: the records of the tensors, one after the other.
        end: of the header, before the padding.
        data: where the tensors begin.
    """

    numbers: list[Place] = field(default_factory=list)
    strings: list[Place] = field(default_factory=list)
    pairs: dict[str, Pair] = field(default_factory=dict)
    tensors: list[Place] = field(default_factory=list)
    end: int = 0
    data: int = 0


def layout(content: bytes) -> Layout:
    """The layout of a sound file of version 2 or 3, little-endian."""
    return _Scan(content).run()


def with_value(content: bytes, key: str, kind: int, value: bytes) -> bytes:
    """The file with another value for a key, which is added if it is not there.

    Args:
        content: a sound file.
        key: its name.
        kind: the number of the type.
        value: as it stands in a file; see `text` and `texts`.
    """
    parts = layout(content)
    typed = struct.pack("<I", kind) + value
    if key in parts.pairs:
        pair = parts.pairs[key]
        header = content[: pair.start] + typed + content[pair.end : parts.end]
    else:
        count = int.from_bytes(content[16:24], "little") + 1
        first = parts.tensors[0].start if parts.tensors else parts.end
        header = content[:16] + struct.pack("<Q", count) + content[24:first]
        header += text(key.encode()) + typed + content[first : parts.end]
    return header + b"\0" * (-len(header) % ALIGNMENT) + content[parts.data :]


def text(content: bytes) -> bytes:
    """A string as it stands in a file."""
    return struct.pack("<Q", len(content)) + content


def texts(contents: list[bytes]) -> bytes:
    """An array of strings as it stands in a file."""
    return struct.pack("<IQ", STRING, len(contents)) + b"".join(map(text, contents))


class _Scan:
    """Reads a header from its beginning to its end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 4
        self._found = Layout()

    def run(self) -> Layout:
        self._number("version", 4)
        tensors, pairs = self._number("tensors", 8), self._number("pairs", 8)
        for _ in range(pairs):
            self._pair()
        for _ in range(tensors):
            self._tensor()
        self._found.end = self._at
        self._found.data = self._at + -self._at % ALIGNMENT
        return self._found

    def _number(self, role: str, size: int) -> int:
        self._found.numbers.append(Place(role, self._at, size))
        return self._skip_number(size)

    def _skip_number(self, size: int) -> int:
        self._at += size
        return int.from_bytes(self._content[self._at - size : self._at], "little")

    def _string(self, role: str) -> bytes:
        size = self._number(f"{role} length", 8)
        self._found.strings.append(Place(role, self._at, size))
        self._at += size
        return self._content[self._at - size : self._at]

    def _pair(self) -> None:
        key = self._string("key").decode()
        start = self._at
        kind = self._number("type", 4)
        self._value(kind)
        self._found.pairs[key] = Pair(key, kind, start, self._at)

    def _value(self, kind: int) -> None:
        if kind == STRING:
            self._string("value")
        elif kind == ARRAY:
            item, count = self._number("item type", 4), self._number("array count", 8)
            if item in _SIZES:
                self._at += count * _SIZES[item]
            else:
                for _ in range(count):
                    self._value(item)
        else:
            self._at += _SIZES[kind]

    def _tensor(self) -> None:
        start = self._at
        self._string("tensor name")
        for _ in range(self._number("dimensions", 4)):
            self._number("dimension", 8)
        self._number("tensor type", 4)
        self._number("offset", 8)
        self._found.tensors.append(Place("tensor", start, self._at - start))
