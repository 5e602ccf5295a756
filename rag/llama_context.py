"""llama.cpp's context: computing tokens, and the memory of what was computed, by sequences."""

import ctypes
import os
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError
from rag.llama_native import native
from rag.sampling import Logits

LIVE, PINNED, SCRATCH = 0, 1, 2  # sequences: the conversation, its fixed beginning, for copying
FIRST_FREE = 3  # sequences from here on are for passages

State = NDArray[np.uint8]


class Aborted(Exception):
    """The computation was told to stop. Never reaches a user."""


class Context:
    """One llama.cpp context with several sequences in one store of cells.

    Only one thread may use it at a time; `abort` may be called from any. `told` is called, if
    given, after each batch that was computed.
    """

    def __init__(self, pointer: int, name: str, *, batch: int, vocabulary: int) -> None:
        """Take over a context.

        Args:
            pointer: llama.cpp's context.
            name: of the model, for messages.
            batch: tokens of the largest batch.
            vocabulary: tokens that logits are of.
        """
        self._pointer = pointer
        self._name = name
        self._size = vocabulary
        self._memory = native.llama_get_memory(pointer)
        self._batch = native.llama_batch_init(batch, 0, 1)
        self._tokens = np.ctypeslib.as_array(self._batch.token, (batch,))
        self._positions = np.ctypeslib.as_array(self._batch.pos, (batch,))
        self._outputs = np.ctypeslib.as_array(self._batch.logits, (batch,))
        for i in range(batch):
            self._batch.n_seq_id[i] = 1
        self.batch = batch
        self.told: Callable[[], None] | None = None
        self.can_shift = bool(native.llama_memory_can_shift(self._memory))
        self._flag = ctypes.create_string_buffer(2)
        native.llama_set_abort_callback(pointer, _STRLEN, ctypes.addressof(self._flag))

    def free(self) -> None:
        """Free the batch; the context itself is its owner's."""
        native.llama_batch_free(self._batch)

    def abort(self) -> None:
        """Stop the computation under way, from any thread: within a step of one layer."""
        self._flag.raw = b"\1\0"

    def allow(self) -> None:
        """Compute again after `abort`."""
        self._flag.raw = b"\0\0"

    def compute(
        self, tokens: Sequence[int], start: int, *, sequence: int = LIVE, rows: int = 0
    ) -> None:
        """Compute tokens that follow what the sequence holds.

        Args:
            tokens: at most `batch` of them.
            start: position of the first one.
            sequence: where they belong.
            rows: how many of the last ones get logits.

        Raises:
            Aborted: `abort` was called; nothing of these tokens may be relied on.
            ModelError: llama.cpp fails.
        """
        self.compute_each([(token, start + i, sequence) for i, token in enumerate(tokens)], rows)

    def compute_each(self, cells: Sequence[tuple[int, int, int]], rows: int = 0) -> None:
        """Compute (token, position, sequence) each; like `compute`."""
        count = len(cells)
        self._batch.n_tokens = count
        self._tokens[:count], self._positions[:count], sequences = zip(*cells, strict=True)
        self._outputs[:count] = 0
        self._outputs[count - rows : count] = 1
        for i, sequence in enumerate(sequences):
            self._batch.seq_id[i][0] = sequence
        code = native.llama_decode(self._pointer, self._batch)
        if self.told is not None:
            self.told()
        if code == _ABORTED:
            raise Aborted
        if code:
            raise ModelError(
                f"{self._name} stopped computing (llama.cpp's code {code}); "
                "ask again, or choose another model"
            )

    def logits(self, row: int) -> Logits:
        """Logits (vocabulary,) of the row at this place of the last batch, until the next one."""
        pointer = native.llama_get_logits_ith(self._pointer, row)
        return np.ctypeslib.as_array(pointer, shape=(self._size,))

    def trim(self, sequence: int, start: int) -> bool:
        """Forget a sequence from a position on; False if this kind of model cannot do that."""
        return bool(native.llama_memory_seq_rm(self._memory, sequence, start, -1))

    def clear(self) -> None:
        """Forget everything."""
        native.llama_memory_clear(self._memory, False)

    def copy(self, source: int, target: int, start: int, end: int = -1) -> None:
        """Let a sequence have cells [start, end) of another one, too; nothing is computed."""
        native.llama_memory_seq_cp(self._memory, source, target, start, end)

    def shift(self, sequence: int, by: int) -> None:
        """Move all of a sequence that shares no cells; its keys are turned with the next batch."""
        native.llama_memory_seq_add(self._memory, sequence, -1, -1, by)

    def state(self, sequence: int) -> State:
        """What was computed of a sequence, as bytes."""
        size = native.llama_state_seq_get_size(self._pointer, sequence)
        data = np.empty(size, np.uint8)
        written = native.llama_state_seq_get_data(self._pointer, _bytes(data), size, sequence)
        return data[:written]

    def restore(self, sequence: int, data: State) -> bool:
        """Put back what `state` gave, into an empty sequence; False if there is no room."""
        return bool(
            native.llama_state_seq_set_data(self._pointer, _bytes(data), len(data), sequence)
        )


def _bytes(data: State) -> "ctypes._Pointer[ctypes.c_uint8]":
    return data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))


# llama.cpp asks before each of a thousand steps of a batch whether to go on. A Python function
# would need the interpreter's lock each time. The C library's strlen has the same form: it gives
# 0 (go on) for an empty text and 1 (stop) for one character, and needs no lock.
_LIBC = ctypes.CDLL("msvcrt" if os.name == "nt" else None)
_STRLEN = ctypes.cast(_LIBC.strlen, native.ggml_abort_callback)
_ABORTED = 2
