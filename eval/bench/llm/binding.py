"""llama.cpp's C interface for measurements: as the engine imports it, with a quiet log."""

from rag.llama_native import native

__all__ = ["native"]

_QUIET = native.llama_log_callback(lambda level, text, data: None)
native.llama_log_set(_QUIET, None)  # llama.cpp keeps no reference: the name above does
native.llama_backend_init()
