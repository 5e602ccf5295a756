"""How far llama.cpp is from what the memory and the arithmetic of this machine allow."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from eval.bench.llm.kernels import ANSWER, PROMPT, Row
from eval.bench.llm.shapes import Shape

_BYTES = 1 << 29  # for each thread, larger than its share of any cache
_SIDE = 2048  # of the square matrices
_RUNS = 7


def machine(threads: int = 2) -> Row:
    """Bytes that `threads` read in a second, and operations of matrix products, both in 1e9."""
    torch.set_num_threads(threads)
    a = torch.randn(_SIDE, _SIDE)
    half = a.bfloat16()
    return {
        "read GB/s": _bandwidth(threads),
        "f32 GFLOPS": 2e-9 * _SIDE**3 / _fastest(lambda: a @ a),
        "bf16 GFLOPS": 2e-9 * _SIDE**3 / _fastest(lambda: half @ half),
    }


def roofline(row: Row, path: Path, shape: Shape, limits: Row) -> Row:
    """A row of `kernels.bench` beside the limits of the machine.

    Decoding reads every weight once a token: `read GB/s` is the file times tokens, as a share of
    the memory's. Prefill multiplies every weight but the embeddings with every token, and adds
    attention: `GFLOPS` as a share of an f32 product's.
    """
    attention = 4 * shape.layers * shape.heads * shape.head_dim * PROMPT / 2
    operations = (2 * shape.inner + attention) * float(str(row["prefill t/s"])) / 1e9
    cache = 4 * shape.layers * shape.kv_heads * shape.head_dim * (PROMPT + ANSWER / 2)
    reads = (path.stat().st_size + cache) * float(str(row["decode t/s"])) / 1e9
    return {
        "decode GB/s": reads,
        "of memory": reads / float(str(limits["read GB/s"])),
        "prefill GFLOPS": operations,
        "of f32": operations / float(str(limits["f32 GFLOPS"])),
    }


def _bandwidth(threads: int) -> float:
    parts = [np.ones(_BYTES // 8, np.int64) for _ in range(threads)]

    def read() -> None:
        readers = [threading.Thread(target=part.max) for part in parts]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()

    return 1e-9 * threads * _BYTES / _fastest(read)


def _fastest(work: Callable[[], object]) -> float:
    """Seconds of one of several runs: the quickest, for a limit is what is possible."""
    times = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
