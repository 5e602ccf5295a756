"""The engine for GGUF models, on the low-level interface of llama-cpp-python."""

import threading
import time
import weakref
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from rag.chat_template import ChatTemplate, Piece, with_passages
from rag.drafts import Drafts
from rag.errors import ModelError
from rag.llama_context import LIVE, Aborted, Context
from rag.llama_native import (
    check_vocabulary,
    format_chat,
    load_model,
    native,
    open_context,
    release,
)
from rag.llama_settings import Settings, chosen
from rag.llm import AnswerStyle, Message, Request
from rag.passage_states import PassageStates, segments
from rag.prompt_memory import PromptMemory
from rag.reply import Ahead, Reply, Stream
from rag.reply_rules import MarkerRule, PointerRule
from rag.sampling import Choices, Sampler, sure
from rag.self_test import SelfTest, defaults
from rag.stop_texts import StopTexts
from rag.thoughts import VisibleText, opened
from rag.vocabulary import Vocabulary

CONTEXT = 4096  # tokens; more costs memory and, on two cores, patience
SPARE = 512  # cells beyond it, for a pinned beginning that the live conversation does not share
GRANULE = 32  # tokens of a prompt that are kept or forgotten together
THOUGHTS = 1024  # tokens, after which the model is made to answer
SMALL = 1_000_000_000  # parameters: smaller models point at sentences better than they write
SLOW = 4.0  # tokens a second; slower ones had better point, too
WORTHWHILE = 1.5  # times faster that tokens are computed together, for drafts to pay
_SAMPLE = (Message("system", "Kürze, 简短。"), Message("user", "Где? 谁？ 1 <x>"))


class LlamaCpp:
    """A GGUF model that answers one request at a time; an `LLM`.

    The same messages get the same answer whatever was asked before: of earlier prompts only what
    is computed just as it would be now is used again. The exception is the setting
    `passage_states`.
    """

    def __init__(
        self,
        path: Path,
        *,
        context_size: int = CONTEXT,
        settings: Settings | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        """Load a model.

        Args:
            path: the .gguf; of a model in parts the first.
            context_size: tokens of prompt and answer; fewer if the model was trained for fewer.
            settings: how to compute; `rag.self_test.defaults` with RAG_LLAMA unless given.
            progress: told the share of the file that is loaded, now and then.

        Raises:
            ModelError: llama.cpp cannot load the file, or the model computes no numbers.
        """
        self.name = path.stem
        self.settings = settings or chosen(defaults())
        model = load_model(path, self.settings, progress=progress)
        check_vocabulary(model, path)
        self.context_size = min(context_size, native.llama_model_n_ctx_train(model))
        pointer = open_context(model, path, self.context_size + SPARE, self.settings)
        self._vocabulary = Vocabulary(native.llama_model_get_vocab(model))
        self._context = Context(
            pointer, self.name, batch=self.settings.batch, vocabulary=self._vocabulary.size
        )
        self._free = weakref.finalize(self, _free, self._context, model, pointer)
        self._free.atexit = False  # a thread may still compute when the process ends
        self._template = _template(model, self._vocabulary)
        self._choices = Choices(
            self._vocabulary.pieces, self._vocabulary.ends, self._vocabulary.tags
        )
        self.parameters = int(native.llama_model_n_params(model))
        partial = not (
            native.llama_model_is_recurrent(model) or native.llama_model_is_hybrid(model)
        )
        self._memory = PromptMemory(
            self._context,
            granule=self.settings.batch if self.settings.flash_attention else GRANULE,
            limit=self.settings.kept,
            partial=partial,
            most=SPARE,
        )
        able = partial and self._context.can_shift and self.settings.passage_states
        self._states = PassageStates(self._context, self.settings.kept) if able else None
        if progress is not None:
            progress(1.0)
        self._vocabulary.parts(self._template.render(_SAMPLE))  # what fails should fail now
        try:
            self.tested = SelfTest.run(self._context, self._vocabulary.size)
        except ModelError as error:
            self._free()
            raise ModelError(f"{path}: {error}") from error
        small = self.parameters < SMALL or self.tested.tokens_per_second < SLOW
        self.answer_style: AnswerStyle = "quote" if small else "prose"
        self._running = threading.Lock()  # held while an answer is under way
        self._reading = threading.Lock()  # held while the vocabulary is used, or freed
        self._stopping = threading.Lock()  # held while the answer under way changes, or stops
        self._current: Reply | Ahead | None = None
        self.guessed = self.guessed_right = 0  # tokens of drafts so far
        self._closed = threading.Event()

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes inside a prompt."""
        with self._reading:
            self._check_open()
            return len(self._vocabulary.untrusted(text))

    def stream(self, request: Request) -> Stream:
        """The answer, piece by piece; it also ends where the context is full.

        Thoughts are neither shown nor counted; after `THOUGHTS` tokens of them the model is made
        to answer. A second answer waits until the first is finished, closed or forgotten.

        Raises:
            ModelError: the prompt does not fit the context, or llama.cpp fails.
        """
        pieces = with_passages(self._template.render(request.messages), request.passages)
        with self._reading:
            self._check_open()
            parts = self._vocabulary.parts(pieces)
        prompt = [token for part in parts for token in part]
        if len(prompt) >= self.context_size:
            raise ModelError(
                f"the prompt has {len(prompt)} tokens, {self.name} holds {self.context_size}; "
                "ask a shorter question, begin a new conversation or use fewer passages"
            )
        run = Reply(
            request,
            prompt,
            parts=parts,
            passages=[bool(piece.passage) for piece in pieces],
            fixed=_fixed(pieces, parts, request.messages),
            sampler=self._sampler(request),
            visible=VisibleText(thinking=pieces[-1].trusted and opened(pieces[-1].text)),
            stops=StopTexts(request.stop),
            drafts=self._drafts(request, pieces, parts),
            end=time.monotonic() + request.max_seconds if request.max_seconds else None,
        )
        return Stream(self._shown(run), lambda: self._stop(run))

    def tell_computed(self, told: Callable[[], None]) -> None:
        """Have something called after each batch of tokens, in the thread that computes it."""
        self._context.told = told

    def close(self) -> None:
        """Free the memory: now, or when the answer under way has stopped, as it soon does."""
        self._closed.set()
        with self._stopping:
            if self._current is not None:
                self._context.abort()
        if self._running.acquire(blocking=False):
            with self._reading:
                self._free()
            self._running.release()

    def _sampler(self, request: Request) -> Sampler:
        rule: MarkerRule | PointerRule | None = None
        if request.pointers is not None:
            rule = PointerRule(request.pointers)
        elif request.passages:
            rule = MarkerRule(len(request.passages))
        return Sampler(self._choices, rule, request.temperature, request.seed)

    def _drafts(
        self, request: Request, pieces: Sequence[Piece], parts: Sequence[Sequence[int]]
    ) -> Drafts | None:
        pays = self.settings.drafts and self.tested.together > WORTHWHILE
        if not pays or request.temperature > 0 or request.pointers is not None:
            return None
        passages = [part for piece, part in zip(pieces, parts, strict=True) if piece.passage]
        return Drafts(passages) if passages else None

    def _count(self, run: Reply) -> None:
        if run.drafts is not None:
            self.guessed += run.drafts.drafted
            self.guessed_right += run.drafts.accepted

    def _stop(self, run: Reply) -> None:
        with self._stopping:
            run.stop.set()
            if self._current is run:
                self._context.abort()

    def _begin(self, run: Reply | Ahead | None) -> bool:
        """Make a run the current one; False if it was stopped before."""
        with self._stopping:
            if run is not None and (run.stop.is_set() or self._closed.is_set()):
                return False
            self._context.allow()
            self._current = run
            return True

    def _shown(self, run: Reply) -> Generator[str]:
        self.leave_idle()
        try:
            with self._running:
                if self._begin(run):
                    try:
                        yield from self._texts(run)
                    except Aborted:
                        return
                    finally:
                        self._count(run)
                        self._begin(None)
        finally:
            if self._closed.is_set():  # close() found the model busy and left the rest to us
                self.close()

    def _texts(self, run: Reply) -> Generator[str]:
        for token in self._tokens(run):
            text = run.stops.feed(run.visible.feed(self._choices.pieces[token]))
            if text:
                yield text
            if run.stops.found:
                return
        if text := run.stops.feed(run.visible.rest()) + run.stops.rest():
            yield text

    def _tokens(self, run: Reply) -> Generator[int]:
        """The answer's tokens, without the one that ends it."""
        if run.request.max_tokens < 1:
            return
        row = self._prefill(run)
        position = len(run.prompt)  # cells of LIVE that are right
        guessed: list[int] = []  # tokens whose rows are computed, if they are right
        while True:
            if run.guesses and (run.sampler.bound or not sure(self._context.logits(row))):
                row, guessed = self._alone(run, position), []
            token = run.next(self._context.logits(row))
            owes = token in self._choices.ends and run.visible.hidden  # the answer
            if owes or run.thoughts >= THOUGHTS:
                token = self._end_thoughts(run) or token
            if token in self._choices.ends:
                return
            run.tokens.append(token)
            yield token
            if run.over(self.context_size):
                return
            if guessed and guessed[0] == token:
                guessed.pop(0)
                row += 1
            else:
                guessed = self._step(run, token, position, wrong=len(guessed))
                row = 0
            position += 1

    def _end_thoughts(self, run: Reply) -> int:
        """Make the next tokens those that end thoughts, once; returns the first, or 0."""
        run.thoughts = 0
        if run.cut or not run.visible.hidden:
            return 0
        run.cut = True
        run.forced = self._vocabulary.encode(run.visible.end + "\n\n", special=True)
        return run.forced.pop(0) if run.forced else 0

    def _alone(self, run: Reply, position: int) -> int:
        """Compute the last token again without company, where rounding might decide."""
        run.guesses = 0
        self._context.trim(LIVE, position - 1)
        self._context.compute(run.tokens[-1:], position - 1, rows=1)
        return 0

    def _step(self, run: Reply, token: int, position: int, *, wrong: int) -> list[int]:
        """Compute a token, with what may follow it; returns these guesses."""
        if wrong:
            self._context.trim(LIVE, position)
        draft = run.draft(self.context_size - position - 1, wrong)
        self._context.compute([token, *draft], position, rows=1 + len(draft))
        return draft

    def _prefill(self, run: Reply) -> int:
        """Compute what is new of a prompt; returns the row of its last token's logits."""
        prompt, batch = run.prompt, self.settings.batch
        self._memory.recall(prompt)
        start = self._composed(run) or self._memory.live
        size = 0
        while start < len(prompt):
            if run.late:
                raise Aborted
            end = min(len(prompt), (start // batch + 1) * batch)  # always the same borders
            size = end - start
            self._context.compute(prompt[start:end], start, rows=int(end == len(prompt)))
            start = end
        self._memory.computed(prompt, run.fixed)
        base = self._memory.pinned
        if self._states is not None and base:  # what was missing is computed when there is time
            self._states.worthwhile(base, segments(run.parts, run.passages, len(base)))
        return size - 1

    def _composed(self, run: Reply) -> int:
        """Put the prompt together from passages computed earlier, if that saves enough.

        Returns how many tokens LIVE holds then, or 0.
        """
        base = self._memory.pinned
        if self._states is None or not base or tuple(run.prompt[: len(base)]) != base:
            return 0
        found = segments(run.parts, run.passages, len(base))
        if not self._states.worthwhile(base, found):
            return 0
        if self._memory.live >= len(base) + self._states.saved(base, found):
            return 0
        self._memory.lost()
        if not self._states.compose(base, found):
            self._memory.forget()
            return 0
        return found[-1].start

    def idle(self, *, unless: Callable[[], bool]) -> bool:
        """Compute one passage ahead, while nobody asks; False if there is nothing to do.

        Args:
            unless: looked at once it can no longer be missed that somebody asks.
        """
        if self._states is None or not self._running.acquire(blocking=False):
            return False
        try:
            run = Ahead()
            if not self._begin(run) or unless():
                return False
            self._states.forget_missing(self._memory.pinned)
            return self._states.encode_one()
        except (Aborted, ModelError):  # there will be time again; answers do not depend on it
            return False
        finally:
            self._begin(None)
            self._running.release()
            if self._closed.is_set():
                self.close()

    def leave_idle(self) -> None:
        """Stop what `idle` does: somebody asks."""
        with self._stopping:
            if isinstance(self._current, Ahead):
                self._context.abort()

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise ModelError(f"{self.name} is closed; load it again")


def _template(model: int, vocabulary: Vocabulary) -> ChatTemplate:
    source = native.llama_model_chat_template(model, None)
    return ChatTemplate(
        source.decode("utf-8", "replace") if source else None,
        bos=vocabulary.text(vocabulary.bos),
        eos=vocabulary.text(native.llama_vocab_eos(vocabulary.pointer)),
        builtin=lambda messages: format_chat(source, messages),
    )


def _fixed(
    pieces: Sequence[Piece], parts: Sequence[Sequence[int]], messages: Sequence[Message]
) -> int:
    """Tokens up to the end of the rules; 0 if they are no message of their own."""
    first = next((i for i, piece in enumerate(pieces) if not piece.trusted), None)
    rules = messages[0]
    if first is None or rules.role != "system" or pieces[first].text != rules.content:
        return 0
    return sum(map(len, parts[: first + 1]))


def _free(context: Context, model: int, pointer: int) -> None:
    context.free()
    release(model, pointer)
