"""Runs a GGUF model for two seconds: what `measure` starts in another process."""

import contextlib
import ctypes
import json
import math
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rag.errors import ModelError
from rag.measure import Kind, Measurement

_CHUNKS = (32, 96, 128)  # tokens; the first one alone already tells of a slow model
_SECONDS = 1.0  # for reading, and again for writing


def main(path: str) -> None:
    """Measure the model at `path` and print the result, or the fault, as JSON."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches it too: no traceback then
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever llama.cpp prints is not the result
    _no_core_file()
    try:
        told = asdict(_measured(Path(path)))
    except ModelError as error:
        told = {"fault": str(error)}
    except ModuleNotFoundError as error:
        told = {"fault": f"{error.name} is missing: pip install llama-cpp-python jinja2"}
    except (ImportError, OSError, RuntimeError) as error:  # installed, but it does not load
        told = {"fault": f"llama-cpp-python does not start: {' '.join(str(error).split())[:200]}"}
    with out:
        json.dump(told, out)


def template_family(source: str) -> str | None:
    """The family that a chat template belongs to, by its tags; None if there is none."""
    if not source:
        return None
    found = (family for tag, family in _FAMILIES.items() if tag in source)
    return next(found, "of its own")


_FAMILIES = {
    "<|im_start|>": "ChatML",
    "<|start_header_id|>": "Llama 3",
    "<start_of_turn>": "Gemma",
    "<|turn>": "Gemma 4",
    "<|start_of_role|>": "Granite",
    "<|channel|>": "Harmony",
    "<｜User｜>": "DeepSeek",
    "<|START_OF_TURN_TOKEN|>": "Command R",
    "[INST]": "Mistral",
    "<|assistant|>": "Phi, Zephyr or GLM",
}


def _measured(path: Path) -> Measurement:
    from rag.llama_native import native
    from rag.llamacpp import CONTEXT

    with _opened(path) as (model, context):
        bench = _Bench(native, model, context)
        template = (native.llama_model_chat_template(model, None) or b"").decode("utf-8", "replace")
        read_rate = bench.read()
        return Measurement(
            architecture=bench.architecture(),
            quantisation=bench.quantisation(),
            parameters=native.llama_model_n_params(model),
            trained_context=(trained := native.llama_model_n_ctx_train(model)),
            context=min(CONTEXT, trained),
            kind=bench.kind(),
            template=template_family(template),
            thinking_switch="enable_thinking" in template,
            memory=native.llama_model_size(model) + bench.cache_size(),
            read_rate=read_rate,
            write_rate=bench.write(),
            reuses_prompts=bench.forgets_in_part(),
        )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[int, int]]:
    """llama.cpp's model and context, set up as the engine does it."""
    from rag.llama_native import load_model, native, open_context, release
    from rag.llama_settings import chosen
    from rag.llamacpp import CONTEXT, SPARE
    from rag.self_test import defaults

    settings = chosen(defaults())
    model = load_model(path, settings)
    size = min(CONTEXT, native.llama_model_n_ctx_train(model))
    context = open_context(model, path, size + SPARE, settings)
    try:
        yield model, context
    finally:
        release(model, context)


class _Bench:
    """Runs a model on arbitrary tokens: what they say does not matter for the speed."""

    def __init__(self, native: Any, model: int, context: int) -> None:
        self._native = native
        self._model = model
        self._context = context
        self._tokens = native.llama_vocab_n_tokens(native.llama_model_get_vocab(model))
        self._memory = native.llama_get_memory(context)
        self._cells: int = native.llama_n_ctx(context)
        self._used = 0
        self._compute(1)  # the weights come from the disk now, not while the clock runs
        self._size_of_one = self._size()

    def read(self) -> float:
        """Tokens of a prompt that are computed in a second."""
        before, started = self._used, time.perf_counter()
        for chunk in _CHUNKS:
            room = self._cells - self._used - 1  # one for the answer
            self._compute(min(chunk, room, self._native.llama_n_batch(self._context)))
            if (seconds := time.perf_counter() - started) > _SECONDS:
                break
        return (self._used - before) / seconds

    def write(self) -> float:
        """Tokens of an answer that are computed in a second."""
        before, started, seconds = self._used, time.perf_counter(), 0.0
        while seconds < _SECONDS and self._used < self._cells:
            self._compute(1)
            seconds = time.perf_counter() - started
        return (self._used - before) / seconds

    def cache_size(self) -> int:
        """Bytes that a context takes when it is full, from what the tokens so far take."""
        a_token = (self._size() - self._size_of_one) / (self._used - 1)
        return self._size_of_one + round(a_token * self._cells)

    def forgets_in_part(self) -> bool:
        """Whether the end of what was read can be forgotten and its beginning kept."""
        return bool(self._native.llama_memory_seq_rm(self._memory, 0, self._used // 2, -1))

    def kind(self) -> Kind:
        """What the model remembers a prompt by."""
        if self._native.llama_model_is_hybrid(self._model):
            return "hybrid"
        return "recurrent" if self._native.llama_model_is_recurrent(self._model) else "attention"

    def architecture(self) -> str:
        """What the file calls its architecture."""
        buffer = ctypes.create_string_buffer(64)
        self._native.llama_model_meta_val_str(self._model, b"general.architecture", buffer, 64)
        return buffer.value.decode("utf-8", "replace")

    def quantisation(self) -> str:
        """How most weights are stored, by the name that files have."""
        number = self._native.llama_model_ftype(self._model) & ~self._native.LLAMA_FTYPE_GUESSED
        for name, value in vars(self._native).items():
            if name.startswith("LLAMA_FTYPE_") and value == number:
                return re.sub("^LLAMA_FTYPE_(MOSTLY|ALL)_", "", name)
        return "unknown"

    def _size(self) -> int:
        return int(self._native.llama_state_seq_get_size(self._context, 0))

    def _compute(self, count: int) -> None:
        native, used = self._native, self._used
        # spread over the vocabulary, so that a mixture of experts uses all of them
        tokens = [(i * 7919) % self._tokens for i in range(used, used + count)]
        array = (native.llama_token * count)(*tokens)
        code = native.llama_decode(self._context, native.llama_batch_get_one(array, count))
        if code:
            raise ModelError(f"the model stops computing (llama.cpp's code {code}); replace it")
        if math.isnan(native.llama_get_logits_ith(self._context, -1)[0]):
            raise ModelError("the model computes no numbers: its file is damaged, replace it")
        self._used += count


def _no_core_file() -> None:
    try:
        import resource
    except ModuleNotFoundError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
