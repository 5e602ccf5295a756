"""Takes the pictures of the README: `.venv/bin/python docs/pictures.py [NAME…]`.

It builds a store of the sample articles, serves it on a free port and photographs the page in a
headless Chromium. Needs the packages of `.[ui,dev]` and a Chromium of the system.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).parent
ROOT = DOCS.parent
LARGEST = 300_000  # bytes of a picture
QUESTION = "岚浦地铁二号线西起西渡口站，东至槐荫东站，全长多少公里？"
UNANSWERED = "青潭洪水过后，抢修省道217线花了多少钱？"

# What stands where on the page.
BOX = "#box textarea"
READY = "#chat .example"
ANSWERED = "#chat .answer .tools"
ABSTAINED = "#chat .abstained"
MARKER = "#chat a.cite"
OPEN = "#reading mark"  # the cited words of the source that is open

Options = dict[str, Any]
DESK: Options = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1.5}
PHONE: Options = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
DARK: Options = {**DESK, "color_scheme": "dark"}


def empty(page: Page) -> None:
    """Nothing was asked yet."""
    page.wait_for_selector(READY)


def answer(page: Page) -> None:
    """An answer, and the source of its first marker open."""
    _ask(page, QUESTION, ANSWERED)
    page.locator(MARKER).first.click()
    page.locator(OPEN).first.wait_for(state="visible")


def abstention(page: Page) -> None:
    """A question that the articles do not answer."""
    _ask(page, UNANSWERED, ABSTAINED)


PICTURES: dict[str, tuple[Callable[[Page], None], Options]] = {
    "empty": (empty, DESK),
    "chat": (answer, DESK),
    "dark": (answer, DARK),
    "phone": (answer, PHONE),
    "abstention": (abstention, DESK),
}


def main(names: list[str]) -> int:
    """Take the pictures of these names, or all; returns the exit code."""
    if unknown := [name for name in names if name not in PICTURES]:
        sys.stderr.write(f"error: no picture {', '.join(unknown)}; there are {[*PICTURES]}\n")
        return 2
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    with _served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in names or PICTURES:
            prepare, options = PICTURES[name]
            page = browser.new_context(locale="zh-CN", **options).new_page()
            page.goto(address)
            prepare(page)
            _take(page, DOCS / f"{name}.png")
        browser.close()
    return 0


def _ask(page: Page, question: str, until: str) -> None:
    page.wait_for_selector(READY)
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    page.wait_for_selector(until)


def _take(page: Page, path: Path) -> None:
    """Photograph the page when it is still; as few colours as the size asks for."""
    page.mouse.move(0, 0)
    page.wait_for_function("() => !document.getAnimations().some(a => a.playState === 'running')")
    page.wait_for_timeout(500)  # scrolling is no animation
    page.screenshot(path=path, animations="disabled", caret="hide")
    picture = Image.open(path).convert("RGB")
    for colours in (256, 128, 64, 32):
        picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            break
    sys.stdout.write(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes\n")


@contextmanager
def _served() -> Iterator[str]:
    """The address of the chat over the sample articles, by quotation."""
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        store = str(Path(folder) / "store")
        python = [sys.executable, "-m"]
        build = [*python, "index", "build", "index/sample", "--store", store]
        subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
        command = [*python, "ui", "--store", store, "--llm", "quote", "--port", "0"]
        own = os.environ | {"RAG_CHATS": str(Path(folder) / "chats.sqlite")}
        server = subprocess.Popen(command, cwd=ROOT, env=own, stderr=subprocess.PIPE, text=True)
        try:
            assert server.stderr is not None
            lines = (line.split() for line in server.stderr)
            yield next(words[1] for words in lines if words[:1] == ["chat"])
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
