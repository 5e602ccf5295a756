"""A model and a context on llama.cpp's C interface, with every option that is measured."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from eval.bench.llm.binding import native
from rag.errors import ModelError

FLASH = {"auto": -1, "off": 0, "on": 1}


@dataclass(frozen=True)
class Options:
    """How a model is computed.

    Attributes:
        extra: whether weights may be kept in another order, for kernels that want it so.
        flash: flash attention: `on`, `off` or `auto`.
        ubatch: tokens computed at a time at most.
        batch: tokens given at a time at most.
        threads: to compute with.
        context: tokens there is room for.
        sequences: that share the room.
    """

    extra: bool = True
    flash: str = "off"
    ubatch: int = 128
    batch: int = 128
    threads: int = 2
    context: int = 2048
    sequences: int = 1


class Session:
    """A loaded model with an empty context; `with` frees both.

    Attributes:
        model: llama.cpp's pointer.
        vocabulary: llama.cpp's pointer.
        size: tokens of the vocabulary.
    """

    def __init__(self, path: Path, options: Options) -> None:
        """Load.

        Raises:
            ModelError: llama.cpp cannot load the file, or there is no memory for the context.
        """
        self.options = options
        params = native.llama_model_default_params()
        params.use_extra_bufts = options.extra
        self.model = native.llama_model_load_from_file(os.fsencode(path), params)
        if not self.model:
            raise ModelError(f"{path} does not load")
        self.vocabulary = native.llama_model_get_vocab(self.model)
        self.size = int(native.llama_vocab_n_tokens(self.vocabulary))
        self._context = native.llama_init_from_model(self.model, _context_params(options))
        if not self._context:
            native.llama_model_free(self.model)
            raise ModelError(f"no memory for {options.context} tokens of {path}")
        self._memory = native.llama_get_memory(self._context)
        self._batch = native.llama_batch_init(options.batch, 0, 1)

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        native.llama_batch_free(self._batch)
        native.llama_free(self._context)
        native.llama_model_free(self.model)

    def decode(
        self, tokens: Sequence[int], start: int, *, sequence: int = 0, rows: int = 1
    ) -> NDArray[np.float32]:
        """Compute tokens from position `start` on, at most `batch` of them at a time.

        Returns the logits of the last `rows` of them, one row each.

        Raises:
            ModelError: llama.cpp refuses.
        """
        found, step = [], self.options.batch
        for first in range(0, len(tokens), step):
            chunk = tokens[first : first + step]
            wanted = range(max(0, len(tokens) - rows - first), len(chunk))
            self._fill(chunk, start + first, sequence, wanted)
            if native.llama_decode(self._context, self._batch):
                raise ModelError("llama.cpp does not compute the batch")
            found += [self._logits(row) for row in wanted]
        return np.stack(found) if found else np.empty((0, self.size), np.float32)

    def keep(self, length: int, *, sequence: int = 0) -> None:
        """Forget what comes after the first `length` tokens."""
        native.llama_memory_seq_rm(self._memory, sequence, length, -1)

    def share(self, source: int, target: int) -> None:
        """Let another sequence see all of the first one's tokens."""
        native.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def ends(self, token: int) -> bool:
        """Whether a token ends the answer."""
        return bool(native.llama_vocab_is_eog(self.vocabulary, token))

    def _fill(self, tokens: Sequence[int], start: int, sequence: int, wanted: range) -> None:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for row, token in enumerate(tokens):
            batch.token[row], batch.pos[row] = token, start + row
            batch.n_seq_id[row], batch.seq_id[row][0] = 1, sequence
            batch.logits[row] = row in wanted

    def _logits(self, row: int) -> NDArray[np.float32]:
        pointer = native.llama_get_logits_ith(self._context, row)
        return np.ctypeslib.as_array(pointer, (self.size,)).copy()


def _context_params(options: Options) -> object:
    params = native.llama_context_default_params()
    params.n_ctx, params.n_batch, params.n_ubatch = options.context, options.batch, options.ubatch
    params.n_threads = params.n_threads_batch = options.threads
    params.n_seq_max, params.kv_unified = options.sequences, options.sequences > 1
    params.flash_attn_type = FLASH[options.flash]
    return params


def some_tokens(count: int, size: int) -> list[int]:
    """Ordinary tokens, always the same ones; special ones come last in a vocabulary."""
    random = np.random.default_rng(3)
    return [int(token) for token in random.integers(0, size - 300, count)]
