"""The engine for GGUF models, on the low-level interface of llama-cpp-python."""

import contextlib
import os
import threading
import weakref
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import numpy as np

from rag.chat_template import ChatTemplate
from rag.errors import ModelError
from rag.llama_native import CHUNK, Vocabulary, load, native, release
from rag.llm import AnswerStyle, Request
from rag.thoughts import THINK, VisibleText

CONTEXT = 4096  # tokens; more costs memory and, on two cores, patience


class LlamaCpp:
    """A GGUF model that answers greedily, one answer at a time; an `LLM`.

    The same messages get the same answer whatever was asked before: of an earlier prompt only
    whole chunks are kept, which are computed just as they would be now.
    """

    def __init__(
        self, path: Path, *, context_size: int = CONTEXT, threads: int | None = None
    ) -> None:
        """Load a model.

        Args:
            path: the .gguf; of a model in parts the first.
            context_size: tokens of prompt and answer; fewer if the model was trained for fewer.
            threads: to compute with; all cores unless given.

        Raises:
            ModelError: llama.cpp cannot load the file.
        """
        self.name = path.stem
        self.answer_style: AnswerStyle = "prose"
        model, context = load(path, context_size, threads or os.cpu_count() or 1)
        self._free = weakref.finalize(self, release, model, context)
        self._free.atexit = False  # a thread may still compute when the process ends
        self.context_size = min(context_size, native.llama_model_n_ctx_train(model))
        self._context = context
        self._vocabulary = Vocabulary(native.llama_model_get_vocab(model))
        source = native.llama_model_chat_template(model, None)
        self._template = ChatTemplate(
            source.decode("utf-8", "replace") if source else None,
            bos=self._vocabulary.text(self._vocabulary.bos),
            eos=self._vocabulary.text(native.llama_vocab_eos(self._vocabulary.pointer)),
        )
        self._kept: list[int] = []  # whole chunks of the last prompt, in the model's memory
        self._running = threading.Lock()  # held while an answer is under way
        self._reading = threading.Lock()  # held while the vocabulary is used, or freed
        self._closed = threading.Event()

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes inside a prompt."""
        with self._reading:
            self._check_open()
            return len(self._vocabulary.untrusted(text))

    def stream(self, request: Request) -> "Stream":
        """The answer, piece by piece; it also ends where the context is full.

        A leading `<think>` block counts as tokens but is not shown. A second answer waits until
        the first is finished, closed or forgotten.

        Raises:
            ModelError: the prompt does not fit the context, or llama.cpp fails.
        """
        pieces = self._template.render(request.messages)
        with self._reading:
            self._check_open()
            prompt = self._vocabulary.prompt(pieces)
        room = self.context_size - len(prompt)
        if room < 1:
            raise ModelError(
                f"the prompt has {len(prompt)} tokens, {self.name} holds {self.context_size}; "
                "ask a shorter question, begin a new conversation or use fewer passages"
            )
        opened = pieces[-1].trusted and pieces[-1].text.rstrip().endswith(THINK)
        stop = threading.Event()
        visible = VisibleText(thinking=opened)
        return Stream(self._shown(prompt, min(request.max_tokens, room), visible, stop), stop)

    def close(self) -> None:
        """Free the memory: now, or when the answer under way has stopped, as it soon does."""
        self._closed.set()
        if self._running.acquire(blocking=False):
            with self._reading:
                self._free()
            self._running.release()

    def _shown(
        self, prompt: list[int], limit: int, visible: VisibleText, stop: threading.Event
    ) -> Generator[str]:
        try:
            with self._running:
                for token in self._tokens(prompt, limit, stop):
                    if text := visible.feed(self._vocabulary.shown(token)):
                        yield text
                if text := visible.rest():
                    yield text
        finally:
            if self._closed.is_set():  # close() found the model busy and left the rest to us
                self.close()

    def _tokens(self, prompt: list[int], limit: int, stop: threading.Event) -> Generator[int]:
        """The answer's tokens, without the one that ends it."""
        if limit < 1 or stop.is_set() or self._closed.is_set():
            return
        self._keep_common(prompt)
        for start in range(len(self._kept), len(prompt), CHUNK):
            chunk = prompt[start : start + CHUNK]
            self._compute(chunk)
            if len(chunk) == CHUNK:
                self._kept += chunk
            if stop.is_set() or self._closed.is_set():
                return
        while not self._vocabulary.ends(token := self._likeliest()):
            yield token
            limit -= 1
            if limit == 0 or stop.is_set() or self._closed.is_set():
                return
            self._compute([token])

    def _keep_common(self, prompt: list[int]) -> None:
        """Forget all but the chunks that begin this prompt too, and leave a token to compute.

        Tokens beyond whole chunks could be reused too, but rows computed in another company round
        differently, and the answer could then depend on the questions before it.
        """
        keep = 0
        while keep + CHUNK < len(prompt):
            chunk = slice(keep, keep + CHUNK)
            if self._kept[chunk] != prompt[chunk]:
                break
            keep += CHUNK
        memory = native.llama_get_memory(self._context)
        if not native.llama_memory_seq_rm(memory, 0, keep, -1):
            native.llama_memory_clear(memory, False)  # this kind of model cannot forget in part
            keep = 0
        self._kept = prompt[:keep]

    def _compute(self, tokens: Sequence[int]) -> None:
        array = (native.llama_token * len(tokens))(*tokens)
        code = native.llama_decode(self._context, native.llama_batch_get_one(array, len(tokens)))
        if code:
            raise ModelError(
                f"{self.name} stopped computing (llama.cpp's code {code}); "
                "ask again, or choose another model"
            )

    def _likeliest(self) -> int:
        pointer = native.llama_get_logits_ith(self._context, -1)
        logits = np.ctypeslib.as_array(pointer, shape=(self._vocabulary.size,))
        token = int(logits.argmax())
        if np.isnan(logits[token]):
            raise ModelError(f"{self.name} computes no numbers: its file is damaged, replace it")
        return token

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise ModelError(f"{self.name} is closed; load it again")


class Stream(Iterator[str]):
    """The pieces of one answer; to be closed from any thread."""

    def __init__(self, pieces: Generator[str], stop: threading.Event) -> None:
        self._pieces = pieces
        self._stop = stop

    def __next__(self) -> str:
        return next(self._pieces)

    def close(self) -> None:
        """Stop the work: at once, or within one chunk if another thread is in it."""
        self._stop.set()
        with contextlib.suppress(ValueError):  # "generator already executing"
            self._pieces.close()
