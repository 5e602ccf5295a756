"""A small, well-formed GGUF with random weights, so that the real engine runs in every test.

The tokeniser is a real one: SentencePiece with byte fallback, or the byte-level BPE of models
like Qwen with their control tokens. The weights are random but for
two touches that keep the output worth testing: a constant first dimension gives every piece a
bias, and `follows` makes some pieces follow others, so that `[1]`-like markers appear in the
text, or a given loop of pieces, bytes included.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTROL = ("<s>", "</s>", "<|im_start|>", "<|im_end|>")
TAGS = ("<think>", "</think>", "<tool_call>")
BPE_CONTROL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|fim_prefix|>", "<|vision_start|>",
    "<｜User｜>", "[INST]",
)  # fmt: skip
BPE_TAGS = (
    "<think>", "</think>", "<tool_call>", "[THINK]", "[/THINK]", "◁think▷", "◁/think▷",
    "<start_of_turn>",
)  # fmt: skip
BPE_MERGES = ("< |", "| >", "i m", "im _", "t h", "th i", "n k", "thi nk", "< /", "[ 1", "[1 ]")
MARKERS = (*(("[", digit) for digit in "1239"), *((digit, "]") for digit in "123456789"))

CONTEXT = 4096  # tokens
BIAS = 4.0  # the value of the first dimension of every embedding


def write_tiny_gguf(
    path: Path,
    *,
    seed: int = 0,
    follows: Sequence[tuple[str, str]] = MARKERS,
    strength: float = 3.0,
    template: str | None = CHATML,
    context: int = CONTEXT,
    n_layer: int = 2,
    n_embd: int = 64,
    bpe: bool = False,
) -> Path:
    """Write the model to `path` (about 2.5 MB, the same bytes for the same arguments).

    Args:
        path: the file to write.
        seed: of the random weights.
        follows: pairs (piece, next piece) that the weights favour.
        strength: how much they do: 3 is now and then, 20 is always.
        template: the chat template; None writes a model without one.
        context: the context the model says it was trained for, in tokens.
        n_layer: how many layers.
        n_embd: the width; a multiple of 32.
        bpe: a small byte-level vocabulary instead of SentencePiece's; its pieces are characters of
            ASCII, and `BPE_MERGES` joined.
    """
    pieces = _bpe_pieces() if bpe else _pieces()
    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(context)
    writer.add_block_count(n_layer)
    writer.add_embedding_length(n_embd)
    writer.add_feed_forward_length(2 * n_embd)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(n_embd // 4)
    writer.add_vocab_size(len(pieces))
    (_add_bpe_tokenizer if bpe else _add_tokenizer)(writer, pieces)
    if template is not None:
        writer.add_chat_template(template)
    names = [piece for piece, _ in pieces]
    tensors = _tensors(len(names), seed=seed, n_layer=n_layer, n_embd=n_embd)
    silent = [n for n, (_, kind) in enumerate(pieces) if kind != TokenType.NORMAL]
    _favour(tensors, names, silent, follows, strength)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _pieces() -> list[tuple[str, TokenType]]:
    """The vocabulary, in order of id."""
    hanzi = [bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)]
    level_one = b"".join(hanzi).decode("gb2312", "ignore")  # 3755 common characters
    # "</" and "s>" merge into "</s>", a way round "special tokens off" in SentencePiece models
    normal = [
        "▁",
        *map(chr, range(0x21, 0x7F)),
        "</",
        "s>",
        *"，。、：；？！「」《》（）“”",
        *level_one,
    ]
    return [
        ("<unk>", TokenType.UNKNOWN),
        *((piece, TokenType.CONTROL) for piece in CONTROL),
        *((f"<0x{byte:02X}>", TokenType.BYTE) for byte in range(256)),
        *((piece, TokenType.NORMAL) for piece in normal),
        *((piece, TokenType.USER_DEFINED) for piece in TAGS),
    ]


def _bpe_pieces() -> list[tuple[str, TokenType]]:
    """A small vocabulary of bytes, in the spelling of GPT-2: each has a character of its own."""
    printed = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    normal = [chr(byte) if byte in printed else chr(next(others)) for byte in range(256)]
    return [
        *((piece, TokenType.CONTROL) for piece in BPE_CONTROL),
        *((piece, TokenType.NORMAL) for piece in normal),
        *((merge.replace(" ", ""), TokenType.NORMAL) for merge in BPE_MERGES),
        *((piece, TokenType.USER_DEFINED) for piece in BPE_TAGS),
    ]


def _add_bpe_tokenizer(writer: GGUFWriter, pieces: Sequence[tuple[str, TokenType]]) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([name for name, _ in pieces])
    writer.add_token_types([kind for _, kind in pieces])
    writer.add_token_merges(BPE_MERGES)
    writer.add_eos_token_id(BPE_CONTROL.index("<|im_end|>"))
    writer.add_add_bos_token(False)


def _add_tokenizer(writer: GGUFWriter, pieces: Sequence[tuple[str, TokenType]]) -> None:
    names = [piece for piece, _ in pieces]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(names)
    writer.add_token_scores([float(len(name)) for name in names])
    writer.add_token_types([kind for _, kind in pieces])
    writer.add_unk_token_id(names.index("<unk>"))
    writer.add_bos_token_id(names.index("<s>"))
    writer.add_eos_token_id(names.index("<|im_end|>"))


def _tensors(vocabulary: int, *, seed: int, n_layer: int, n_embd: int) -> dict[str, Floats]:
    random = np.random.default_rng(seed)

    def normal(*shape: int, scale: float) -> Floats:
        return random.normal(0.0, scale, shape).astype(np.float32)

    ones = np.ones(n_embd, np.float32)
    tensors = {
        "token_embd.weight": normal(vocabulary, n_embd, scale=1.0),
        "output.weight": normal(vocabulary, n_embd, scale=0.3),
        "output_norm.weight": ones,
    }
    sizes = {
        "attn_q": (n_embd, n_embd),
        "attn_k": (n_embd // 2, n_embd),
        "attn_v": (n_embd // 2, n_embd),
        "attn_output": (n_embd, n_embd),
        "ffn_gate": (2 * n_embd, n_embd),
        "ffn_up": (2 * n_embd, n_embd),
        "ffn_down": (n_embd, 2 * n_embd),
    }
    for layer in range(n_layer):
        for name, shape in sizes.items():
            tensors[f"blk.{layer}.{name}.weight"] = normal(*shape, scale=0.15)
        tensors[f"blk.{layer}.attn_norm.weight"] = ones
        tensors[f"blk.{layer}.ffn_norm.weight"] = ones
    return tensors


def _favour(
    tensors: dict[str, Floats],
    names: Sequence[str],
    silent: Sequence[int],
    follows: Sequence[tuple[str, str]],
    strength: float,
) -> None:
    """Keep raw bytes and tags out of the text, favour `[`, and make pieces follow each other."""
    embedding, output = tensors["token_embd.weight"], tensors["output.weight"]
    position = {name: index for index, name in enumerate(names)}
    embedding[:, 0] = BIAS
    output[:, 0] = 0.0
    output[silent, 0] = -10.0
    output[position["["], 0] = 2.0
    for _, following in follows:
        output[position[following], 0] = 0.0
    for piece, following in follows:
        direction = embedding[position[piece], 1:]
        output[position[following], 1:] += strength * direction / np.linalg.norm(direction)
        output[position[following], 0] -= 0.5  # seldom without the piece that calls it
