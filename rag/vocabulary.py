"""Text ↔ tokens of a loaded model."""

import ctypes
import re
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from rag.chat_template import Piece
from rag.llama_native import native
from rag.thoughts import TAGS


class Vocabulary:
    """Text ↔ tokens; what is not trusted never becomes a control token.

    Attributes:
        size: how many tokens there are.
        bos: the token that begins a prompt, or -1.
        tags: tokens that say where a model's thoughts begin and end.
    """

    def __init__(self, pointer: int) -> None:
        self.pointer = pointer
        self.size = native.llama_vocab_n_tokens(pointer)
        self.bos = native.llama_vocab_bos(pointer)
        self._adds_bos = self.bos >= 0 and native.llama_vocab_get_add_bos(pointer)
        special = native.LLAMA_TOKEN_ATTR_CONTROL | native.LLAMA_TOKEN_ATTR_USER_DEFINED
        texts = {
            token: self.text(token)
            for token in range(self.size)
            if native.llama_vocab_get_attr(pointer, token) & special
        }
        self.tags = frozenset(token for token, text in texts.items() if text in TAGS)
        self._forbidden = {
            token
            for token, text in texts.items()
            if _TAG.fullmatch(text)
            or text in TAGS
            or native.llama_vocab_get_attr(pointer, token) & native.LLAMA_TOKEN_ATTR_CONTROL
        }
        self._inside = _anywhere({texts[token] for token in self._forbidden})

    def text(self, token: int) -> str:
        """How the vocabulary spells a token; nothing for -1, the token a model does not have."""
        if token < 0:
            return ""
        return str(native.llama_vocab_get_text(self.pointer, token).decode("utf-8", "replace"))

    def shown(self, token: int) -> bytes:
        """The bytes a token stands for; none for control tokens but those in `tags`."""
        length = 64
        while True:
            buffer = ctypes.create_string_buffer(length)
            length = native.llama_token_to_piece(
                self.pointer, token, buffer, len(buffer), 0, token in self.tags
            )
            if length >= 0:
                return buffer.raw[:length]
            length = -length

    @cached_property
    def pieces(self) -> list[bytes]:
        """What every token stands for, as `shown`."""
        return [self.shown(token) for token in range(self.size)]

    @cached_property
    def ends(self) -> list[int]:
        """The tokens that end an answer."""
        return [t for t in range(self.size) if native.llama_vocab_is_eog(self.pointer, t)]

    def parts(self, pieces: Sequence[Piece]) -> list[list[int]]:
        """The tokens of a prompt by its pieces, with the one that begins it exactly once."""
        parts = [
            self.encode(piece.text, special=True) if piece.trusted else self.untrusted(piece.text)
            for piece in pieces
        ]
        first = next((part[0] for part in parts if part), None)
        if self._adds_bos and first != self.bos:
            parts[0].insert(0, self.bos)
        return parts

    def untrusted(self, text: str) -> list[int]:
        """The tokens of a text of unknown origin, without any control token.

        That special tokens are off is not enough: SentencePiece may join pieces into one, and
        some models mark their tags as ordinary. So whatever reads like one is cut in two first.
        """
        cuts = [match.start() + 1 for match in self._inside.finditer(text)]
        parts = [text[a:b] for a, b in pairwise([0, *cuts, len(text)])]
        tokens = [token for part in parts for token in self.encode(part, special=False)]
        return [token for token in tokens if token not in self._forbidden]

    def encode(self, text: str, *, special: bool) -> list[int]:
        """The tokens of a text; control tokens among them if `special`."""
        data = text.encode("utf-8", "replace")
        length = len(data) + 2
        while True:
            array = (native.llama_token * length)()
            count = native.llama_tokenize(
                self.pointer, data, len(data), array, length, False, special
            )
            if count >= 0:
                return list(array[:count])
            length = -count


_TAG = re.compile(r"[<\[].+[>\]]")


def _anywhere(words: set[str]) -> re.Pattern[str]:
    """Where any of the words begins, one inside another too."""
    words = {word for word in words | {w.replace("▁", " ") for w in words} if len(word) > 1}
    if not words:
        return re.compile("(?!)")
    first = "".join({re.escape(word[0]) for word in words})  # quick: most places fail here
    return re.compile(f"(?=[{first}])(?={'|'.join(map(re.escape, sorted(words)))})")
