"""The engine of the reader: rows of numbers through llama.cpp, out of which come scores."""

import threading
from collections.abc import Callable, Generator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from rag.errors import ModelError
from rag.llama_native import load_model, native, release
from rag.llama_settings import Settings
from rag.llm import AnswerStyle, Request
from rag.ranker_pieces import Floats, bundled_pieces
from rag.reader.inputs import LONGEST, PIECE, Window, clipped, width, window, windows
from rag.reader.request import asked_of, reply_of
from rag.reply import Stream
from rag.self_test import defaults

_CELLS = 512  # of the context: LONGEST, rounded up as llama.cpp does
_SCORE, _WHETHER = 0, 1  # columns of the output


class Read(NamedTuple):
    """What the reader makes of some paragraphs.

    Attributes:
        scores: of each sentence, paragraph after paragraph; exp(score) is comparable among all.
        whether: of each paragraph, the logit of the probability that it answers.
    """

    scores: NDArray[np.float64]
    whether: NDArray[np.float64]


class ReaderEngine:
    """The bundled reader, loaded; answers one request (see `rag.reader.request`) at a time.

    It has the form of `LlamaCpp`, so that `rag.worker_process` can hold either.
    """

    name = "reader"
    context_size = LONGEST
    answer_style: AnswerStyle = "reader"

    def __init__(
        self,
        path: Path,
        *,
        settings: Settings | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        """Load the .gguf and what lies beside it.

        Raises:
            ModelError: one of the files is missing, damaged, or does not belong to the other.
        """
        chosen = settings or defaults()
        self._pieces = bundled_pieces()
        self._input = _input(path, width(self._pieces.dimensions))
        self._model = load_model(path, chosen, progress=progress)
        size = native.llama_model_n_embd(self._model)
        if size != self._input.shape[1]:
            native.llama_model_free(self._model)
            raise ModelError(f"{path} and its .safetensors do not belong together; install again")
        self._context = _Context(self._model, path, chosen, size)
        self._told: Callable[[], None] | None = None

    def tell_computed(self, told: Callable[[], None]) -> None:
        """Have something called after each window, in the thread that computes it."""
        self._told = told

    def idle(self, *, unless: Callable[[], bool]) -> bool:
        """There is nothing to compute ahead."""
        return False

    def leave_idle(self) -> None:
        """There is nothing to leave."""

    def count_tokens(self, text: str) -> int:
        """How many pieces `text` has."""
        return len(self._pieces.ids([text])[0])

    def stream(self, request: Request) -> Stream:
        """The scores, in one piece of text that `rag.reader.request.told` reads.

        Raises:
            ModelError: llama.cpp fails.
        """
        stopped = threading.Event()
        return Stream(self._replies(request, stopped), stopped.set)

    def _replies(self, request: Request, stopped: threading.Event) -> Generator[str]:
        question, paragraphs = asked_of(request)
        found = self.read(question, paragraphs, stopped)
        if found is not None:
            yield reply_of(found.scores, found.whether)

    def read(
        self,
        question: str,
        paragraphs: Sequence[Sequence[str]],
        stopped: threading.Event | None = None,
    ) -> Read | None:
        """The scores of paragraphs, given as their sentences; None once it is `stopped`."""
        ids = self._pieces.ids([question, *(s for sentences in paragraphs for s in sentences)])
        asked = ids[0]
        ends = np.cumsum([0, *map(len, paragraphs)]).tolist()
        scores, whether = [np.zeros(0)], []
        for start, end in pairwise(ends):
            sentences = [clipped(asked, part) for part in ids[1 + start : 1 + end]]
            logits = [-np.inf]
            for first, behind in windows(asked, sentences):
                if stopped is not None and stopped.is_set():
                    return None
                seen = window(asked, sentences[first:behind], self._pieces)
                outputs = self._context.compute(seen.rows @ self._input)
                scores.append(sentence_scores(seen, outputs[:, _SCORE]))
                logits.append(float(outputs[0, _WHETHER]))
                if self._told is not None:
                    self._told()
            whether.append(max(logits))
        return Read(np.concatenate(scores), np.array(whether, np.float64))

    def close(self) -> None:
        """Free the memory."""
        self._context.free()
        release(self._model, self._context.pointer)


def sentence_scores(seen: Window, outputs: Floats) -> NDArray[np.float64]:
    """log Σ exp over the pieces of each sentence, its mark's own score added to each.

    A sentence without pieces scores less than any other.
    """
    values = outputs.astype(np.float64)
    marks = seen.marks
    scores = np.full(len(marks), -1e4)
    is_piece = seen.kinds == PIECE
    np.logaddexp.at(scores, seen.sentence_of[is_piece], values[is_piece])
    return scores + values[marks]


class _Context:
    """llama.cpp's context, for windows one after another; without causality, as the file says."""

    def __init__(self, model: int, path: Path, settings: Settings, size: int) -> None:
        params = native.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = _CELLS
        params.n_threads = params.n_threads_batch = settings.prompt_threads
        params.flash_attn_type = native.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self.pointer = native.llama_init_from_model(model, params)
        if not self.pointer:
            native.llama_model_free(model)
            raise ModelError(f"{path} gets no memory for {_CELLS} places; close other programs")
        self._name = path
        self._outputs = native.llama_vocab_n_tokens(native.llama_model_get_vocab(model))
        self._memory = native.llama_get_memory(self.pointer)
        self._batch = native.llama_batch_init(_CELLS, size, 1)
        self._rows = np.ctypeslib.as_array(self._batch.embd, (_CELLS, size))
        np.ctypeslib.as_array(self._batch.pos, (_CELLS,))[:] = np.arange(_CELLS)
        np.ctypeslib.as_array(self._batch.logits, (_CELLS,))[:] = 1
        for i in range(_CELLS):
            self._batch.n_seq_id[i] = 1
            self._batch.seq_id[i][0] = 0

    def compute(self, rows: Floats) -> Floats:
        """(places, embedding) → (places, outputs).

        Raises:
            ModelError: llama.cpp fails.
        """
        count = len(rows)
        native.llama_memory_clear(self._memory, False)
        self._rows[:count] = rows
        self._batch.n_tokens = count
        code = native.llama_decode(self.pointer, self._batch)
        if code:
            raise ModelError(f"{self._name} stopped computing (llama.cpp's code {code}); ask again")
        logits = native.llama_get_logits(self.pointer)
        return np.ctypeslib.as_array(logits, (count, self._outputs)).copy()

    def free(self) -> None:
        """Free the batch."""
        native.llama_batch_free(self._batch)


def _input(path: Path, rows: int) -> Floats:
    beside = path.with_suffix(".safetensors")
    try:
        found = load_file(beside)["input"].astype(np.float32)
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise ModelError(f"{beside} cannot be read; install the program again") from error
    if found.ndim != 2 or len(found) != rows:
        raise ModelError(f"{beside} was made for another embedder; install the program again")
    return found
