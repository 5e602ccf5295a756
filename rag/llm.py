"""What the product asks of a language model, and how a conversation is laid out for one."""

import codecs
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NoReturn, Protocol

from rag.errors import ModelError
from rag.gguf_names import resolve

__all__ = ["LLM", "ChatTemplate", "Message", "Piece", "VisibleText", "load", "resolve"]

THINK, END_THINK = "<think>", "</think>"

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation; its content is never trusted."""

    role: Role
    content: str


class LLM(Protocol):
    """A language model that answers greedily (temperature 0), one answer at a time.

    Attributes:
        name: shown with every answer.
        context_size: tokens of prompt and answer together.
    """

    name: str
    context_size: int

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes inside a prompt."""
        ...

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """The answer in pieces of text, none empty; closing the iterator stops the work.

        Args:
            messages: the conversation; the last one is the user's.
            max_tokens: the longest answer, in tokens.

        Raises:
            ModelError: the prompt is too long, or the model cannot run.
        """
        ...


@dataclass(frozen=True)
class Piece:
    """A stretch of a prompt; only a trusted one may contain control tokens."""

    text: str
    trusted: bool


class ChatTemplate:
    """Lays messages out as a model was trained to read them, and keeps their contents apart."""

    def __init__(self, source: str | None, *, bos: str = "", eos: str = "") -> None:
        """Compile a template, for a sandbox: models come from anywhere.

        Args:
            source: the model's own Jinja template; None if it has none.
            bos: the text of its token that begins a prompt.
            eos: the text of its token that ends an answer.

        Raises:
            ModelError: the template is broken.
        """
        from jinja2 import TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = _json
        environment.globals |= {
            "bos_token": bos, "eos_token": eos, "tools": None,
            "raise_exception": _refuse, "strftime_now": _now,
            "add_generation_prompt": True, "enable_thinking": False,
        }  # fmt: skip
        try:
            self._template = environment.from_string(_plain_tags(source or _PLAIN))
        except TemplateError as error:
            raise ModelError(_unusable(error)) from error

    def render(self, messages: Sequence[Message]) -> list[Piece]:
        """The prompt, up to where the answer begins, in trusted and untrusted pieces.

        A system message goes into the first question if the template has no place for it.

        Raises:
            ModelError: the template refuses the conversation.
        """
        try:
            return self._rendered(messages)
        except ModelError:
            folded = _without_system(messages)
            if folded is None:
                raise
            return self._rendered(folded)

    def _rendered(self, messages: Sequence[Message]) -> list[Piece]:
        mark = secrets.token_hex(8)  # stands for the contents, which never pass the template
        stand_ins = [
            {"role": message.role, "content": f"{mark}x{index}x"}
            for index, message in enumerate(messages)
        ]
        parts = re.split(f"{mark}x(\\d+)x", self._text(stand_ins))
        # parts: template, number, template, number, … template
        shown = {int(number) for number in parts[1::2]}
        if any(m.content.strip() and n not in shown for n, m in enumerate(messages)):
            raise ModelError(_unusable("it leaves out a message"))
        pieces = [Piece(parts[0], trusted=True)]
        for number, text in zip(parts[1::2], parts[2::2], strict=True):
            pieces.append(Piece(messages[int(number)].content, trusted=False))
            pieces.append(Piece(text, trusted=True))
        pieces = [piece for piece in pieces if piece.text]
        if not pieces:
            raise ModelError(_unusable("it is empty"))
        return pieces

    def _text(self, messages: Sequence[Mapping[str, str]]) -> str:
        from jinja2 import TemplateError

        try:
            return self._template.render(messages=messages)
        except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError,
                ValueError, RecursionError) as error:  # fmt: skip
            raise ModelError(_unusable(error)) from error


class VisibleText:
    """The bytes of an answer as text to show: whole characters, no leading `<think>` block."""

    def __init__(self, *, thinking: bool = False) -> None:
        """Begin an answer; `thinking` if its prompt has already opened the block."""
        # a model may produce any bytes: those that are no character are not shown
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._state: Literal["begin", "thinking", "thought", "shown"] = "begin"
        if thinking:
            self._state = "thinking"
        self._held = ""

    def feed(self, data: bytes) -> str:
        """What can be shown now; often nothing."""
        self._held += self._decoder.decode(data)
        if self._state == "begin":
            self._begin()
        if self._state == "thinking":
            self._skip()
        if self._state == "thought":
            self._held = self._held.lstrip()
            self._state = "shown" if self._held else "thought"
        return self.rest() if self._state == "shown" else ""

    def rest(self) -> str:
        """What was held back, at the end; half a character and an open thought are dropped."""
        text, self._held = self._held, ""
        return "" if self._state == "thinking" else text

    def _begin(self) -> None:
        start = self._held.lstrip()
        if start.startswith(THINK):
            self._state, self._held = "thinking", start.removeprefix(THINK)
        elif not THINK.startswith(start):
            self._state = "shown"

    def _skip(self) -> None:
        _, end, after = self._held.partition(END_THINK)
        if end:
            self._state, self._held = "thought", after
        else:
            self._held = self._held[1 - len(END_THINK) :]  # the tag may come in two halves


def load(name: str) -> LLM | None:
    """The language model called `name` (see `resolve`), ready to answer; None for quotation.

    Raises:
        ModelError: as `resolve`; also llama-cpp-python is missing, or the file does not load.
    """
    path = resolve(name)
    if path is None:
        return None
    try:
        from rag.llamacpp import LlamaCpp
    except ModuleNotFoundError as error:
        raise ModelError(
            f"GGUF models need llama-cpp-python ({error.name} is missing): "
            "pip install llama-cpp-python jinja2; --llm quote works without it"
        ) from error
    except (OSError, RuntimeError) as error:  # installed, but its library does not load
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"llama-cpp-python does not start ({reason}): install it again with "
            "pip install --force-reinstall --no-cache-dir llama-cpp-python, or use --llm quote"
        ) from error
    return LlamaCpp(path)


_PLAIN = "{% for message in messages %}{{ message['content'] }}\n\n{% endfor %}"


def _plain_tags(source: str) -> str:
    """{% generation %} marks answers for training; here it is a block like any other."""
    source = re.sub(r"(\{%-?\s*)generation\b", r"\1if true", source)
    return re.sub(r"(\{%-?\s*)endgeneration\b", r"\1endif", source)


def _refuse(reason: str) -> NoReturn:
    from jinja2 import TemplateError

    raise TemplateError(reason)


def _now(form: str) -> str:
    return datetime.now().strftime(form)


def _json(value: object, **options: Any) -> str:
    return json.dumps(value, **{"ensure_ascii": False, **options})


def _unusable(reason: object) -> str:
    line = " ".join(str(reason).split())[:200]
    return f"the model's chat template cannot be used ({line}); choose another model"


def _without_system(messages: Sequence[Message]) -> list[Message] | None:
    """The system text at the head of the first question; None if there is nothing to move."""
    if len(messages) < 2 or messages[0].role != "system" or messages[1].role != "user":
        return None
    content = f"{messages[0].content}\n\n{messages[1].content}"
    return [replace(messages[1], content=content), *messages[2:]]
