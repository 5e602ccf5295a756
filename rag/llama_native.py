"""llama.cpp's C interface as the engine uses it: loading, vocabulary, its log kept quiet."""

import ctypes
import importlib
import os
import re
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from rag.chat_template import Piece
from rag.errors import ModelError
from rag.thoughts import END_THINK, THINK

CHUNK = 128  # tokens of the prompt between two looks at whether the answer is still wanted


def _import_native() -> ModuleType:
    """llama.cpp's C interface, with OpenMP threads that sleep while they wait for each other.

    Those that spin, as is usual, lose whole time slices to any other busy process: two threads
    on two shared cores were 4 to 6 times slower than those that sleep (measured). OpenMP reads
    the variable once, while it loads; a value set by the user is left alone.
    """
    ours = "OMP_WAIT_POLICY" not in os.environ
    if ours:
        os.environ["OMP_WAIT_POLICY"] = "passive"
    try:
        return importlib.import_module("llama_cpp.llama_cpp")
    finally:
        if ours:
            del os.environ["OMP_WAIT_POLICY"]


native = _import_native()


class Vocabulary:
    """Text ↔ tokens; what is not trusted never becomes a control token."""

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
        self._thinking = {token for token, text in texts.items() if text in (THINK, END_THINK)}
        self._forbidden = {
            token
            for token, text in texts.items()
            if _TAG.fullmatch(text)
            or native.llama_vocab_get_attr(pointer, token) & native.LLAMA_TOKEN_ATTR_CONTROL
        }
        self._inside = _anywhere({texts[token] for token in self._forbidden})

    def text(self, token: int) -> str:
        """How the vocabulary spells a token; nothing for -1, the token a model does not have."""
        if token < 0:
            return ""
        return str(native.llama_vocab_get_text(self.pointer, token).decode("utf-8", "replace"))

    def ends(self, token: int) -> bool:
        """Whether a token ends the answer."""
        return bool(native.llama_vocab_is_eog(self.pointer, token))

    def shown(self, token: int) -> bytes:
        """The bytes a token stands for; none for control tokens other than `<think>`."""
        length = 64
        while True:
            buffer = ctypes.create_string_buffer(length)
            length = native.llama_token_to_piece(
                self.pointer, token, buffer, len(buffer), 0, token in self._thinking
            )
            if length >= 0:
                return buffer.raw[:length]
            length = -length

    def prompt(self, pieces: Sequence[Piece]) -> list[int]:
        """The tokens of a prompt, with the one that begins it exactly once."""
        tokens: list[int] = []
        for piece in pieces:
            tokens += (
                self._encode(piece.text, True) if piece.trusted else self.untrusted(piece.text)
            )
        if self._adds_bos and tokens[:1] != [self.bos]:
            tokens.insert(0, self.bos)
        return tokens

    def untrusted(self, text: str) -> list[int]:
        """The tokens of a text of unknown origin, without any control token.

        That special tokens are off is not enough: SentencePiece may join pieces into one, and
        some models mark their tags as ordinary. So whatever reads like one is cut in two first.
        """
        cuts = [match.start() + 1 for match in self._inside.finditer(text)]
        parts = [text[a:b] for a, b in pairwise([0, *cuts, len(text)])]
        tokens = [token for part in parts for token in self._encode(part, False)]
        return [token for token in tokens if token not in self._forbidden]

    def _encode(self, text: str, special: bool) -> list[int]:
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
_LOG_ERROR = 4  # the level of such a line
_complaints: deque[str] = deque(maxlen=16)


def _on_log(level: int, text: bytes, _: object) -> None:
    """Keep llama.cpp off stderr, and what went wrong for our own message."""
    if level == _LOG_ERROR:
        _complaints.append(" ".join(text.decode("utf-8", "replace").split()))


_LOG = native.llama_log_callback(_on_log)  # llama.cpp keeps no reference of its own


def _reason() -> str:
    """What llama.cpp said first when something went wrong, without the names of its functions."""
    line = _complaints[0] if _complaints else "it gives no reason"
    return re.sub(r"^(\w+: )?(error loading model: )?", "", line)[:200]


def _anywhere(words: set[str]) -> re.Pattern[str]:
    """Where any of the words begins, one inside another too."""
    words = {word for word in words | {w.replace("▁", " ") for w in words} if len(word) > 1}
    if not words:
        return re.compile("(?!)")
    first = "".join({re.escape(word[0]) for word in words})  # quick: most places fail here
    return re.compile(f"(?=[{first}])(?={'|'.join(map(re.escape, sorted(words)))})")


def load(path: Path, context_size: int, threads: int) -> tuple[int, int]:
    """llama.cpp's model and context."""
    _complaints.clear()
    native.llama_log_set(_LOG, None)
    native.llama_backend_init()
    model = native.llama_model_load_from_file(
        os.fsencode(path), native.llama_model_default_params()
    )
    if not model:
        raise ModelError(f"{path} does not load ({_reason()}); download it again")
    if native.llama_model_has_encoder(model):
        native.llama_model_free(model)
        raise ModelError(f"{path} is no model that continues text; choose a chat model")
    params = native.llama_context_default_params()
    params.n_ctx = min(context_size, native.llama_model_n_ctx_train(model))
    params.n_batch = params.n_ubatch = CHUNK
    params.n_threads = params.n_threads_batch = threads
    # on some CPUs flash attention makes long prompts several times slower, on few much faster
    params.flash_attn_type = native.LLAMA_FLASH_ATTN_TYPE_DISABLED
    context = native.llama_init_from_model(model, params)
    if not context:
        native.llama_model_free(model)
        raise ModelError(
            f"{path} gets no memory for {params.n_ctx} tokens ({_reason()}); choose a smaller model"
        )
    return model, context


def release(model: int, context: int) -> None:
    """Free what `load` returned."""
    native.llama_free(context)
    native.llama_model_free(model)
