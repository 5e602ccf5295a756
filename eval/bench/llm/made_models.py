"""GGUF models with the shape of real ones and made-up weights, to measure speed with.

How fast a model computes depends on its shapes, quantisation and vocabulary, not on what it has
learnt, and real models are large to fetch. These have the exact shapes of Qwen2.5-0.5B,
Qwen3-0.6B and Qwen3-1.7B, chat templates in the essential form of each family, and are quantised
by llama.cpp's own code, which chooses the types of the tensors as it does for a real model.
Weights are drawn at scales that keep activations finite and make the text depend on the prompt
(nonsense of ever other tokens, as confident as a small model). With `passage_to_copy` the model
answers whatever it is asked with exactly that passage (see `copying`): a draft taken from a
prompt that holds the passage is then accepted, which measures prompt lookup at its best; a
passage that mixes spans of the prompt with other words measures it in between.

The vocabulary is best taken from `vendor/llama.cpp/models/ggml-vocab-qwen2.gguf` inside the source
distribution of llama-cpp-python (`pip download --no-binary :all: --no-deps llama-cpp-python`);
otherwise one of the same size is made, whose tokens are shorter in everything but Chinese.
"""

import contextlib
import ctypes
import hashlib
import logging
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter
from tqdm import tqdm

from eval.bench.llm.binding import native
from eval.bench.llm.copying import CONSTANT, WHISPER, Floats, Halves, Places, places, recite
from eval.bench.llm.shapes import HEADERS, NORM_EPSILON, ROPE_BASE, SHAPES, Shape
from eval.bench.llm.vocabularies import (
    END_OF_TEXT,
    END_OF_TURN,
    Vocabulary,
    make_vocabulary,
    read_vocabulary,
)
from rag.errors import InputError

QUANTS = ("q4_0", "q4_k_m", "q5_k_m", "q6_k", "q8_0")
_VERSION = 1  # of what this module writes; part of the files' names
_LOGIT_SPREAD = 2.4  # standard deviation of the logits: the best two are then .5 apart
_ROWS = 16_384  # of the embeddings drawn at a time

_log = logging.getLogger(__name__)


def make(
    folder: Path,
    shape: str | Shape,
    quant: str,
    *,
    vocab: Path | None = None,
    passage_to_copy: str | None = None,
) -> Path:
    """A made model; the file of an earlier call with the same arguments is used again.

    Args:
        folder: for the files; needs twice the size of the f16 model for a while.
        shape: a name out of `SHAPES`, or another shape.
        quant: `f16` or one of `QUANTS`.
        vocab: a GGUF with a byte-level BPE vocabulary; one is made without it.
        passage_to_copy: the answer to everything; at most `feed_forward` tokens, and no six
            of them in a row may come twice with something else after them.

    Raises:
        InputError: an unknown shape or quant, an unfit vocabulary or passage.
    """
    return make_all(folder, shape, [quant], vocab=vocab, passage_to_copy=passage_to_copy)[0]


def make_all(
    folder: Path,
    shape: str | Shape,
    quants: Sequence[str],
    *,
    vocab: Path | None = None,
    passage_to_copy: str | None = None,
) -> list[Path]:
    """The same model in several quantisations, for the price of drawing its weights once.

    Raises:
        InputError: as of `make`.
    """
    if unknown := set(quants) - {"f16", *QUANTS}:
        raise InputError(f"unknown quantisation {', '.join(sorted(unknown))}; see QUANTS")
    known = _shape(shape)
    stem = _stem(shape, known, vocab, passage_to_copy)
    paths = [folder / f"{stem}-{quant}.gguf" for quant in quants]
    if all(path.exists() for path in paths):
        return paths
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / f"{stem}-f16.gguf"
    if not whole.exists():
        with _finished(whole) as path:
            _write(path, known, vocab, passage_to_copy)
    for quant, path in zip(quants, paths, strict=True):
        if not path.exists():
            _quantise(whole, path, quant)
    if whole not in paths:
        whole.unlink()
    return paths


def _shape(shape: str | Shape) -> Shape:
    if isinstance(shape, Shape):
        return shape
    if shape not in SHAPES:
        raise InputError(f"there is no shape {shape!r}; there are {', '.join(SHAPES)}")
    return SHAPES[shape]


def _stem(shape: str | Shape, known: Shape, vocab: Path | None, passage: str | None) -> str:
    """The beginning of a file's name: what is in it, and a hash of all that decides its bytes."""
    digest = hashlib.sha256(repr((_VERSION, known, passage)).encode())
    digest.update(vocab.read_bytes() if vocab else b"made")
    name = shape if isinstance(shape, str) else f"{known.arch}-{known.hidden}"
    return f"{name}{'-copying' if passage else ''}-{digest.hexdigest()[:8]}"


@contextlib.contextmanager
def _finished(path: Path) -> Iterator[Path]:
    """A name to write to that becomes `path` only when all went well."""
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _quantise(whole: Path, path: Path, quant: str) -> None:
    params = native.llama_model_quantize_default_params()
    params.nthread = os.cpu_count() or 1
    params.ftype = getattr(native, f"LLAMA_FTYPE_MOSTLY_{quant.upper()}")
    _log.info("quantising %s", path.name)
    with _finished(path) as partial:
        names = os.fsencode(whole), os.fsencode(partial)
        if native.llama_model_quantize(*names, ctypes.byref(params)):
            raise InputError(f"{whole} cannot be quantised to {quant}")


def _write(path: Path, shape: Shape, vocab: Path | None, passage: str | None) -> None:
    """The f16 model, tensor by tensor: beside the table, one tensor at a time is in memory."""
    if vocab is None:
        vocabulary = make_vocabulary(shape.vocabulary)
    else:
        vocabulary = read_vocabulary(vocab, shape.vocabulary)
    known = None if passage is None else _places(path, shape, vocabulary, passage)
    sizes = _sizes(shape)
    writer = _writer(path, shape, vocabulary)
    for name, size in sizes.items():
        kind = np.float32 if len(size) == 1 else np.float16
        bytes_ = int(np.prod(size)) * np.dtype(kind).itemsize
        writer.add_tensor_info(name, size, np.dtype(kind), bytes_)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    tensors = _tensors(shape, sizes, known)
    for name, tensor in tqdm(tensors, path.stem, len(sizes), leave=False, disable=None):
        one = tensor if len(sizes[name]) == 1 else tensor.astype(np.float16, copy=False)
        writer.write_tensor_data(one)
    writer.close()


def _writer(path: Path, shape: Shape, vocabulary: Vocabulary) -> GGUFWriter:
    writer = GGUFWriter(path, shape.arch)
    writer.add_name(f"made-up weights, {shape.layers} layers of {shape.hidden}")
    writer.add_context_length(shape.context)
    writer.add_block_count(shape.layers)
    writer.add_embedding_length(shape.hidden)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_dim)
    writer.add_value_length(shape.head_dim)
    writer.add_layer_norm_rms_eps(NORM_EPSILON)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_file_type(GGMLQuantizationType.F16)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    writer.add_token_merges(vocabulary.merges)
    writer.add_eos_token_id(vocabulary.tokens.index(END_OF_TURN))
    writer.add_pad_token_id(vocabulary.tokens.index(END_OF_TEXT))
    writer.add_bos_token_id(vocabulary.tokens.index(END_OF_TEXT))
    writer.add_add_bos_token(False)
    writer.add_chat_template(shape.template)
    return writer


def _sizes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """The tensors of a model in the order of the file, each with its rows and columns."""
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    layer: dict[str, tuple[int, ...]] = {
        "attn_norm.weight": (shape.hidden,),
        "attn_q.weight": (queries, shape.hidden),
        "attn_k.weight": (keys, shape.hidden),
        "attn_v.weight": (keys, shape.hidden),
        "attn_output.weight": (shape.hidden, queries),
        "ffn_norm.weight": (shape.hidden,),
        "ffn_gate.weight": (shape.feed_forward, shape.hidden),
        "ffn_up.weight": (shape.feed_forward, shape.hidden),
        "ffn_down.weight": (shape.hidden, shape.feed_forward),
    }
    if shape.arch == "qwen2":
        layer |= {"attn_q.bias": (queries,), "attn_k.bias": (keys,), "attn_v.bias": (keys,)}
    else:
        layer |= {"attn_q_norm.weight": (shape.head_dim,), "attn_k_norm.weight": (shape.head_dim,)}
    return {
        "token_embd.weight": (shape.vocabulary, shape.hidden),
        **{f"blk.{n}.{name}": size for n in range(shape.layers) for name, size in layer.items()},
        "output_norm.weight": (shape.hidden,),
    }


def _tensors(
    shape: Shape, sizes: dict[str, tuple[int, ...]], known: Places | None
) -> Iterator[tuple[str, Floats | Halves]]:
    """The weights in the order of `sizes`, random but for what recites a passage."""
    embedding = _embedding(shape, constant=known is not None)
    first = "blk.0."
    built: dict[str, Floats] = {}
    if known is not None:
        built = {n.removeprefix(first): _random(n, s) for n, s in sizes.items() if first in n}
        built = {first + n: t for n, t in recite(built, shape, embedding, known).items()}
    for name, size in sizes.items():
        if name == "token_embd.weight":
            yield name, embedding
        elif name in built:
            yield name, built[name]
        else:
            quiet = known is not None and name.endswith(("attn_output.weight", "ffn_down.weight"))
            yield name, _random(name, size) * np.float32(WHISPER if quiet else 1)


def _random(name: str, size: tuple[int, ...]) -> Floats:
    """A tensor of its own seed: norms are 1, and what a matrix gives is as large as its input."""
    if name.endswith("norm.weight"):
        return np.ones(size, np.float32)
    random = np.random.default_rng(zlib.crc32(name.encode()))
    scale = 0.1 if len(size) == 1 else size[1] ** -0.5
    return random.standard_normal(size, np.float32) * np.float32(scale)


def _embedding(shape: Shape, *, constant: bool) -> Halves:
    """The table of embeddings, also that of the output; drawn in slices, for it is the largest."""
    random = np.random.default_rng(0)
    spread = _LOGIT_SPREAD / shape.hidden**0.5
    table = np.empty((shape.vocabulary, shape.hidden), np.float16)
    for start in range(0, shape.vocabulary, _ROWS):
        rows = table[start : start + _ROWS]
        rows[:] = random.standard_normal(rows.shape, np.float32) * np.float32(spread)
    if constant:
        table[:, : shape.hidden // CONSTANT] = spread
    return table


def _places(path: Path, shape: Shape, vocabulary: Vocabulary, passage: str) -> Places:
    """The passage in tokens; llama.cpp makes them, from a file with nothing but the vocabulary."""
    bare = path.with_suffix(".vocabulary")
    writer = _writer(bare, shape, vocabulary)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    params = native.llama_model_default_params()
    params.vocab_only = True
    model = native.llama_model_load_from_file(os.fsencode(bare), params)
    bare.unlink()
    if not model:
        raise InputError("llama.cpp does not take the vocabulary")
    try:
        pointer = native.llama_model_get_vocab(model)
        starts = [tokens_of(pointer, header, special=True) for header in HEADERS]
        tokens = tokens_of(pointer, passage, special=False)
    finally:
        native.llama_model_free(model)
    return places(starts, tokens, vocabulary.tokens.index(END_OF_TURN))


def tokens_of(pointer: int, text: str, *, special: bool) -> list[int]:
    """A text in the tokens of llama.cpp's vocabulary; control tokens are read if `special`."""
    data = text.encode()
    array = (native.llama_token * (len(data) + 2))()
    count = native.llama_tokenize(pointer, data, len(data), array, len(array), False, special)
    return list(array[:count])
