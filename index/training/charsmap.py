"""Character folding that the tokeniser carries inside itself.

The embedder must give one vector to traditional and simplified Chinese. Its tokeniser therefore
normalises in three steps, all stored in ``tokenizer.json``: NFKC, lower case, and a *precompiled
charsmap* (the double-array trie of sentencepiece) that maps single Han characters:

* traditional -> simplified by the ``t2s`` table of OpenCC (and ``tw2s``, ``hk2s`` for variants);
* Japanese new forms -> simplified (``jp2t`` then ``t2s``: 気 -> 气), but only for characters that
  simplified Chinese does not itself use, so that no Chinese text changes its meaning.

Characters of simplified Chinese are told by the GB 2312 character set.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import sentencepiece
from opencc import OpenCC
from tokenizers import normalizers

# CJK extension A to the unified ideographs, then the supplementary ideographic planes.
HAN_BLOCKS = ((0x3400, 0x9FFF), (0x20000, 0x323AF))
# Field numbers of sentencepiece's ``NormalizerSpec`` message (sentencepiece_model.proto).
PRECOMPILED_CHARSMAP_FIELD = 2
WIRE_BYTES = 2
WIRE_VARINT = 0


def in_gb2312(character: str) -> bool:
    """True for a character of simplified Chinese (GB 2312-80, 6,763 Han characters)."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _han_characters() -> Iterator[str]:
    for first, last in HAN_BLOCKS:
        yield from (chr(code) for code in range(first, last + 1))


def folding_rules() -> dict[str, str]:
    """Single Han character -> the single simplified character it is folded to."""
    chinese = [OpenCC(name) for name in ("t2s", "tw2s", "hk2s")]
    japanese = OpenCC("jp2t")
    rules: dict[str, str] = {}
    for character in _han_characters():
        folded = next((f for c in chinese if (f := c.convert(character)) != character), None)
        if folded is None and not in_gb2312(character):
            candidate = chinese[0].convert(japanese.convert(character))
            folded = candidate if in_gb2312(candidate[0]) else None
        if folded and len(folded) == 1 and folded != character:
            rules[character] = folded
    rules.pop("么", None)  # tw2s reads 么 as the family name 幺; simplified text means 麼
    rules.pop("著", None)  # 著 stays: 著名 is not 着名
    return rules


def compile_charsmap(rules: dict[str, str]) -> bytes:
    """Compile character rules into sentencepiece's precompiled charsmap."""
    lines = [f"{ord(source):X}\t{ord(target):X}" for source, target in sorted(rules.items())]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.tsv"
        path.write_text("\n".join(lines) + "\n", encoding="utf8")
        compiled = sentencepiece.SentencePieceNormalizer(rule_tsv=str(path))
        return _bytes_field(compiled.serialized_normalizer_spec(), PRECOMPILED_CHARSMAP_FIELD)


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """Read a base-128 varint; return its value and the position behind it."""
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position


def _bytes_field(message: bytes, wanted: int) -> bytes:
    """The length-delimited field ``wanted`` of a serialised protocol-buffer message."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        size, position = _varint(message, position)
        if key & 7 == WIRE_BYTES:
            if key >> 3 == wanted:
                return message[position : position + size]
            position += size
        elif key & 7 != WIRE_VARINT:
            break
    raise ValueError(f"no bytes field {wanted} in the normaliser specification")


@cache
def _charsmap() -> bytes:
    """The compiled rules, made once a process."""
    return compile_charsmap(folding_rules())


def folding_normalizer() -> normalizers.Normalizer:
    """NFKC, lower case, then the Han folding, as one normaliser of the tokenizers library."""
    folding = normalizers.Precompiled(_charsmap())
    steps = [normalizers.NFKC(), normalizers.Lowercase(), folding]
    return normalizers.Sequence(steps)
