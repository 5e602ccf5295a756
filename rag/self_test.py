"""What a loaded model does on this processor: that it computes numbers, and how fast."""

import os
import time
from dataclasses import dataclass

import numpy as np

from rag.errors import ModelError
from rag.llama_context import LIVE, Context
from rag.llama_native import native
from rag.llama_settings import Settings

PROMPT = 8  # tokens before those that are timed
TIMED = 8


def defaults() -> Settings:
    """How to compute on this machine; measured by `python -m eval bench llm`.

    Weights are not repacked where llama.cpp was built for Intel's AMX: its kernels there crash
    the process (version 0.3.36: an invalid tile configuration).
    """
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    amx = b"AMX_INT8 = 1" in native.llama_print_system_info()
    return Settings(threads or 1, threads or 1, extra_buffers=not amx)


@dataclass(frozen=True)
class SelfTest:
    """What came of computing a few tokens.

    Attributes:
        tokens_per_second: computed one after another, with hardly anything before them.
        together: times faster that they are computed in one batch.
    """

    tokens_per_second: float
    together: float

    @classmethod
    def run(cls, context: Context, vocabulary: int) -> "SelfTest":
        """Compute a few tokens, alone and together; what was in the context is lost.

        Args:
            context: of the model, nobody else's at the time.
            vocabulary: how many tokens there are.

        Raises:
            ModelError: the model computes no numbers.
        """
        tokens = np.linspace(vocabulary // 10, vocabulary // 2, PROMPT + TIMED).astype(int).tolist()
        context.clear()
        context.compute(tokens[:PROMPT], 0, rows=1)
        if np.isnan(context.logits(PROMPT - 1)).any():
            raise ModelError("the model computes no numbers: its file is damaged, replace it")
        start = time.perf_counter()
        for position, token in enumerate(tokens[PROMPT:], PROMPT):
            context.compute([token], position, rows=1)
        alone = time.perf_counter() - start
        if not context.trim(LIVE, PROMPT):
            context.clear()
            return cls(TIMED / alone, 0.0)
        start = time.perf_counter()
        context.compute(tokens[PROMPT:], PROMPT, rows=TIMED)
        together = time.perf_counter() - start
        context.clear()
        return cls(TIMED / alone, alone / together)
