"""Writing a trained reader as GGUF, and quantising it."""

import ctypes
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, LlamaFileType
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor

from eval.bench.reader.net import EPSILON, OUTPUTS, ROPE_BASE, Shape
from rag.errors import ModelError
from rag.llama_native import native
from rag.reader.inputs import LONGEST

QUANTISED = {
    "Q8_0": LlamaFileType.MOSTLY_Q8_0,
    "Q4_0": LlamaFileType.MOSTLY_Q4_0,
    "F16": LlamaFileType.MOSTLY_F16,
}
PADDED = 32  # rows of the last matrix: llama.cpp's kernels for matrices crash with fewer
_LAYER = (
    *("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"),
    *("attn_norm", "ffn_norm"),
)


def write(weights: Mapping[str, Tensor], shape: Shape, path: Path, licence: str) -> None:
    """Write the layers as a llama in `path` (float32), and what makes its inputs beside it.

    The inputs are no tokens: llama.cpp is given embeddings, so the vocabulary is empty but for
    the numbers that come out.
    """
    writer = GGUFWriter(path, "llama")
    writer.add_name("reader")
    writer.add_description("points at sentences that answer; takes rows of numbers, no tokens")
    writer.add_license(licence)
    _describe(writer, shape)
    outputs = np.zeros((PADDED, shape.embedding), np.float32)
    outputs[:OUTPUTS] = _array(weights["output.weight"])
    writer.add_vocab_size(len(outputs))
    writer.add_tokenizer_model("none")
    writer.add_file_type(LlamaFileType.ALL_F32)
    writer.add_tensor("token_embd.weight", np.zeros_like(outputs))
    writer.add_tensor("output.weight", outputs)
    writer.add_tensor("output_norm.weight", _array(weights["output_norm.weight"]))
    for layer in range(shape.layers):
        for name in _LAYER:
            value = _array(weights[f"blk.{layer}.{name}.weight"])
            if name in ("attn_q", "attn_k"):
                value = _side_by_side(value, shape.heads)
            writer.add_tensor(f"blk.{layer}.{name}.weight", value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    inputs = _array(weights["input.weight"]).T.astype(np.float16)
    save_file({"input": np.ascontiguousarray(inputs)}, path.with_suffix(".safetensors"))


def _describe(writer: GGUFWriter, shape: Shape) -> None:
    """Write what llama.cpp has to know of the network."""
    writer.add_context_length(LONGEST)
    writer.add_block_count(shape.layers)
    writer.add_embedding_length(shape.embedding)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_rope_dimension_count(shape.embedding // shape.heads)
    writer.add_causal_attention(False)


def quantise(source: Path, target: Path, kind: str) -> None:
    """Write `source` with weights of a kind of QUANTISED.

    Raises:
        ModelError: llama.cpp does not.
    """
    params = native.llama_model_quantize_default_params()
    params.ftype = int(QUANTISED[kind])
    params.nthread = 2
    code = native.llama_model_quantize(bytes(source), bytes(target), ctypes.byref(params))
    if code:
        raise ModelError(f"{source} is not quantised to {kind} (llama.cpp's code {code})")


def _array(weight: Tensor) -> NDArray[np.float32]:
    return weight.detach().float().numpy()


def _side_by_side(weight: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rows of queries or keys with the two numbers that are turned together beside each other."""
    size = weight.shape[0] // heads
    split = weight.reshape(heads, 2, size // 2, weight.shape[1])
    return np.ascontiguousarray(split.swapaxes(1, 2).reshape(weight.shape))
