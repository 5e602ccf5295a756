"""A headless Chromium and a real server on a local port."""

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.conftest import HashEmbedder

_PATIENCE = 20_000  # ms that a test waits for anything
_QUIET = (
    *("--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """The system's Chromium; without one the tests are skipped, but fail where CI is set."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = next((path for path in found if path), None)
    if path is None:
        _missing("no Chromium on this system: install it, e.g. apt-get install chromium")
    try:
        from playwright.sync_api import expect, sync_playwright
    except ModuleNotFoundError:
        _missing("playwright is not installed: pip install -e '.[dev]'")
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        yield browser
        browser.close()


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module", autouse=True)
def untried_examples() -> Iterator[None]:
    """Examples as they come: each server would look for good ones for two seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ui.examples._PATIENCE", -1)
        yield


@pytest.fixture(scope="module", autouse=True)
def closed_loops(untried_examples) -> Iterator[None]:
    """Gradio makes event loops and never closes them, which the collector would tell later."""
    made, make = [], asyncio.new_event_loop

    def new_event_loop() -> asyncio.AbstractEventLoop:
        made.append(make())
        return made[-1]

    asyncio.new_event_loop = new_event_loop
    yield
    asyncio.new_event_loop = make
    for loop in made:
        if not loop.is_running():
            loop.close()


class Servers:
    """Serves the chat over assistants. All keep their chats in one file, which outlives them."""

    def __init__(self, folder: Path) -> None:
        self._kept = folder / "chats.sqlite"
        self._running: dict[str, tuple[object, threading.Thread]] = {}

    def __call__(
        self,
        assistant: object,
        *,
        manage: bool = True,
        password: str | None = None,
        llm: str | None = None,
        port: int = 0,
    ) -> str:
        """Start a server; returns its address."""
        from rag.serve.address import allowed_hosts, listen, url
        from ui.chats.store import Chats
        from ui.server import server
        from ui.site import create_site

        listening = listen("127.0.0.1", port)
        chats = Chats(self._kept, store=assistant.retriever.store.folder)
        hosts = allowed_hosts("127.0.0.1")
        web = create_site(assistant, chats, llm=llm, manage=manage, hosts=hosts, password=password)
        uvicorn = server(web)
        thread = threading.Thread(target=uvicorn.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        address = url("127.0.0.1", listening.getsockname()[1])
        self._running[address] = (uvicorn, thread)
        while not uvicorn.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        return address

    def stop(self, address: str) -> None:
        """Stop one server."""
        uvicorn, thread = self._running.pop(address)
        uvicorn.should_exit = True
        thread.join(timeout=10)
        assert not thread.is_alive(), "the server did not stop"

    def close(self) -> None:
        """Stop them all."""
        for address in list(self._running):
            self.stop(address)


@pytest.fixture
def serve(tmp_path) -> Iterator[Servers]:
    """Servers of one test."""
    servers = Servers(tmp_path)
    yield servers
    servers.close()


@pytest.fixture(scope="module")
def serve_all(tmp_path_factory) -> Iterator[Servers]:
    """Servers that the tests of a module share."""
    servers = Servers(tmp_path_factory.mktemp("chats"))
    yield servers
    servers.close()


@pytest.fixture(scope="module")
def quoting(serve_all, sample_store) -> str:
    """The address of a chat that quotes the sample articles; nothing can be changed there."""
    from rag import Assistant, Retriever

    retriever = Retriever(sample_store, embedder=HashEmbedder())
    return serve_all(Assistant(retriever), manage=False)


class Tab:
    """A page that remembers what it requested and what went wrong."""

    def __init__(self, page: object) -> None:
        self.page = page
        self.requested: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda line: self.errors.append(line.text) if line.type == "error" else None,
        )

    def open(self, address: str) -> None:
        """Load the page."""
        self.page.goto(address)
        self.ready(address)

    def ready(self, address: str) -> None:
        """Wait until something can be asked."""
        self.address = address
        self.page.wait_for_selector("#chat .example")
        self.page.wait_for_selector("#header nav")

    def ask(self, question: str) -> None:
        """Ask; the answer is still to come."""
        self.page.fill("#box textarea", question)
        self.page.press("#box textarea", "Enter")

    def answer(self, question: str) -> object:
        """Ask, and wait for the end of the answer; returns it."""
        turn = self.page.evaluate("yz.chat().turn")
        self.ask(question)
        return self.answered(turn + 1)

    def answered(self, turn: int) -> object:
        """The answer to question number `turn`, once it has ended."""
        self.page.wait_for_selector(f'#chat .answer[id$="-{turn}"] .tools')
        self.page.wait_for_selector("#box .submit-button")
        return self.page.locator(f'#chat .answer[id$="-{turn}"]')

    def expect(self, selector: str) -> object:
        """What is to be seen in some time, as Playwright asserts it."""
        from playwright.sync_api import expect

        return expect(self.page.locator(selector))

    def focused(self) -> str:
        """The element that has the focus, in its HTML."""
        return self.page.evaluate("document.activeElement.outerHTML")

    def drawer(self, name: str) -> None:
        """Open a drawer by its button in the header."""
        self.page.click(f'#header [data-opens="{name}"]')
        self.page.wait_for_selector(f"dialog#{name}[open]")

    def check(self) -> None:
        """Nothing was asked of any other address, and the console is clean."""
        allowed = (self.address, "data:", "blob:")
        assert [url for url in self.requested if not url.startswith(allowed)] == []
        assert self.errors == []


class Profiles:
    """Browser profiles that remember nothing of the page but its scripts, which load slowly."""

    def __init__(self, chromium: object) -> None:
        self._chromium = chromium
        self._free: dict[str, list[object]] = {}
        self._taken: list[tuple[str, object]] = []

    def take(self, options: dict[str, object]) -> object:
        """A profile of a browser with these options that nobody uses."""
        key = repr(sorted(options.items()))
        free = self._free.setdefault(key, [])
        context = free.pop() if free else self._chromium.new_context(**options)
        context.set_default_timeout(_PATIENCE)
        self._taken.append((key, context))
        return context

    def clear(self) -> None:
        """Take all profiles back, and out of them what a page has stored."""
        for key, context in self._taken:
            for page in context.pages:
                page.evaluate("window.localStorage && localStorage.clear()")
                page.close()
            context.clear_cookies()
            self._free[key].append(context)
        self._taken.clear()


@pytest.fixture(scope="module")
def profiles(chromium) -> Profiles:
    """Profiles that the tests of a module use one after another."""
    return Profiles(chromium)


@pytest.fixture
def open_page(profiles) -> Iterator[Callable[..., Tab]]:
    """Opens an empty page in a browser profile that has stored nothing."""

    def start(**options: object) -> Tab:
        settings = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 800}, **options}
        return Tab(profiles.take(settings).new_page())

    yield start
    profiles.clear()


@pytest.fixture
def open_tab(open_page) -> Callable[..., Tab]:
    """Opens an address in a fresh browser profile."""

    def start(address: str, **options: object) -> Tab:
        tab = open_page(**options)
        tab.open(address)
        return tab

    return start
