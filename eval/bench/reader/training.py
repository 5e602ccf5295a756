"""Training the reader, with checkpoints that a later run goes on from."""

import math
import time
import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch

from eval.bench.reader.batches import POOL, batches
from eval.bench.reader.net import Batch, Net, Shape, loss
from eval.bench.reader.sources import Sources
from rag.errors import InputError
from rag.ranker_pieces import PieceTable
from rag.reader.inputs import width

RATE, DECAY, CLIP = 1e-3, 0.05, 1.0
WARM = 300  # steps until the full rate is reached
MADE = 0.8, 0.2  # share of made-up questions, at the beginning and in the end
AVERAGED = 0.998  # of the averaged weights that a step keeps
SAVED = 500  # steps between two checkpoints
_TOLD = 100
_AHEAD = 2  # pools that are made while one is learnt from
_LEARNT_A_STEP = 42  # questions, or so


class Run:
    """A network on its way.

    Attributes:
        averaged: the mean of its weights over the last steps, which is what is shipped.
        step: steps made.
        stopped: whether it has been told to stop.
    """

    def __init__(self, sources: Sources, steps: int, seed: int, shape: Shape) -> None:
        """A fresh one; the rate and the share of made-up questions fall over all `steps`."""
        torch.manual_seed(seed)
        self.sources, self.steps, self.seed = sources, steps, seed
        self.net = Net(shape)
        self.averaged = {k: v.clone() for k, v in self.net.state_dict().items()}
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=DECAY, fused=True
        )
        self.step = 0
        self.stopped = False
        self._pool = self._used = 0  # the pool that batches come from, and how many have come

    def save(self, path: Path) -> None:
        """Write a checkpoint, the old one in place until the new one is whole."""
        whole = {
            "net": self.net.state_dict(),
            "averaged": self.averaged,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "pools": self._pool,
            "used": self._used,
            "random": torch.get_rng_state(),
            "shape": asdict(self.net.shape),
        }
        fresh = path.with_suffix(".new")
        torch.save(whole, fresh)
        fresh.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint, with the batch and the dropout that would have come next.

        Raises:
            InputError: it cannot be read, or is of a network of another shape.
        """
        whole = read_checkpoint(path, self.net.shape)
        self.net.load_state_dict(whole["net"])
        self.averaged = whole["averaged"]
        self.optimiser.load_state_dict(whole["optimiser"])
        self.step, self._pool, self._used = whole["step"], whole["pools"], whole["used"]
        torch.set_rng_state(whole["random"])

    def stop(self) -> None:
        """Have `train` end after the step that it is at."""
        self.stopped = True

    def train(self, checkpoint: Path) -> Iterator[str]:
        """Learn until all steps are done, or it is told to stop; lines on the way."""
        if self.step >= self.steps:
            return
        # An uncompiled network is told so by torch: in bfloat16 its norms are computed in steps.
        warnings.filterwarnings("ignore", "Mismatch dtype between input and weight", UserWarning)
        self.net.train()
        losses: list[float] = []
        began, first = time.monotonic(), self.step
        for batch in self._prepared():
            losses.append(self._learn(batch))
            if self.step % _TOLD == 0:
                speed = (self.step - first) / (time.monotonic() - began)
                left = (self.steps - self.step) / speed / 60
                mean = np.mean(losses[-_TOLD:])
                yield f"# step {self.step} of {self.steps}, loss {mean:.3f}, {left:.0f} min left"
            ended = self.stopped or self.step >= self.steps
            if ended or self.step % SAVED == 0:
                self.save(checkpoint)
            if ended:
                return

    def _learn(self, batch: Batch) -> float:
        """One step; returns the loss before it."""
        share = 0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * self.step / self.steps))
        for group in self.optimiser.param_groups:
            group["lr"] = RATE * min(1, (self.step + 1) / WARM) * share
        with torch.autocast("cpu", torch.bfloat16):
            outputs = self.net(batch.rows, batch.present)
        value = loss(outputs, batch)
        self.optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)
        self.optimiser.step()
        self.step += 1
        keep = min(AVERAGED, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for name, weight in self.net.state_dict().items():
                self.averaged[name].lerp_(weight, 1 - keep)
        return value.item()

    def _prepared(self) -> Iterator[Batch]:
        """Batches from where the run is, made by a thread while the network learns."""
        worker = ThreadPoolExecutor(1)
        ahead = deque(worker.submit(self._batches, self._pool + i) for i in range(_AHEAD))
        skipped = self._used
        try:
            while True:
                pool = ahead.popleft().result()
                ahead.append(worker.submit(self._batches, self._pool + _AHEAD))
                for self._used, batch in enumerate(pool[skipped:], start=skipped + 1):
                    yield batch
                skipped = self._used = 0
                self._pool += 1
        finally:
            worker.shutdown(wait=False, cancel_futures=True)

    def _batches(self, number: int) -> list[Batch]:
        """Those of a pool; the same seed and number give the same."""
        rng = np.random.RandomState((self.seed * 1_000_003 + number) % 2**32)
        done = min(1.0, number * POOL / _LEARNT_A_STEP / self.steps)
        return batches(self.sources, rng, MADE[0] + (MADE[1] - MADE[0]) * done)


def read_checkpoint(path: Path, shape: Shape) -> dict[str, Any]:
    """What `Run.save` wrote.

    Raises:
        InputError: it cannot be read, or is of a network of another shape.
    """
    try:
        whole: dict[str, Any] = torch.load(path, weights_only=True)
        found = Shape(**whole["shape"])
    except (OSError, UnpicklingError, RuntimeError, KeyError, TypeError, EOFError) as error:
        raise InputError(f"{path} is no checkpoint; remove it, or name another file") from error
    if found.layers != shape.layers:
        raise InputError(
            f"{path} has {found.layers} layers, not {shape.layers}: "
            f"give --layers {found.layers}, or another --checkpoint"
        )
    if found != shape:
        raise InputError(f"{path} is of another network; remove it, or give another --checkpoint")
    return whole


def shape_for(table: PieceTable) -> Shape:
    """The network that is shipped, for vectors of this table."""
    return Shape(width(table.dimensions))
