"""Every drawn question and its twin, asked in each mode, in turns."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from tqdm import tqdm

from eval.bench.reader_pipeline.archives import Archive, Asking, Sources, archives
from eval.bench.reader_pipeline.modes import Mode, opened
from eval.bench.reader_pipeline.outcomes import Outcome, outcome
from eval.bench.reader_pipeline.table import Row, difference_rows, mode_row
from index.embedder import load_embedder
from rag.answer import Answer
from rag.assistant import Assistant

MODES = ("quote", "reader")
LIMIT = 400  # questions of each set
MOST = 20_000  # passages of news beside them
K = 8


def bench(
    sources: Sources, names: Sequence[str], embedder: str | None, limit: int
) -> dict[str, list[Row]]:
    """Two tables: a row for each set and mode, and the differences to the first mode.

    Raises:
        InputError: there is no such set, or a file cannot be read.
        ModelError: a model does not load, or stops computing.
    """
    measured: list[Row] = []
    differences: list[Row] = []
    with ExitStack() as stack:
        modes = [stack.enter_context(opened(name)) for name in dict.fromkeys(names)]
        for archive in archives(sources, load_embedder(embedder), limit):
            found = asked_in_turns(archive, modes)
            size = {"set": archive.pool.name, "paragraphs": archive.paragraphs}
            measured += [size | mode_row(mode, found[mode.name]) for mode in modes]
            first, *others = modes
            for mode in others:
                rows = difference_rows(found[first.name], found[mode.name])
                change = {"set": archive.pool.name, "change": f"{first.name} → {mode.name}"}
                differences += [change | row for row in rows]
    return {"Modes": measured, "Differences": differences}


def asked_in_turns(archive: Archive, modes: Sequence[Mode]) -> dict[str, list[Outcome]]:
    """The outcomes of each mode, in the order of the questions.

    Another mode begins with each question, so that none always finds warm caches; and each is
    asked once before anything counts.
    """
    assistants = {mode.name: Assistant(archive.retriever, mode.llm) for mode in modes}
    for assistant in assistants.values():
        assistant.ask(archive.drawn[0].question, k=K)
    found: dict[str, list[Outcome]] = {name: [] for name in assistants}
    bar = tqdm(
        archive.drawn, desc=archive.pool.name, unit=" questions", leave=False, mininterval=1,
        disable=None,
    )  # fmt: skip
    for number, asked in enumerate(bar):
        turn = number % len(modes)
        names = [*assistants][turn:] + [*assistants][:turn]
        for name, got in _of_question(archive, asked, {name: assistants[name] for name in names}):
            found[name].append(got)
    return found


def _of_question(
    archive: Archive, asked: Asking, assistants: dict[str, Assistant]
) -> Iterator[tuple[str, Outcome]]:
    retriever = archive.retriever
    answers: dict[str, tuple[Answer, float]] = {}
    for name, assistant in assistants.items():
        answer = assistant.ask(asked.question, k=K)
        answers[name] = answer, answer.timings.total_ms / 1000 - retriever.seconds
    with retriever.twins.lacking([str(asked.text)]):
        for name, assistant in assistants.items():
            answer, seconds = answers[name]
            yield name, outcome(asked, answer, assistant.ask(asked.question, k=K), seconds)
