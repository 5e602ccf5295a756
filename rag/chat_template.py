"""Laying a conversation out as a model was trained to read it."""

import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NoReturn

from rag.bounds import bounded
from rag.errors import ModelError
from rag.llm import Message

Formatter = Callable[[Sequence[tuple[str, str]]], str | None]

_THINKS = re.compile(r"think|reasoning|<\|channel\|>", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """A stretch of a prompt; only a trusted one may contain control tokens.

    `passage` is the number of the passage that it is, or 0.
    """

    text: str
    trusted: bool
    passage: int = 0


def with_passages(pieces: Sequence[Piece], passages: Sequence[str]) -> list[Piece]:
    """The pieces, cut where the passages stand in them, in this order; numbered from 1.

    A passage that does not stand there is left out, and its number with it.
    """
    cut: list[Piece] = []
    places = _places(pieces, passages)
    for index, piece in enumerate(pieces):
        done = 0
        for start, number in places.get(index, ()):
            end = start + len(passages[number - 1])
            cut.append(Piece(piece.text[done:start], piece.trusted))
            cut.append(Piece(piece.text[start:end], piece.trusted, number))
            done = end
        cut.append(Piece(piece.text[done:], piece.trusted))
    return [piece for piece in cut if piece.text]


def _places(pieces: Sequence[Piece], passages: Sequence[str]) -> dict[int, list[tuple[int, int]]]:
    """By the place of a piece: (start, number) of the passages in it."""
    places: dict[int, list[tuple[int, int]]] = {}
    first, cursor = 0, 0
    for number, passage in enumerate(passages, 1):
        for index in range(first, len(pieces)):
            start = -1
            if passage and not pieces[index].trusted:
                start = pieces[index].text.find(passage, cursor if index == first else 0)
            if start >= 0:
                places.setdefault(index, []).append((start, number))
                first, cursor = index, start + len(passage)
                break
    return places


class ChatTemplate:
    """Lays messages out as a model was trained to read them, and keeps their contents apart."""

    def __init__(
        self,
        source: str | None,
        *,
        bos: str = "",
        eos: str = "",
        builtin: Formatter | None = None,
    ) -> None:
        """Prepare a template: llama.cpp's own version of it, or else the Jinja in a sandbox.

        One that knows of thoughts is always taken as Jinja, where they can be switched off.

        Args:
            source: the model's own Jinja template; None if it has none.
            bos: the text of its token that begins a prompt.
            eos: the text of its token that ends an answer.
            builtin: lays (role, content) pairs out if it knows the template, else gives None.

        Raises:
            ModelError: the template is broken.
        """
        self._builtin = builtin if source and not _THINKS.search(source) else None
        if self._builtin and self._builtin([("user", "x")]) is not None:
            return
        self._builtin = None
        self._template = self._compiled(source, bos, eos)

    @staticmethod
    def _compiled(source: str | None, bos: str, eos: str) -> Any:
        from jinja2 import TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = _json
        environment.globals |= {
            "bos_token": bos, "eos_token": eos, "tools": None,
            "raise_exception": _refuse, "strftime_now": _now,
            "add_generation_prompt": True, "enable_thinking": False, "thinking": False,
            "reasoning_effort": "low",
        }  # fmt: skip
        try:
            with bounded():
                return environment.from_string(_plain_tags(source or _PLAIN))
        except (TemplateError, MemoryError, RecursionError) as error:
            raise ModelError(_unusable(_why(error))) from error

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
        if self._builtin is not None:
            text = self._builtin([(message["role"], message["content"]) for message in messages])
            if text is None:
                raise ModelError(_unusable("llama.cpp refuses the conversation"))
            return text
        from jinja2 import TemplateError

        try:
            with bounded():
                return str(self._template.render(messages=messages))
        except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError,
                ValueError, RecursionError, MemoryError) as error:  # fmt: skip
            raise ModelError(_unusable(_why(error))) from error


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


def _why(error: Exception) -> object:
    return "it takes too much memory" if isinstance(error, MemoryError) else error


def _unusable(reason: object) -> str:
    line = " ".join(str(reason).split())[:200]
    return f"the model's chat template cannot be used ({line}); choose another model"


def _without_system(messages: Sequence[Message]) -> list[Message] | None:
    """The system text at the head of the first question; None if there is nothing to move."""
    if len(messages) < 2 or messages[0].role != "system" or messages[1].role != "user":
        return None
    content = f"{messages[0].content}\n\n{messages[1].content}"
    return [replace(messages[1], content=content), *messages[2:]]
