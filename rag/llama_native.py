"""llama.cpp's C interface as the engine uses it: loading, templates, its log kept quiet."""

import ctypes
import importlib
import os
import re
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from rag.errors import ModelError
from rag.llama_settings import Settings

SEQUENCES = 24  # of one context: conversations and passages; more cost nothing while empty


def _import_native() -> ModuleType:
    """llama.cpp's C interface, with OpenMP threads that soon sleep while they wait for each other.

    Those that spin on, as is usual, lose whole time slices to any other busy process: two threads
    on two shared cores were 4 to 6 times slower. Those that sleep at once wake up late, several
    hundred times a token: decoding was 1.5 times slower on two idle cores. A spin of some
    microseconds is nearly the best of both (measured). OpenMP reads the variables once, while it
    loads; values set by the user are left alone.
    """
    ours = {name: value for name, value in _WAITING.items() if name not in os.environ}
    os.environ.update(ours)
    try:
        return importlib.import_module("llama_cpp.llama_cpp")
    finally:
        for name in ours:
            del os.environ[name]


_WAITING = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "1000"}
native = _import_native()

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
    line = re.sub(r"^(\w+: )?(error loading model: )?", "", line)[:200]
    # it quotes names from the file, which may hold what a terminal obeys
    return "".join(character for character in line if character.isprintable())


def load_model(
    path: Path, settings: Settings, *, progress: Callable[[float], None] | None = None
) -> int:
    """llama.cpp's model.

    Args:
        path: the .gguf; of a model in parts the first.
        settings: how it is laid out in memory.
        progress: told the share that is loaded, now and then.

    Raises:
        ModelError: llama.cpp cannot load the file, or not as a model that continues text.
    """
    _complaints.clear()
    native.llama_log_set(_LOG, None)
    native.llama_backend_init()
    params = native.llama_model_default_params()
    params.n_gpu_layers = 0
    params.use_extra_bufts = settings.extra_buffers
    told = native.llama_progress_callback(
        lambda share, _: progress is None or _told(progress, share)
    )
    params.progress_callback = told
    model = native.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        raise ModelError(f"{path} does not load ({_reason()}); download it again")
    if native.llama_model_has_encoder(model) or native.llama_model_is_diffusion(model):
        native.llama_model_free(model)
        raise ModelError(f"{path} is no model that continues text; choose a chat model")
    return int(model)


def check_vocabulary(model: int, path: Path) -> None:
    """Refuse a model without words, which cannot reply; it is freed then.

    Raises:
        ModelError: it has none.
    """
    kind = native.llama_vocab_type(native.llama_model_get_vocab(model))
    if kind == native.LLAMA_VOCAB_TYPE_NONE:
        native.llama_model_free(model)
        raise ModelError(f"{path} has no vocabulary; choose a chat model, or --llm reader")


def open_context(model: int, path: Path, context_size: int, settings: Settings) -> int:
    """A context of the model: one store of cells for several sequences.

    Raises:
        ModelError: there is no memory for it; the model is freed then.
    """
    params = native.llama_context_default_params()
    params.n_ctx = context_size
    params.n_batch = params.n_ubatch = settings.batch
    params.n_seq_max = SEQUENCES
    params.kv_unified = True
    params.n_threads = settings.threads
    params.n_threads_batch = settings.prompt_threads
    params.flash_attn_type = (
        native.LLAMA_FLASH_ATTN_TYPE_ENABLED
        if settings.flash_attention
        else native.LLAMA_FLASH_ATTN_TYPE_DISABLED
    )
    context = native.llama_init_from_model(model, params)
    if not context:
        native.llama_model_free(model)
        raise ModelError(
            f"{path} gets no memory for {params.n_ctx} tokens ({_reason()}); choose a smaller model"
        )
    return int(context)


def release(model: int, context: int) -> None:
    """Free a context and its model."""
    native.llama_free(context)
    native.llama_model_free(model)


def format_chat(template: bytes, messages: Sequence[tuple[str, str]]) -> str | None:
    """The conversation, up to where the answer begins; None if llama.cpp knows no such template.

    Args:
        template: the model's own.
        messages: (role, content) each.
    """
    chat = (native.llama_chat_message * len(messages))(
        *(native.llama_chat_message(role.encode(), text.encode()) for role, text in messages)
    )
    size = 1024 + 4 * sum(len(text) for _, text in messages)
    while True:
        buffer = ctypes.create_string_buffer(size)
        length = native.llama_chat_apply_template(
            template, chat, len(messages), True, buffer, len(buffer)
        )
        if length <= size:
            return buffer.raw[:length].decode("utf-8", "replace") if length >= 0 else None
        size = length


def _told(progress: Callable[[float], None] | None, share: float) -> bool:
    if progress is not None:
        progress(share)
    return True
