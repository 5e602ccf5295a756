"""Embedding that is interrupted: nothing is embedded twice, and nothing is half there."""

import json
import os
import signal
import subprocess
import sys
import time
from ast import literal_eval
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.build import add, build, remove
from index.canary import TEXTS as CANARIES
from index.check import check, repair
from index.embedder import Kind, Vectors
from index.errors import StoreDamaged
from index.missing import _next_size
from index.store import Store
from tests.conftest import HashEmbedder

ROOT = Path(__file__).parents[2]


class Counting(HashEmbedder):
    """Counts how often each text was embedded, and is interrupted before the text number `stop`.

    The fixed texts, whose vectors are compared before others are computed, do not count.
    """

    def __init__(self, stop: int = 10**9, salt: str = "") -> None:
        super().__init__(16, salt)
        self.counts: Counter[str] = Counter()
        self.stop = stop

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        if list(texts) == list(CANARIES):
            return super().embed(texts, kind=kind)
        if sum(self.counts.values()) + len(texts) > self.stop:
            raise KeyboardInterrupt
        self.counts.update(texts)
        return super().embed(texts, kind=kind)


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    rows = [
        json.dumps({"id": f"n{i}", "title": f"题{i}", "text": f"第{i}段{'长' * (i % 7)}。"})
        for i in range(300)
    ]
    (folder / "many.jsonl").write_text("\n".join(rows), "utf-8")
    return folder


def test_an_interrupted_build_goes_on_where_it_was(articles: Path, tmp_path: Path) -> None:
    store, whole = tmp_path / "store", tmp_path / "whole"
    first = Counting(stop=200)
    with pytest.raises(KeyboardInterrupt):
        build([articles], store, first)
    done = sum(first.counts.values())
    assert 0 < done <= 200
    second = Counting()
    assert build([articles], store, second).embedded == 300 - done
    assert set((first.counts + second.counts).values()) == {1}
    build([articles], whole, Counting())
    one, other = Store(store).current(), Store(whole).current()
    everything = range(300)
    assert np.array_equal(one.vectors.vectors(everything), other.vectors.vectors(everything))
    assert check(store) == []


def test_an_interrupted_addition_changes_nothing_that_is_seen(
    articles: Path, tmp_path: Path
) -> None:
    store, extra = tmp_path / "store", tmp_path / "extra.txt"
    build([articles], store, Counting())
    extra.write_text("\n\n".join(f"新的第{i}段。" for i in range(50)), "utf-8")
    stopped = Counting(stop=20)
    with pytest.raises(KeyboardInterrupt):
        add([extra], store, stopped)
    assert check(store) == []
    assert Store(store).current().size == 300
    remove(["many.jsonl"], store)  # a change that embeds nothing forgets nothing
    after = Counting()
    assert add([extra], store, after).embedded == 50 - sum(stopped.counts.values())
    assert not stopped.counts & after.counts
    assert check(store) == []


def test_a_text_that_stands_twice_is_embedded_once(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("甲地有桥。\n\n乙地有湖。\n\n甲地有桥。\n", "utf-8")
    embedder = Counting()
    report = build([page], tmp_path / "store", embedder)
    assert (report.paragraphs, report.embedded) == (3, 2)
    assert set(embedder.counts.values()) == {1}
    found = Store(tmp_path / "store").current()
    rows = found.vectors.vectors(range(3))
    assert np.array_equal(rows[0], rows[2])
    expected = embedder.embed(["甲地有桥。", "乙地有湖。"], kind="passage")
    assert np.allclose(rows[:2], expected, atol=1e-3)


def test_vectors_of_what_is_gone_are_swept_by_the_next_build(
    articles: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    build([articles], store, Counting())
    other = articles / "other.txt"
    other.write_text("甲地有桥。", "utf-8")
    (articles / "many.jsonl").unlink()
    build([articles], store, Counting())
    (articles / "many.jsonl").write_text('{"text": "第1段长。"}', "utf-8")
    assert build([articles], store, Counting()).embedded == 1
    assert build([articles], store, Counting(salt="another")).embedded == 2
    assert build([articles], store, Counting()).embedded == 2  # those of the first are gone


def test_lost_vectors_are_found_and_made_anew(articles: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    (articles / "a.txt").write_text("甲地有桥。", "utf-8")
    build([articles], store, Counting())
    (store / "vectors.sqlite").unlink()
    (finding,) = check(store)
    assert "301 texts have no vector; check --repair takes them" in finding
    with pytest.raises(StoreDamaged, match="lacks vectors; build the store again"):
        remove(["a.txt"], store)
    assert build([articles], store, Counting()).embedded == 301
    assert check(store) == []
    (store / "vectors.sqlite").unlink()
    assert "301 vectors were taken from the published generation" in repair(store)
    assert check(store) == []
    assert build([articles], store, Counting()).embedded == 0


def test_calls_grow_while_they_are_quick_and_shrink_when_they_are_slow() -> None:
    assert [_next_size(size, 0.1) for size in (16, 600, 1024)] == [32, 1024, 1024]
    assert [_next_size(size, 1.0) for size in (16, 600)] == [16, 600]
    assert [_next_size(size, 5.0) for size in (16, 600)] == [16, 300]


_SLOW = """
import sys, time
from pathlib import Path
import index.missing
from index.build import build
from tests.index.test_missing import CANARIES, Counting

index.missing._SAVED_EVERY = 0.0
class Slow(Counting):
    def embed(self, texts, *, kind):
        found = super().embed(texts, kind=kind)
        for text in texts if len(texts) != len(CANARIES) else ():
            print(ascii(text), flush=True)
        time.sleep(0.05)
        return found

build([Path(sys.argv[1])], Path(sys.argv[2]), Slow())
"""


@pytest.mark.parametrize("calls", [2, 4])
def test_a_killed_build_loses_no_more_than_its_last_call(
    articles: Path, tmp_path: Path, calls: int
) -> None:
    store = tmp_path / "store"
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW, str(articles), str(store)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    texts = 16 * (2**calls - 1)  # calls of 16, 32, 64, … texts
    embedded = [literal_eval(process.stdout.readline()) for _ in range(texts)]
    time.sleep(0.02)  # the last of the calls that were told is being slept after, or is saved
    process.send_signal(signal.SIGKILL)
    embedded += [literal_eval(line) for line in process.stdout if line.endswith("\n")]
    assert process.wait() == -signal.SIGKILL
    after = Counting()
    report = build([articles], store, after)
    twice = set(embedded) & set(after.counts)
    assert report.embedded == len(after.counts) == 300 - len(embedded) + len(twice)
    assert len(twice) <= 16 * 2 ** (calls - 1)  # the last call's
    assert report.paragraphs == 300
    assert check(store) == []
