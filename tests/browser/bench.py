"""How quick, calm and lasting the page is, in a real browser: `python -m tests.browser.bench`.

first   from the Enter key to the first source and the first sentence in sight, by quotation over
        10,000 paragraphs with the bundled embedder
typing  from a key to its character while a model streams; long tasks; what jumps meanwhile
soak    eight readers who ask for minutes, each about paragraphs of its own: no answer may reach
        another, nothing may fail, and the server may not grow

Exit codes: 0 all targets are met, 1 one is not. The figures are those of this computer and of
everything else that runs on it meanwhile.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.statistics import percentile
from tests.browser.stage import Stage, make_store, staged, station

# Where the page shows what.
BOX = "#box textarea"
READY = "#chat .example"  # the page can be asked
SOURCE = "#panel .source .text"
SENTENCE = "#chat .sentence"
QUESTION = "#chat .question"
DONE = "#chat .tools"  # one below each answer
ANSWER = "#chat .answer"
TROUBLE = "#chat .trouble"

PARAGRAPHS = 10_000
READERS = 8
RATE = 30  # tokens a second of the made model
_WARM = 0.2  # share of a soak before memory counts
_PAGE = 20  # questions of a reader before the page is opened anew
_QUIET = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking")
_WATCH = """
window.found = { keys: [], tasks: [], shifts: [], begun: 0 };
addEventListener("keydown", (event) => {
  if (event.key === "Enter") found.begun = performance.now();
  const pressed = event.timeStamp;
  requestAnimationFrame(() => {  // and once this frame is painted:
    const channel = new MessageChannel();
    channel.port1.onmessage = () => found.keys.push(performance.now() - pressed);
    channel.port2.postMessage(0);
  });
}, true);
const watch = (type, take) => new PerformanceObserver((list) => {
  list.getEntries().forEach(take);
}).observe({ type, buffered: true });
watch("longtask", (entry) => found.tasks.push(entry.duration));
watch("layout-shift", (entry) => found.shifts.push({
  value: entry.value,
  typed: entry.hadRecentInput,
  what: (entry.sources || []).map(({ node }) => node && node.nodeType === 1 ?
    `${node.localName}#${node.id}.${node.className}`.slice(0, 60) : "text").join(", "),
}));
window.sight = (selector, words) => new Promise((done) => {
  const end = performance.now() + 10000;
  const look = () => {
    const there = [...document.querySelectorAll(selector)].some((node) =>
      node.textContent.includes(words) && node.checkVisibility());
    if (there) requestAnimationFrame(() => done(performance.now() - found.begun));
    else if (performance.now() > end) done(null);
    else requestAnimationFrame(look);
  };
  look();
});
"""


@dataclass(frozen=True)
class Figure:
    """Something measured; `most` is what it may be at most, if there is a target."""

    name: str
    value: float | None
    unit: str = "ms"
    most: float | None = None

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.most is None or (self.value is not None and self.value <= self.most)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; returns the exit code."""
    options = _options(arguments)
    chosen = options.parts or list(PARTS)
    with _store(options.store) as store:
        figures = [Figure("load of this computer before", os.getloadavg()[0], "")]
        figures += [figure for part in chosen for figure in PARTS[part](store, options)]
    if options.json:
        print(json.dumps({f.name: asdict(f) | {"met": f.met} for f in figures}))
    else:
        for figure in figures:
            print(_line(figure))
    return 0 if all(figure.met for figure in figures) else 1


def first(store: Path, options: argparse.Namespace) -> list[Figure]:
    """From the Enter key to what a reader sees first."""
    sources, sentences = [], []
    with staged(store) as stage, _page(stage, warm=True) as page:
        for number in range(1, 1 + options.questions):
            question, figure = station(number * 487 % PARAGRAPHS)
            page.fill(BOX, question)
            page.evaluate(
                "([source, sentence, words]) => { window.both = Promise.all("
                "[sight(source, words), sight(sentence, words)]); }",
                [SOURCE, SENTENCE, f"{figure}万"],
            )
            page.press(BOX, "Enter")
            source, sentence = page.evaluate("window.both")
            sources.append(source)
            sentences.append(sentence)
            page.wait_for_timeout(200)
    return [
        *_times("first source", sources, most=300),
        *_times("first sentence", sentences, most=600),
    ]


def typing(store: Path, options: argparse.Namespace) -> list[Figure]:
    """Half of the time an answer streams by itself, then somebody types the next question."""
    model = staged(store, rate=RATE, seconds=options.typing + 5)
    with model as stage, _page(stage, warm=False) as page:
        page.fill(BOX, station(7)[0])
        page.press(BOX, "Enter")
        page.wait_for_selector(SENTENCE)
        page.wait_for_timeout(500)
        page.evaluate("Object.assign(found, { keys: [], tasks: [], shifts: [] })")
        page.wait_for_timeout(options.typing * 500)
        quiet = page.evaluate("found.shifts.splice(0)")
        page.focus(BOX)
        end = time.monotonic() + options.typing / 2
        typed = ""
        while time.monotonic() < end:
            page.keyboard.press("a")
            typed += "a"
            page.wait_for_timeout(90)
        found = page.evaluate("found")
        kept = page.input_value(BOX) == typed
    shifts = [*quiet, *found["shifts"]]
    for shift in sorted(shifts, key=lambda s: -s["value"])[:3]:
        print(f"  jump of {shift['value']:.4f}: {shift['what']}", file=sys.stderr)
    tasks = found["tasks"]
    return [
        *_times("key to character", found["keys"], most=100),
        Figure("characters lost", float(not kept), "", 0),
        Figure("long tasks a minute", 60 * len(tasks) / options.typing, ""),
        Figure("longest task", max(tasks, default=0.0)),
        Figure("layout shift while streaming", sum(s["value"] for s in quiet), "", 0.1),
        Figure("layout shift while typing", sum(s["value"] for s in found["shifts"]), ""),
    ]


def soak(store: Path, options: argparse.Namespace) -> list[Figure]:
    """Eight readers at once, for minutes."""
    with staged(store) as stage:
        return asyncio.run(_soak(stage, options.seconds, _judge(store)))


def _judge(store: Path) -> Callable[[str, str], bool]:
    """Whether the page's answer to a question is the one that the articles give to it alone."""
    from rag import open_assistant

    assistant = open_assistant(store, llm="quote")

    def own(question: str, shown: str) -> bool:
        answer = assistant.ask(question)
        said = [sentence.text for sentence in answer.sentences] or [answer.message]
        return all("".join(text.split()) in "".join(shown.split()) for text in said)

    return own


async def _soak(stage: Stage, seconds: float, own: Callable[[str, str], bool]) -> list[Figure]:
    from playwright.async_api import async_playwright

    end = time.monotonic() + seconds
    memory: list[tuple[float, float]] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_chromium(), args=list(_QUIET))
        readers = [_Reader(stage.address, number) for number in range(READERS)]
        work = [asyncio.create_task(reader.read(browser, end)) for reader in readers]
        while time.monotonic() < end:
            memory.append((time.monotonic(), stage.resident))
            await asyncio.sleep(min(2.0, seconds / 20))
        await asyncio.gather(*work)
        memory.append((time.monotonic(), stage.resident))
        await browser.close()
    for reader in readers:
        for question, shown in reader.doubted:
            if not own(question, shown):
                reader.mixed += 1
                reader.troubles.append(f"{question} was answered: {shown[:80]}")
    warm = [megabytes for at, megabytes in memory if at > end - seconds * (1 - _WARM)]
    answers = [wait for reader in readers for wait in reader.waits]
    troubles = [line for reader in readers for line in reader.troubles]
    for line in troubles[:10]:
        print(f"  {line}", file=sys.stderr)
    return [
        Figure("answers", float(len(answers)), ""),
        *_times("answer of eight at once", answers),
        Figure(
            "… that have the figure", sum(reader.right for reader in readers) / len(answers), ""
        ),
        Figure("mixed answers", float(sum(reader.mixed for reader in readers)), "", 0),
        Figure("errors", float(len(troubles)), "", 0),
        Figure("memory after warming up", warm[0], "MB"),
        Figure("memory at the end", warm[-1], "MB"),
        Figure("growth", 100 * (warm[-1] / warm[0] - 1), "%", 10),
    ]


class _Reader:
    """Asks about stations of its own only, one after the other."""

    def __init__(self, address: str, number: int) -> None:
        self._address, self._number = address, number
        self.waits: list[float | None] = []
        self.troubles: list[str] = []
        self.mixed = self.right = 0
        self.doubted: list[tuple[str, str]] = []

    async def read(self, browser: object, end: float) -> None:
        """Ask until the end; whatever goes wrong is kept and counted."""
        from playwright.async_api import Error

        asked = 0
        await asyncio.sleep(self._number)  # nobody opens eight pages in the same instant
        while time.monotonic() < end:
            context = await browser.new_context(locale="zh-CN")
            context.set_default_timeout(60_000)
            page = await context.new_page()
            page.on("pageerror", lambda error: self.troubles.append(str(error)))
            try:
                await page.goto(self._address)
                await page.wait_for_selector(READY)
                for turn in range(1, _PAGE + 1):
                    if time.monotonic() < end:
                        asked += 1
                        await self._ask(page, READERS * asked + self._number, turn)
            except Error as error:
                self.troubles.append(f"reader {self._number}, question {asked}: {error}")
            await context.close()

    async def _ask(self, page: object, number: int, turn: int) -> None:
        question, figure = station(number % PARAGRAPHS)
        begun = time.monotonic()
        await page.fill(BOX, question)
        await page.press(BOX, "Enter")
        arguments = [DONE, turn]
        await page.wait_for_function(
            "([done, turn]) => document.querySelectorAll(done).length >= turn", arg=arguments
        )
        self.waits.append(1000 * (time.monotonic() - begun))
        texts = "(all) => all.map((node) => node.textContent)"
        questions = await page.eval_on_selector_all(QUESTION, texts)
        answer = "".join((await page.eval_on_selector_all(ANSWER, texts))[-1:])
        if await page.locator(TROUBLE).count():
            self.troubles.append(f"reader {self._number}: trouble with {question}")
        own = {station(n % PARAGRAPHS)[0] for n in range(self._number, number + 1, READERS)}
        if question != questions[-1] or not own.issuperset(questions):
            self.mixed += 1
            self.troubles.append(f"reader {self._number}: {question} stands below {questions[-1]}")
        self.right += figure in answer
        if figure not in answer:  # was it found wrongly, or is it the answer of somebody else?
            self.doubted.append((question, answer))


PARTS: dict[str, Callable[[Path, argparse.Namespace], list[Figure]]] = {
    "first": first,
    "typing": typing,
    "soak": soak,
}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="first, typing, soak; else all")
    parser.add_argument("--questions", type=int, default=20, help="of `first` (default: 20)")
    parser.add_argument("--typing", type=float, default=60, help="seconds of `typing` (60)")
    parser.add_argument("--seconds", type=float, default=300, help="of `soak` (default: 300)")
    parser.add_argument("--store", type=Path, help="folder to make the store in, and to keep it")
    parser.add_argument("--json", action="store_true", help="one object in place of the table")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    return options


@contextmanager
def _store(kept: Path | None) -> Iterator[Path]:
    if kept is not None and (kept / "store").exists():
        yield kept / "store"
    elif kept is not None:
        yield make_store(kept, PARAGRAPHS)
    else:
        with tempfile.TemporaryDirectory(prefix="page-") as folder:
            yield make_store(Path(folder), PARAGRAPHS)


@contextmanager
def _page(stage: Stage, *, warm: bool) -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=list(_QUIET))
        page = browser.new_page(locale="zh-CN", viewport={"width": 1280, "height": 800})
        page.add_init_script(_WATCH)
        page.goto(stage.address)
        page.wait_for_selector(READY)
        if warm:  # the first question opens the store
            page.fill(BOX, station(PARAGRAPHS - 1)[0])
            page.press(BOX, "Enter")
            page.wait_for_selector(DONE)
        yield page
        browser.close()


def _chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((path for path in map(shutil.which, names) if path), None)
    if path is None:
        sys.exit("error: no Chromium on this system: install it, e.g. apt-get install chromium")
    return path


def _times(name: str, times: Sequence[float | None], most: float | None = None) -> list[Figure]:
    """Half of them and nearly all of them; what never came makes both unknown to the target."""
    known = [value for value in times if value is not None]
    lost = Figure(f"{name}: never came", float(len(times) - len(known)), "", 0)
    return [
        Figure(f"{name} p50", percentile(known, 0.5)),
        Figure(f"{name} p95", percentile(known, 0.95), "ms", most),
        *([lost] if lost.value else []),
    ]


def _line(figure: Figure) -> str:
    value = "-" if figure.value is None else f"{figure.value:,.{0 if figure.unit else 3}f}"
    target = "" if figure.most is None else f"  at most {figure.most:,g}"
    missed = "" if figure.met else "  MISSED"
    return f"{figure.name:32} {value:>12} {figure.unit:3}{target}{missed}"


if __name__ == "__main__":
    sys.exit(main())
