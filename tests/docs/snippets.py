"""The fenced blocks of a page, and what it takes to run them as a reader would."""

import contextlib
import csv
import io
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import tomllib
import types
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CHECKED = ("python", "sh", "text", "json", "jsonl", "toml", "csv", "yaml")
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.S | re.M
)
_SERVER = re.compile(r"-m rag serve\b|-m ui\b|-m rag mcp\b.*--http|\buvicorn\b")
_PORTS = {"-m ui": 7860}  # of servers that are started without --port; 8000 otherwise
_PATIENCE = 120.0  # seconds that a command may take, and a server to be there


@dataclass(frozen=True)
class Block:
    """One fenced block: ```LANGUAGE NAME, its text, and the line of the page that it begins in."""

    language: str
    name: str
    text: str
    line: int


@dataclass(frozen=True)
class Page:
    """A page of the documentation, by its path in the project."""

    path: Path
    blocks: tuple[Block, ...]

    def of(self, language: str) -> list[Block]:
        """The blocks of one language, in order."""
        return [block for block in self.blocks if block.language == language]


def page(name: str) -> Page:
    """`page("langchain")` is docs/langchain.md, `page("README.md")` that file of the project."""
    path = ROOT / (name if name.endswith(".md") else f"docs/{name}.md")
    return Page(path, tuple(blocks(path.read_text("utf-8"))))


def blocks(text: str) -> Iterator[Block]:
    """What stands between fences in Markdown, in order."""
    for match in _FENCE.finditer(text):
        language, _, name = match["info"].strip().partition(" ")
        lines = [line.removeprefix(match["indent"]) for line in match["text"].splitlines()]
        yield Block(
            language, name.strip(), "\n".join(lines), text.count("\n", 0, match.start()) + 1
        )


def commands(text: str) -> list[str]:
    """The commands of a shell block: what a quotation mark or a backslash holds together is one."""
    found, held = [], ""
    for line in text.splitlines():
        held += line + "\n"
        try:
            words = shlex.split(held, comments=True)
        except ValueError:  # an open quotation mark
            continue
        if line.endswith("\\"):
            continue
        if words:
            found.append(held.strip())
        held = ""
    assert not held.strip(), f"this does not end: {held}"
    return found


@dataclass
class Ran:
    """What a page did: its names, what each block printed, what is to be read of it.

    `outputs` has one entry a block of the page (None: not run). `take` gives what blocks hold, and
    counts them as used; `finish` fails if a block was neither run nor taken.
    """

    page: Page
    names: dict[str, Any]
    outputs: list[str | None]
    used: set[int] = field(default_factory=set)

    def take(self, language: str) -> list[Any]:
        """What the blocks of a language say: parsed json, toml, csv or yaml, lines of jsonl."""
        found = []
        for number, block in enumerate(self.page.blocks):
            if block.language == language:
                self.used.add(number)
                found.append(parsed(block))
        return found

    def printed(self, language: str) -> list[str]:
        """What the blocks of a language printed, in order."""
        both = zip(self.page.blocks, self.outputs, strict=True)
        return [out for block, out in both if block.language == language and out is not None]

    def finish(self) -> None:
        """Fails if anything on the page was neither run nor read by its test."""
        left = [
            f"{self.page.path.name}:{block.line} ```{block.language}"
            for number, block in enumerate(self.page.blocks)
            if number not in self.used
        ]
        assert left == [], f"neither run nor used by the page's test: {left}"


def parsed(block: Block) -> Any:
    """The value of a block that holds data."""
    match block.language:
        case "json":
            return json.loads(block.text)
        case "jsonl":
            return [json.loads(line) for line in block.text.splitlines()]
        case "toml":
            return tomllib.loads(block.text)
        case "csv":
            return list(csv.DictReader(block.text.splitlines()))
        case "yaml":
            import yaml

            return yaml.safe_load(block.text)
    return block.text


class Runner:
    """Runs pages in the present folder; its servers stop with `stop`.

    Exported variables are set by `environment`, which takes them back after the test.
    """

    def __init__(self, environment: pytest.MonkeyPatch) -> None:
        self.servers: list[subprocess.Popen[bytes]] = []
        self.ports: dict[int, int] = {}
        self._environment = environment

    def __call__(self, page: Page, *, not_run: Sequence[str] = ()) -> Ran:
        """Every block of the page in order: named ones are written, python and sh are run.

        `not_run` are the beginnings of commands that cannot be run here (`claude mcp add`); the
        page's test has to check by itself what they say. A `text` block is what the block before it
        prints: its lines in that order, with … for anything.
        """
        module = types.ModuleType("__main__")
        ran = Ran(page, vars(module), [None] * len(page.blocks))
        self._environment.setitem(sys.modules, "__main__", module)
        for number, block in enumerate(page.blocks):
            if block.name:
                Path(block.name).write_text(self._here(block.text) + "\n", "utf-8")
                ran.used.add(number)
            elif block.language == "python":
                ran.outputs[number] = self._python(page, block, vars(module))
                ran.used.add(number)
            elif block.language == "sh":
                ran.outputs[number] = self._shell(block, not_run)
                ran.used.add(number)
            elif block.language == "text" and number and ran.outputs[number - 1] is not None:
                compare(block.text, ran.outputs[number - 1] or "")
                ran.used.add(number)
            elif not block.language:
                ran.used.add(number)  # a drawing
            else:
                assert block.language in CHECKED, f"{page.path.name}:{block.line}: which language?"
        return ran

    def stop(self, *, patience: float = 10.0) -> None:
        """End the servers: Ctrl-C, and a kill for one that is there `patience` seconds later."""
        for server in self.servers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGINT)
        for server in self.servers:
            try:
                server.wait(timeout=patience)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()

    def _here(self, text: str) -> str:
        """A text with the ports that this page's servers really have."""
        for told, real in self.ports.items():
            text = re.sub(rf"(127\.0\.0\.1|localhost|\[::1\]):{told}\b", rf"\1:{real}", text)
        return text

    def _python(self, page: Page, block: Block, names: dict[str, Any]) -> str:
        code = compile("\n" * block.line + self._here(block.text), str(page.path), "exec")
        printed = io.StringIO()
        # a thread of its own: the browser tests leave an event loop in the main one
        with contextlib.redirect_stdout(printed), ThreadPoolExecutor(1) as pool:
            pool.submit(exec, code, names).result(_PATIENCE)
        return printed.getvalue()

    def _shell(self, block: Block, not_run: Sequence[str]) -> str:
        printed = ""
        for command in commands(block.text):
            if command.startswith(tuple(not_run)):
                continue
            if command.startswith(("pip install", "python -m pip install")):
                check_installable(shlex.split(command, comments=True))
            elif command.startswith("export "):
                for word in shlex.split(command, comments=True)[1:]:
                    self._environment.setenv(*word.split("=", 1))
            elif _SERVER.search(command) and "--help" not in command:
                self._serve(command)
            else:
                printed += bash(self._here(command))
        return printed

    def _serve(self, command: str) -> None:
        told = re.search(r"--port[ =](\d+)", command)
        usual = next((port for word, port in _PORTS.items() if word in command), 8000)
        free = free_port()
        self.ports[int(told[1]) if told else usual] = free
        command = re.sub(r"\s&$|\s#.*$", "", re.sub(r"--port[ =]\d+", "", command))
        errors = Path(f"server-{free}.txt")
        with errors.open("wb") as sink:
            server = subprocess.Popen(
                ["bash", "-c", f"{command} --port {free}"],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        self.servers.append(server)
        ends = time.monotonic() + _PATIENCE
        while not listening(free):
            assert server.poll() is None, f"{command}: {errors.read_text('utf-8')}"
            assert time.monotonic() < ends, f"{command} does not listen"
            time.sleep(0.05)


def bash(command: str) -> str:
    """What a command prints; it has to succeed."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def check_installable(words: Sequence[str]) -> None:
    """The requirements of a `pip install`: extras that pyproject has, or what is installed here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    after = words.index("install") + 1
    required = [word for word in words[after:] if not word.startswith("-") and word != "."]
    assert required or "." in words
    for word in required:
        name, _, extras = word.partition("[")
        if name in (project["name"], "."):
            wanted = {extra for extra in extras.rstrip("]").split(",") if extra}
            assert wanted <= set(project["optional-dependencies"]), word
        else:
            assert distribution(re.split("[=<>~!]", name)[0]), word


def compare(shown: str, printed: str) -> None:
    """The lines that a page shows stand in what was printed, in that order; … is anything."""
    lines = iter(printed.splitlines())
    for line in shown.splitlines():
        pattern = ".*".join(map(re.escape, line.rstrip().split("…")))
        assert any(re.fullmatch(pattern, found.rstrip()) for found in lines), (
            f"the page shows {line!r}; printed was:\n{printed}"
        )


def free_port() -> int:
    """A port of this computer that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def listening(port: int) -> bool:
    """Whether somebody listens at a port of this computer."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
