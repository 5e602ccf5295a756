from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from eval.bench.reader.net import Shape
from eval.bench.reader.sources import Sources
from eval.bench.reader.training import Run, read_checkpoint
from rag.errors import InputError
from rag.ranker_pieces import bundled_pieces
from rag.reader.inputs import width

STEPS = 12


@pytest.fixture
def shape() -> Shape:
    return Shape(width(bundled_pieces().dimensions), 16, 1, 2, 16)


def same(one: Run, other: Run) -> bool:
    return all(torch.equal(one.averaged[name], other.averaged[name]) for name in one.averaged)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("stopped_at", [1, 5, 9])
def test_a_run_that_was_stopped_ends_like_one_that_ran_through(
    sources: Sources, shape: Shape, tmp_path: Path, stopped_at: int
) -> None:
    whole = Run(sources, STEPS, 1, shape)
    list(whole.train(tmp_path / "whole.pt"))
    path = tmp_path / "parts.pt"
    first = Run(sources, STEPS, 1, shape)
    learn = first._learn

    def stop_then(batch):  # type: ignore[no-untyped-def]
        if first.step == stopped_at - 1:
            first.stop()
        return learn(batch)

    first._learn = stop_then  # type: ignore[method-assign]
    list(first.train(path))
    assert first.step == stopped_at
    torch.manual_seed(77)
    second = Run(sources, STEPS, 1, shape)
    second.load(path)
    assert second.step == stopped_at and not same(second, whole)
    list(second.train(path))
    assert second.step == STEPS
    assert second._pool > 0  # more than one pool was learnt from
    assert same(second, whole)
    assert read_checkpoint(path, shape)["step"] == STEPS


@pytest.mark.usefixtures("few")
def test_another_seed_gives_other_batches(sources: Sources, shape: Shape) -> None:
    one, two = (next(Run(sources, STEPS, seed, shape)._prepared()) for seed in (1, 2))
    assert one.rows.shape != two.rows.shape or not torch.equal(one.rows, two.rows)


@pytest.mark.usefixtures("few")
def test_a_batch_that_cannot_be_made_ends_the_run(
    sources: Sources, shape: Shape, tmp_path: Path
) -> None:
    broken = replace(sources, real=[], articles=[], shares=[])
    with pytest.raises(ValueError, match="a must be greater|high <= 0|a cannot be empty"):
        list(Run(broken, STEPS, 1, shape).train(tmp_path / "a.pt"))


@pytest.mark.usefixtures("few")
def test_nothing_is_learnt_when_all_steps_are_done(
    sources: Sources, shape: Shape, tmp_path: Path
) -> None:
    run = Run(sources, 0, 1, shape)
    assert list(islice(run.train(tmp_path / "a.pt"), 3)) == []
    assert not (tmp_path / "a.pt").exists()


def test_a_checkpoint_of_another_shape_is_refused(
    sources: Sources, shape: Shape, tmp_path: Path
) -> None:
    path = tmp_path / "a.pt"
    Run(sources, 1, 1, shape).save(path)
    with pytest.raises(InputError, match="has 1 layers, not 2: give --layers 1, or another"):
        Run(sources, 1, 1, replace(shape, layers=2)).load(path)
    with pytest.raises(InputError, match="is of another network"):
        Run(sources, 1, 1, replace(shape, embedding=32)).load(path)


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 cut"])
def test_other_files_are_no_checkpoints(content: bytes, shape: Shape, tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is no checkpoint; remove it"):
        read_checkpoint(path, shape)
