"""A chat served by a process of its own, so that a bench measures neither itself nor its server.

`python -m tests.browser.stage STORE [RATE SECONDS]` serves a store on a free port and prints the
address. With a rate, a made language model says so many tokens a second for so long.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "index" / "sample"
STATIONS = 5  # paragraphs of an article


@dataclass(frozen=True)
class Stage:
    """Where a chat is served, and by which process."""

    address: str
    process: int

    @property
    def resident(self) -> float:
        """MB that the serving process holds in memory."""
        lines = Path(f"/proc/{self.process}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


@contextlib.contextmanager
def staged(store: Path, *, rate: float = 0, seconds: float = 0) -> Iterator[Stage]:
    """The chat over a store, by quotation, or with a model that talks at this rate."""
    command = [sys.executable, "-m", "tests.browser.stage", str(store), str(rate), str(seconds)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http"), "the server did not start"
        yield Stage(address, server.pid)
    finally:
        server.terminate()
        server.wait(20)


def sample_sentences() -> list[str]:
    """The sentences of the sample articles, in all their languages."""
    from index.paragraphs import paragraphs
    from index.readers import find_files, read_file
    from index.sentences import sentences

    texts = [
        paragraph.text
        for file in find_files([SAMPLE])[0]
        for article in read_file(file)[0]
        for paragraph in paragraphs(article)
    ]
    return [span.cut(text) for text in texts for span in sentences(text)]


def station(number: int) -> tuple[str, str]:
    """A question that one paragraph answers, and the figure of the answer."""
    return f"{_name(number)}泵站去年抽水多少万立方米？", f"{number * 7 + 1000}"


def _name(number: int) -> str:
    """Four common characters that hardly stand side by side anywhere else."""
    return "".join(Random(number).sample(_common(), 4))


@lru_cache
def _common() -> list[str]:
    text = "".join(path.read_text("utf-8") for path in sorted(SAMPLE.glob("*.md")))
    return sorted({c for c in text if "\u4e00" <= c <= "\u9fff"})


def make_store(folder: Path, paragraphs: int) -> Path:
    """A store of shuffled sentences of the sample; each paragraph tells of its own station."""
    from index.build import build
    from index.embedder import load_embedder

    (folder / "articles").mkdir(parents=True)
    said, chance = sample_sentences(), Random(1)
    lines = []
    for start in range(0, paragraphs, STATIONS):
        numbers = range(start, min(start + STATIONS, paragraphs))
        text = "\n".join(
            f"{chance.choice(said)}{_name(n)}泵站去年抽水{station(n)[1]}万立方米。"
            f"{chance.choice(said)}{chance.choice(said)}".replace("\n", " ")
            for n in numbers
        )
        title = f"{chance.choice(said)[:24]}（{start}）"
        record = {"id": str(start), "title": title, "date": "2031-05-18", "text": text}
        lines.append(json.dumps(record, ensure_ascii=False))
    (folder / "articles" / "all.jsonl").write_text("\n".join(lines), "utf-8")
    build([folder / "articles"], folder / "store", load_embedder(None))
    return folder / "store"


class SteadyLLM:
    """Says sentences of the sample, two characters a token, at an even pace."""

    name = "steady"
    context_size = 8192
    answer_style = "prose"

    def __init__(self, rate: float, seconds: float) -> None:
        self._pause, self._tokens = 1 / rate, round(rate * seconds)

    def count_tokens(self, text: str) -> int:
        return len(text) // 2

    def stream(self, request: object) -> Iterator[str]:
        text = "".join(f"{words}[{n % 3 + 1}]" for n, words in enumerate(sample_sentences() * 9))
        for start in range(0, self._tokens * 2, 2):
            time.sleep(self._pause)
            yield text[start : start + 2]


def _serve(store: Path, rate: float, seconds: float) -> None:
    from rag import Assistant, Retriever
    from rag.serve.address import allowed_hosts, listen, url
    from ui.chats.store import Chats
    from ui.server import server
    from ui.site import create_site

    assistant = Assistant(Retriever(store), SteadyLLM(rate, seconds) if rate else None)
    listening = listen("127.0.0.1", 0)
    with tempfile.TemporaryDirectory(prefix="chats-") as folder:
        chats = Chats(Path(folder) / "chats.sqlite", store=store)
        hosts = allowed_hosts("127.0.0.1")
        web = create_site(assistant, chats, hosts=hosts, password=None)
        sys.stdout.write(url("127.0.0.1", listening.getsockname()[1]) + "\n")
        sys.stdout.flush()
        server(web).run(sockets=[listening])


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
