"""llama.cpp's C interface for measurements: threads that sleep while they wait, a quiet log."""

import importlib
import os
from types import ModuleType


def _import_native() -> ModuleType:
    """As the engine imports it; whatever is measured here must hold for the engine."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read once, while OpenMP loads
    return importlib.import_module("llama_cpp.llama_cpp")


native = _import_native()
_QUIET = native.llama_log_callback(lambda level, text, data: None)
native.llama_log_set(_QUIET, None)  # llama.cpp keeps no reference: the name above does
native.llama_backend_init()
