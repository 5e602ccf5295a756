"""python -m rag --batch: a file of questions → answers on stdout, or in a file that can wait."""

import argparse
import os
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rag.assistant import Assistant
from rag.batch.asking import Limits, Result, answering, result_of, searching
from rag.batch.header import header_of
from rag.batch.held import HeldStore
from rag.batch.journal import opened, part_of, refuse_existing
from rag.batch.reading import Batch, read_batch
from rag.batch.row import Row
from rag.errors import InputError
from rag.jobs import InOrder, in_threads, patiently
from rag.llm import resolve
from rag.opening import assistant_of, retriever_of
from rag.retriever import Retriever
from rag.terminal import as_json

_AHEAD = 64  # results on stdout that may wait for an earlier one, besides those under way


def main(options: argparse.Namespace) -> int:
    """Ask all rows of `options.batch`; returns the exit code.

    Raises:
        YinzhengError: the batch, the store or a model cannot be opened, or answers not be written.
        KeyboardInterrupt: Ctrl-C, where the answers go to stdout.
    """
    batch = read_batch(options.batch)
    if options.out is not None:
        _make_sure_of(options.out, batch.path)
    if batch.ignored:
        _tell(f"{batch.path}: these columns are ignored: {', '.join(map(repr, batch.ignored))}")
    limits = Limits(options.k, options.since, options.until, tuple(options.source))
    assistant = None if options.search else assistant_of(options)
    retriever = assistant.retriever if assistant else retriever_of(options)
    retriever.store = HeldStore(retriever.store)
    ask = answering(assistant, limits) if assistant else searching(retriever, limits)
    if options.out is None:
        failed: int | None = _to_stdout(batch, ask, options.jobs)
    else:
        failed = _Kept(options, batch, retriever, assistant, limits).answer(ask)
    if failed is None:
        return 130
    if failed:
        _tell(f'{failed:,} of {batch.size:,} questions failed: see their "error"')
    return 1 if failed else 0


def _to_stdout(batch: Batch, ask: Callable[[Row], dict[str, Any]], jobs: int) -> int:
    """Print what comes of each row, in order, as soon as it is known; how many failed."""
    stop = threading.Event()
    failed = 0
    with _bar(batch.size) as bar:

        def give(result: Result) -> None:
            nonlocal failed
            failed += result.failed
            _tell_fault(batch, result, bar)
            bar.write(as_json(result.fields), file=sys.stdout)
            sys.stdout.flush()
            bar.update()

        in_order = InOrder(give, ahead=_AHEAD, stop=stop)

        def work(numbered: tuple[int, Row]) -> None:
            number, row = numbered
            result = patiently(lambda: result_of(row, ask), stop)
            if result is not None:
                in_order.put(number, result)

        in_threads(enumerate(batch), work, jobs=min(jobs, batch.size), stop=stop)
    return failed


@dataclass(frozen=True)
class _Kept:
    """A batch whose answers are kept as they come, so that it can go on after anything."""

    options: argparse.Namespace
    batch: Batch
    retriever: Retriever
    assistant: Assistant | None
    limits: Limits

    def answer(self, ask: Callable[[Row], dict[str, Any]]) -> int | None:
        """Ask what was not asked yet; how many failed in all, None if Ctrl-C ended it."""
        out, size = self.options.out, self.batch.size
        with opened(out, self._header()) as journal:
            done = journal.done
            if done:
                _tell(f"going on with {part_of(out)}: {len(done):,} of {size:,} are there")
            left = (row for row in self.batch if row.line not in done)
            try:
                self._ask(left, size - len(done), journal.add, ask)
                journal.finish()
            except KeyboardInterrupt:
                _tell(
                    f"interrupted; {len(journal.done):,} of {size:,} questions are asked. To go "
                    "on, give the same command again"
                )
                return None
            return journal.failed

    def _ask(
        self,
        rows: Iterable[Row],
        count: int,
        keep: Callable[[int, str, bool], None],
        ask: Callable[[Row], dict[str, Any]],
    ) -> None:
        stop = threading.Event()
        with _bar(self.batch.size, done=self.batch.size - count) as bar:

            def work(row: Row) -> None:
                result = patiently(lambda: result_of(row, ask), stop)
                if result is not None:
                    keep(row.line, as_json(result.fields), result.failed)
                    _tell_fault(self.batch, result, bar)
                    bar.update()

            in_threads(rows, work, jobs=min(self.options.jobs, count), stop=stop)

    def _header(self) -> dict[str, Any]:
        options = self.options
        named = None if self.assistant is None else options.llm or os.environ.get("RAG_LLM")
        return header_of(
            self.batch,
            self.retriever,
            self.assistant,
            self.limits,
            reranker=options.reranker or os.environ.get("RAG_RERANKER"),
            model_file=resolve(named) if named else None,
        )


def _make_sure_of(out: Path, batch: Path) -> None:
    """Refuse, before anything is asked, what cannot be the file of the answers.

    Raises:
        InputError: it is the batch itself, is there already, or its folder is not.
    """
    for path in (out, part_of(out)):
        if path.exists() and path.samefile(batch):
            raise InputError(f"--out {out} would write over the questions; choose another name")
    refuse_existing(out)
    if not out.parent.is_dir():
        raise InputError(f"there is no folder {out.parent}; make it, or choose another --out")


def _tell_fault(batch: Batch, result: Result, bar: "tqdm[Any]") -> None:
    if result.failed:
        text = f"{batch.path}, line {result.row.line}: {result.fields['error']}"
        bar.write(text.encode("utf-8", "replace").decode(), file=sys.stderr)


def _tell(text: str) -> None:
    sys.stderr.write(text.encode("utf-8", "replace").decode() + "\n")


def _bar(size: int, *, done: int = 0) -> "tqdm[Any]":
    """Progress on stderr, where that is a terminal."""
    return tqdm(total=size, initial=done, unit=" questions", disable=None, file=sys.stderr)
