"""A headless Chromium and a real server on a local port."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

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
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        _missing("playwright is not installed: pip install -e '.[dev]'")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        yield browser
        browser.close()


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def serve() -> Iterator[Callable[[object], str]]:
    """Serves the chat over an assistant; returns its address."""
    from ui.address import allowed_hosts, listen, url
    from ui.app import build_app
    from ui.server import create_web, server

    running = []

    def start(assistant: object) -> str:
        listening = listen("127.0.0.1", 0)
        web = create_web(build_app(assistant), hosts=allowed_hosts("127.0.0.1"), password=None)
        uvicorn = server(web)
        thread = threading.Thread(target=uvicorn.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        running.append((uvicorn, thread))
        while not uvicorn.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        return url("127.0.0.1", listening.getsockname()[1])

    yield start
    for uvicorn, thread in running:
        uvicorn.should_exit = True
        thread.join(timeout=10)
        assert not thread.is_alive(), "the server did not stop"


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
        self.address = address
        self.page.goto(address)
        self.page.wait_for_selector("#chat .example")

    def ask(self, question: str) -> None:
        self.page.fill("#box textarea", question)
        self.page.press("#box textarea", "Enter")

    def check(self) -> None:
        """Nothing was asked of any other address, and the console is clean."""
        allowed = (self.address, "data:", "blob:")
        assert [url for url in self.requested if not url.startswith(allowed)] == []
        assert self.errors == []


@pytest.fixture
def open_tab(chromium) -> Iterator[Callable[..., Tab]]:
    """Opens an address in a fresh browser profile."""
    contexts = []

    def start(address: str, **options: object) -> Tab:
        settings = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 800}, **options}
        context = chromium.new_context(**settings)
        context.set_default_timeout(20_000)
        contexts.append(context)
        tab = Tab(context.new_page())
        tab.open(address)
        return tab

    yield start
    for context in contexts:
        context.close()
