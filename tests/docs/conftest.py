"""Every snippet of the documentation is run: how to test a page.

A page docs/NAME.md has its test in tests/docs/test_NAME.py (with _ for each -), mostly this:

    from tests.docs.snippets import page

    def test_the_page(run):
        ran = run(page("langchain"))        # every block, in order, in a folder of its own
        assert ran.names["hits"][0].article.title == "…"     # what the page's Python left behind
        assert "1,560 metres" in ran.printed("python")[0]    # what its first Python block printed
        (settings,) = ran.take("json")      # what its json blocks say; use them, then
        ran.finish()                        # fails if a block was neither run nor taken

`run` depends on `place`, the present folder while the test runs: a temporary one with `my-store`,
the sample articles in the bundled embedder's vectors. A test that takes `place: Path` may put files
there before it runs the page (a model.gguf of `write_tiny_gguf`, a folder of articles); HOME is
inside of it, RAG_* variables are unset. All fenced blocks of a page:

```python        run in order in one namespace, each in a thread of its own: asyncio.run works there
```sh            each command by bash, which has to succeed; `python` is that of the tests, and curl
                 fails on statuses from 400 on. Not run but checked: `pip install "yinzheng[x]"`
                 (pyproject has that extra; other distributions are installed here). `export X=…`
                 holds for all that follows on the page. What starts a server (python -m rag serve,
                 python -m ui, python -m rag mcp --http, uvicorn) is started at a free port, and
                 127.0.0.1:8000 (the port of --port, or the usual one) rewritten in all that
                 follows, Python as well; it is stopped after the test. Commands that cannot be run
                 here: run(page, not_run=("claude mcp add",)); check by other means what they say.
```json, ```jsonl, ```toml, ```csv, ```yaml   parsed by ran.take("json"); for the test to use
```text          after a python or sh block: what that prints, line for line; … stands for anything
```LANGUAGE NAME a block with a file name after its language is written to that file, not run
```              without a language: a drawing

tests/docs/test_harness.py checks that every page has its test, and all links between pages.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build import build
from index.embedder import load_embedder
from tests.conftest import SAMPLE
from tests.docs.snippets import ROOT, Runner

_CURL = "silent\nshow-error\nfail-with-body\nmax-time = 60\n"


@pytest.fixture(scope="session")
def documented_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample articles with the bundled embedder; each page gets a copy of it."""
    folder = tmp_path_factory.mktemp("documented") / "my-store"
    build([SAMPLE], folder, load_embedder())
    return folder


@pytest.fixture
def place(documented_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a reader who tries a page: `my-store`, a home, no settings."""
    shutil.copytree(documented_store, tmp_path / "my-store")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".curlrc").write_text(_CURL)
    for name in [n for n in os.environ if n.startswith(("RAG_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    """Runs a page in `place`; servers that it starts end with the test."""
    runner = Runner(monkeypatch)
    yield runner
    runner.stop()
