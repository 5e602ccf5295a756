"""The vocabularies of made models: that of a GGUF, or a byte-level BPE of the same size."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from gguf import GGUFReader, TokenType

from rag.errors import InputError

END_OF_TEXT, TURN, END_OF_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
_CONTROL = (
    *(END_OF_TEXT, TURN, END_OF_TURN, "<|object_ref_start|>", "<|object_ref_end|>"),
    *("<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>"),
    *("<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
)
_DEFINED = (
    *("<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"),
    *("<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>"),
    *("<think>", "</think>"),
)


@dataclass(frozen=True)
class Vocabulary:
    """Tokens with their types, and the pairs that are joined, the first one first."""

    tokens: list[str]
    types: list[int]
    merges: list[str]


def read_vocabulary(path: Path, size: int) -> Vocabulary:
    """The vocabulary of a GGUF, with the special tokens of the family and padded to `size`.

    Raises:
        InputError: it is not a byte-level BPE, or it is larger than `size`.
    """
    fields = GGUFReader(path).fields
    try:
        tokens, types, merges = (
            fields[f"tokenizer.ggml.{name}"].contents()
            for name in ("tokens", "token_type", "merges")
        )
    except KeyError as error:
        raise InputError(f"{path} has no byte-level BPE vocabulary ({error})") from error
    normal = [token for token, kind in zip(tokens, types, strict=True) if kind == TokenType.NORMAL]
    return _complete(normal, merges, size)


def make_vocabulary(size: int) -> Vocabulary:
    """A byte-level BPE of `size` tokens: bytes, common hanzi, then pairs and triples of letters
    and words of two hanzi. About as many characters a token as the real ones in Chinese.

    Raises:
        InputError: `size` has no room for the bytes and the special tokens.
    """
    room = size - len(_CONTROL) - len(_DEFINED)
    tokens = dict.fromkeys(sorted(_BYTES.values()))
    merges = []
    for left, right in _pairs():
        if len(tokens) >= room:
            break
        if left in tokens and right in tokens and left + right not in tokens:
            tokens[left + right] = None
            merges.append(f"{left} {right}")
    return _complete(list(tokens), merges, size)


def _complete(normal: list[str], merges: list[str], size: int) -> Vocabulary:
    tokens = [*normal, *_CONTROL, *_DEFINED]
    if len(tokens) > size:
        raise InputError(f"a vocabulary of {len(tokens)} tokens does not fit {size}")
    padding = [f"[PAD{number}]" for number in range(len(tokens), size)]
    types = [
        *[TokenType.NORMAL] * len(normal),
        *[TokenType.CONTROL] * len(_CONTROL),
        *[TokenType.USER_DEFINED] * len(_DEFINED),
        *[TokenType.UNUSED] * len(padding),
    ]
    return Vocabulary([*tokens, *padding], [int(kind) for kind in types], merges)


def _byte_names() -> dict[int, str]:
    """The character that stands for each byte, as in GPT-2: the printable ones for themselves."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {b: chr(b) for b in plain} | {b: chr(256 + n) for n, b in enumerate(others)}


_BYTES = _byte_names()


def _pairs() -> Iterator[tuple[str, str]]:
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = [*letters, *(_named(" " + letter) for letter in letters)]
    codes = [bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)]
    hanzi = b"".join(codes).decode("gb2312", "ignore")
    marks = "，。、：；？！「」《》（）“”"  # noqa: RUF001
    yield _named("\n"), _named("\n")
    for character in map(_named, marks + hanzi):
        yield character[0], character[1]
        yield character[:2], character[2]
    yield from ((_named(" "), letter) for letter in letters)
    yield from product(words, letters)
    yield from (
        (first + second, third) for first, second, third in product(words, letters, letters)
    )
    yield from product([_named(c) for c in hanzi], repeat=2)


def _named(text: str) -> str:
    return "".join(_BYTES[byte] for byte in text.encode())
