"""GGUF files that are damaged or mean harm, made from a sound one; the same from the same seed."""

import struct
from collections.abc import Callable
from random import Random

from eval.bench.llm.gguf_layout import STRING, Layout, Place, layout, text, texts, with_value
from eval.bench.llm.hostile_templates import HOSTILE
from eval.bench.llm.shapes import THINKING

_UINT32, _INT32, _FLOAT32 = 4, 5, 6  # types of values
_ARRAY = 9
_PAGE = 4096
_EXTREMES = (0, 1, 2, 3, 7, 255, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**33, 2**62,
             2**63 - 1, 2**63, 2**64 - 1)  # fmt: skip
_BAD_STRINGS = (
    b"", b"\0", b"a\0b", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\n\r\t",
    b"\x1b[2J\x1b]0;x\x07", "\u202e\u200b".encode(), b"%s%n%s%n", b"{{ x }}", b"x" * 100_000,
    b"<|im_start|>", b"<|im_end|>", b" ", b"<0x00>", b"../../x", b"[1]",
)  # fmt: skip
_SPECIAL = ("bos", "eos", "eot", "eom", "unknown", "separator", "padding", "mask", "fim_pre")
_TOKENISERS = (b"llama", b"gpt2", b"bert", b"t5", b"rwkv", b"plamo2", b"none", b"no_vocab", b"?")
_PRE = (b"qwen2", b"default", b"llama-bpe", b"gpt-2", b"tekken", b"deepseek-llm", b"falcon", b"?")

Mutation = Callable[[bytes, Layout, Random], bytes]


def mutant(whole: bytes, kind: str, number: int, seed: int = 1) -> bytes:
    """One of the files of a kind; the templates of `HOSTILE` come first among theirs."""
    random = Random(f"{kind} {number} {seed}")
    if kind == "templates" and number < len(HOSTILE):
        return _with_template(whole, HOSTILE[number].encode())
    return KINDS[kind](whole, layout(whole), random)


def _with_template(whole: bytes, template: bytes) -> bytes:
    return with_value(whole, "tokenizer.chat_template", STRING, text(template))


def _cut(whole: bytes, parts: Layout, random: Random) -> bytes:
    return whole[: random.randrange(random.choice((64, parts.end, len(whole))))]


def _numbers(whole: bytes, parts: Layout, random: Random) -> bytes:
    """The few that stand alone are as likely as the many lengths of tokens."""
    content = bytearray(whole)
    for _ in range(random.choice((1, 1, 2, 3))):
        role = random.choice(sorted({place.role for place in parts.numbers}))
        place = random.choice([place for place in parts.numbers if place.role == role])
        value = _number(random, _read(whole, place))
        content[place.start : place.start + place.size] = _packed(value, place.size)
    return bytes(content)


def _number(random: Random, now: int) -> int:
    near = now + random.choice((-1, 1, 8, 32))
    return random.choice((random.choice(_EXTREMES), random.choice(_EXTREMES), near,
                          random.getrandbits(random.choice((8, 16, 32, 64)))))  # fmt: skip


def _read(content: bytes, place: Place) -> int:
    return int.from_bytes(content[place.start : place.start + place.size], "little")


def _packed(value: int, size: int) -> bytes:
    return (value & ((1 << (8 * size)) - 1)).to_bytes(size, "little")


def _flips(whole: bytes, parts: Layout, random: Random) -> bytes:
    """Bytes of the header; half of them before the tokens, which are most of it."""
    content = bytearray(whole)
    end = random.choice((min(2_000, parts.end), parts.end))
    for _ in range(random.randint(1, 12)):
        content[random.randrange(end)] ^= random.randint(1, 255)
    return bytes(content)


def _pages(whole: bytes, parts: Layout, random: Random) -> bytes:
    """Pages of zeros, noise, or the bytes of numbers that are none."""
    content = bytearray(whole)
    for _ in range(random.randint(1, 4)):
        first = random.choice((0, parts.data)) // _PAGE
        start = random.randrange(first, len(whole) // _PAGE + 1) * _PAGE
        size = len(content[start : start + _PAGE])
        filling = random.choice((bytes(size), random.randbytes(size), b"\xff" * size))
        content[start : start + _PAGE] = filling
    return bytes(content)


def _tensors(whole: bytes, parts: Layout, random: Random) -> bytes:
    """Shapes, types and places of tensors; or one record in another's place."""
    content = bytearray(whole)
    for _ in range(random.randint(1, 3)):
        record = random.choice(parts.tensors)
        inside = [p for p in parts.numbers if record.start <= p.start < record.start + record.size]
        place = random.choice(inside)
        now = _read(whole, place)
        values = (*_EXTREMES, now * 2, now // 2, now + 1, now + 32, random.randrange(45))
        content[place.start : place.start + place.size] = _packed(random.choice(values), place.size)
    if random.random() < 0.3:
        one, other = random.sample(parts.tensors, 2)
        size = min(one.size, other.size)
        content[one.start : one.start + size] = whole[other.start : other.start + size]
    return bytes(content)


def _strings(whole: bytes, parts: Layout, random: Random) -> bytes:
    """Bytes that are no text, in a value of its own length or among tokens, types and merges."""
    key = random.choice([key for key, pair in parts.pairs.items() if pair.kind == STRING])
    bad = random.choice(_BAD_STRINGS)
    if random.random() < 0.4:
        return with_value(whole, key, STRING, text(bad))
    key = random.choice(("tokenizer.ggml.tokens", "tokenizer.ggml.merges"))
    found = _texts_of(whole, parts, key)
    for _ in range(random.choice((1, 10, len(found)))):
        found[random.randrange(len(found))] = random.choice((bad, random.choice(_BAD_STRINGS)))
    return with_value(whole, key, _ARRAY, texts(found))


def _texts_of(whole: bytes, parts: Layout, key: str) -> list[bytes]:
    pair = parts.pairs[key]
    inside = [p for p in parts.strings if pair.start < p.start <= pair.end]
    return [whole[p.start : p.start + p.size] for p in inside]


def _sizes(whole: bytes, parts: Layout, random: Random) -> bytes:
    """What the model says of its own size, its vocabulary included."""
    pairs = parts.pairs
    numeric = [key for key, pair in pairs.items() if pair.kind in (_UINT32, _FLOAT32)]
    own = [key for key in numeric if not key.startswith(("general", "tokenizer"))]
    architecture = own[0].partition(".")[0]
    more = ("vocab_size", "rope.dimension_count", "attention.sliding_window", "expert_count",
            "rope.scaling.factor", "attention.causal", "pooling_type")  # fmt: skip
    for _ in range(random.choice((1, 1, 2))):
        key = random.choice((*own, *(f"{architecture}.{name}" for name in more)))
        value = _packed(random.choice((*_EXTREMES, 64, 4096, 10**6, 10**9)), 4)
        kind = pairs[key].kind if key in pairs else _UINT32
        if kind == _FLOAT32:
            numbers = (0.0, -1.0, 1e-45, 1e38, float("inf"), float("nan"))
            value = struct.pack("<f", random.choice(numbers))
        whole = with_value(whole, key, kind, value)
    return whole


def _templates(whole: bytes, parts: Layout, random: Random) -> bytes:
    """A template that thinks, so that it is taken as Jinja, with pieces lost, doubled, mixed."""
    template = THINKING
    for _ in range(random.randint(1, 4)):
        start, end = sorted(random.sample(range(len(template)), 2))
        end = min(end, start + random.choice((1, 3, 20)))
        other = random.randrange(len(template))
        filling = random.choice(("", template[start:end] * 2, template[other : other + 12]))
        template = template[:start] + filling + template[end:]
    return _with_template(whole, template.encode())


def _types(whole: bytes, parts: Layout, random: Random) -> bytes:
    """Types and scores of tokens: other ones, too many, too few; merges out of order."""
    count = len(_texts_of(whole, parts, "tokenizer.ggml.tokens"))
    what = random.choice(("types", "types", "scores", "merges", "tokens"))
    many = random.choice((count, count, 0, 1, count - 1, count + 1, 10 * count))
    if what == "types":
        ranges = random.choice(((0, 6), (-(2**31), 2**31 - 1), (3, 3), (6, 6), (4, 4), (2, 2)))
        kinds = [random.randint(*ranges) for _ in range(many)]
        value = struct.pack(f"<IQ{many}i", _INT32, many, *kinds)
        return with_value(whole, "tokenizer.ggml.token_type", _ARRAY, value)
    if what == "scores":
        numbers = [random.choice((0.0, float("nan"), 1e38, -1e38)) for _ in range(many)]
        value = struct.pack(f"<IQ{many}f", _FLOAT32, many, *numbers)
        return with_value(whole, "tokenizer.ggml.scores", _ARRAY, value)
    key = f"tokenizer.ggml.{what}"
    found = _texts_of(whole, parts, key)
    random.shuffle(found)
    found = (found * 10)[: random.choice((len(found), 0, 1, len(found) - 1, 10 * len(found)))]
    return with_value(whole, key, _ARRAY, texts(found))


def _special(whole: bytes, parts: Layout, random: Random) -> bytes:
    """Tokens that begin and end things out of range; other ways of making tokens."""
    if random.random() < 0.25:
        whole = with_value(whole, "tokenizer.ggml.model", STRING, text(random.choice(_TOKENISERS)))
    if random.random() < 0.25:
        whole = with_value(whole, "tokenizer.ggml.pre", STRING, text(random.choice(_PRE)))
    count = len(_texts_of(whole, parts, "tokenizer.ggml.tokens"))
    for _ in range(random.randint(1, 3)):
        key = f"tokenizer.ggml.{random.choice(_SPECIAL)}_token_id"
        number = random.choice((count, count - 1, *_EXTREMES, random.randrange(count)))
        whole = with_value(whole, key, _UINT32, _packed(number, 4))
    if random.random() < 0.3:
        whole = with_value(whole, "tokenizer.ggml.add_bos_token", 7, b"\1")
    return whole


KINDS: dict[str, Mutation] = {
    "cut off": _cut,
    "numbers": _numbers,
    "flipped bytes": _flips,
    "pages": _pages,
    "tensors": _tensors,
    "strings": _strings,
    "sizes": _sizes,
    "templates": _templates,
    "token types": _types,
    "special tokens": _special,
}
