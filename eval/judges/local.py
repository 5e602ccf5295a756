"""Judges that run on this computer: the deterministic check, inference models, GGUF models."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import index
from eval.judges.opinion import Opinion
from eval.runner.header import model_sha256
from index.embedding.folder import find_model, fingerprint
from index.files import sha256
from rag import prompt
from rag import support as rag_support
from rag.errors import EmbedderError, ModelError
from rag.judge import InferenceJudge, Judgement, ModelJudge
from rag.llm import LLM, AnswerStyle, Request, load, resolve
from rag.support import Source, support

_PROMPTS = ("judge.md", "claim.md")
_SAYS = "the source "  # so begin the reasons of rag.judge where a source is silent on a sentence
_FAILED = "not checked"  # … and where the model failed


class TiersJudge:
    """The check that every answer goes through (`rag.support`), as if it were a judge.

    Its agreement with labels tells what the verdicts that readers see are worth.
    """

    name = "tiers"

    def __init__(self) -> None:
        self.identity: dict[str, Any] = {"kind": "tiers", "code": _code()}

    def opinion(self, sentence: str, sources: Sequence[Source]) -> Opinion:
        """See `Judge.opinion`."""
        found = support(sentence, sources)
        why = "; ".join(found.reasons) if found.verdict == "unknown" else ""
        return Opinion(found.verdict, why, calls=0)


class NliJudge:
    """A cross-encoder for natural language inference (`rag.judge.InferenceJudge`)."""

    def __init__(self, name: str) -> None:
        """Load the model `name`, a folder or a hub name.

        Raises:
            ModelError: it cannot be found or loaded, or is no such model.
        """
        self._judge = InferenceJudge(name)
        self.name = f"nli:{self._judge.name}"
        self.identity: dict[str, Any] = {
            "kind": "nli",
            "model": self._judge.name,
            "sha256": _fingerprint(name),
            "code": _code(),
        }

    def opinion(self, sentence: str, sources: Sequence[Source]) -> Opinion:
        """See `Judge.opinion`."""
        return said(self._judge.judge(sentence, [source.text for source in sources]))


class GgufJudge:
    """A GGUF language model whose reply is bound to a verdict (`rag.judge.ModelJudge`)."""

    def __init__(self, name: str, *, progress: Callable[[float], None] | None = None) -> None:
        """Load the model `name`: see `rag.llm.resolve`; `progress` is told the share loaded.

        Raises:
            ModelError: there is no such model, or it does not load.
        """
        path = resolve(name)
        llm = load(name, progress=progress)
        if path is None or llm is None or llm.answer_style == "reader":
            raise ModelError(
                f"gguf:{name} is no model that writes; give a .gguf file or user/repo:QUANT"
            )
        self._llm = _Counting(llm)
        self._judge = ModelJudge(self._llm)
        self.name = f"gguf:{llm.name}"
        self.identity: dict[str, Any] = {
            "kind": "gguf",
            "model": llm.name,
            "sha256": _model_sha256(path),
            "prompts": prompts(),
            "code": _code(),
        }

    def opinion(self, sentence: str, sources: Sequence[Source]) -> Opinion:
        """See `Judge.opinion`; the tokens are those of the messages, without what is around."""
        self._llm.reset()
        found = said(self._judge.judge(sentence, [source.text for source in sources]))
        return Opinion(
            found.verdict,
            found.why,
            found.failed,
            found.again,
            self._llm.calls,
            self._llm.read,
            self._llm.written,
        )


def said(judgement: Judgement) -> Opinion:
    """What a judge of `rag.judge` means.

    There a source that is silent leaves the verdict open, for a wrong accusation of an answer is
    worse than silence. Here the question is whether the source says it, and it does not.
    """
    if judgement.verdict != "unknown":
        return Opinion(judgement.verdict)
    if judgement.reason.startswith(_SAYS):
        return Opinion("unsupported")
    failed = judgement.reason.startswith(_FAILED)
    return Opinion("unknown", judgement.reason, failed, 0.0 if failed else None)


def prompts() -> str:
    """SHA-256 over the words that language models are asked with."""
    return _digest([prompt.FOLDER / name for name in _PROMPTS])


class _Counting:
    """A language model that counts what it reads and writes."""

    def __init__(self, llm: LLM) -> None:
        self.name, self.context_size = llm.name, llm.context_size
        self.answer_style: AnswerStyle = llm.answer_style
        self._llm = llm
        self.reset()

    def reset(self) -> None:
        self.calls = self.read = self.written = 0

    def count_tokens(self, text: str) -> int:
        return self._llm.count_tokens(text)

    def stream(self, request: Request) -> Iterator[str]:
        self.calls += 1
        self.read += sum(self._llm.count_tokens(message.content) for message in request.messages)
        reply = ""
        pieces = self._llm.stream(request)
        try:
            for piece in pieces:
                reply += piece
                yield piece
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
            self.written += self._llm.count_tokens(reply) if reply else 0


def _model_sha256(path: Path) -> str:
    try:
        return model_sha256(path)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}); restore the file") from error


def _fingerprint(name: str) -> str:
    try:
        return fingerprint(find_model(name, "judge"))
    except EmbedderError as error:
        raise ModelError(str(error)) from error


def _code() -> str:
    """SHA-256 over the code that verdicts come from, so that no older one is taken for new."""
    rag = Path(rag_support.__file__).parent.parent
    paths = [path for room in ("judge", "support", "facts") for path in (rag / room).glob("*.*")]
    return _digest(sorted([*paths, *Path(index.__file__).parent.glob("*.py")]))


def _digest(paths: Sequence[Path]) -> str:
    listing = "".join(f"{path.name}\n{sha256(path)}\n" for path in paths if path.is_file())
    return hashlib.sha256(listing.encode()).hexdigest()
