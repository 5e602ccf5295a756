"""The parts of `python -m eval bench tools`, over one archive."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from eval.bench.tools.archive import Archive, given, made
from eval.bench.tools.serving import load_rows, server
from eval.bench.tools.timing import AGAIN, PLAIN, Row, agree, interleaved, overheads
from eval.bench.tools.ways import Way, libraries, over_http, plain

_COMPARED = 20  # questions by which it is made sure that all ways find the same


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        parts: "adapters", "serve".
        store: an archive that is there; None makes one of `paragraphs`.
        articles, news: what it is grown from, as in `eval.bench.grow.seed_texts`.
        embedder: folder or hub name; None is the bundled one.
        questions: asked through each adapter.
        seconds: of each load.
    """

    parts: Sequence[str]
    store: Path | None
    paragraphs: int
    articles: Path
    news: Sequence[Path]
    embedder: str | None
    questions: int
    seconds: float


def bench(plan: Plan) -> list[Row]:
    """The rows of all parts; each names its part and the size of the archive.

    Raises:
        YinzhengError: nothing to search, or a server or a measuring process failed.
    """
    rows: list[Row] = []
    with _archive(plan) as archive, server(archive.folder, plan.embedder) as port:
        for part in plan.parts:
            found = _adapters(archive, plan, port) if part == "adapters" else []
            if part == "serve":
                asked = archive.questions
                found = load_rows(port, archive.folder, plan.embedder, asked, plan.seconds)
            rows += [{"part": part, "paragraphs": archive.paragraphs, **row} for row in found]
    return rows


def _adapters(archive: Archive, plan: Plan, port: int) -> list[Row]:
    """What each way adds, and a row without figures for each that is not there."""
    with ExitStack() as opened:
        ways = [plain(archive.retriever, PLAIN), plain(archive.retriever, AGAIN)]
        found, missing = libraries(archive.retriever)
        ways += [*found, opened.enter_context(over_http(port))]
        ways += _mcp(archive, plan, opened, missing)
        agree({way.name: way.found for way in ways}, archive.questions[:_COMPARED])
        times = interleaved({way.name: way.call for way in ways}, archive.questions)
    for line in missing:
        sys.stderr.write(f"left out: {line}\n")
    absent = [{"way": line.split(":")[0], "questions": 0} for line in missing]
    return [*overheads(times), *absent]


def _mcp(archive: Archive, plan: Plan, opened: ExitStack, missing: list[str]) -> list[Way]:
    try:
        from eval.bench.tools.over_mcp import over_mcp
    except ImportError as error:
        missing.append(f"MCP: {error}")
        return []
    return [opened.enter_context(over_mcp(archive.folder, plan.embedder))]


@contextmanager
def _archive(plan: Plan) -> Iterator[Archive]:
    if plan.store is not None:
        yield given(plan.store, plan.embedder, plan.questions)
        return
    sizes = (plan.paragraphs, plan.articles, plan.news, plan.embedder, plan.questions)
    with made(*sizes) as archive:
        yield archive
