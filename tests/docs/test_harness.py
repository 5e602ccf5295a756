"""Pages are run as their readers would; every page has its test, and every link leads somewhere."""

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.docs.snippets import (
    ROOT,
    Page,
    Runner,
    blocks,
    check_installable,
    commands,
    compare,
    listening,
    page,
)

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = [
    *PAGES,
    ROOT / "CHANGELOG.md",
    *(
        path
        for room in ("index", "rag", "ui", "eval")
        for path in sorted((ROOT / room).rglob("*.md"))
        if "sample" not in path.parts
    ),
]
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.M)
_FENCED = re.compile(r"^ *```.*?^ *```$", re.S | re.M)


def written(folder: Path, text: str) -> Page:
    path = folder / "page.md"
    path.write_text(text, "utf-8")
    return Page(path, tuple(blocks(text)))


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    names = set()
    for heading in _HEADING.findall(_FENCED.sub("", text)):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        count = found.get(name, 0)
        found[name] = count + 1
        names.add(f"{name}-{count}" if count else name)
    return names


def broken(path: Path) -> list[str]:
    """The links of a page that lead to no file or heading of the project."""
    text = path.read_text("utf-8")
    wrong = []
    for link in _LINK.findall(_FENCED.sub("", text)):
        if re.match("[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            wrong.append(link)
    return wrong


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_page_has_its_test(path: Path) -> None:
    test = Path(__file__).parent / f"test_{path.stem.lower().replace('-', '_')}.py"
    assert test.exists(), f"{path.name} is not tested"
    assert ".finish()" in test.read_text("utf-8"), f"{test.name} leaves blocks out"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    assert broken(path) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# What *is* it?\n\n## 中文, too\n\n## 中文, too\n")
    path = tmp_path / "page.md"
    path.write_text(
        "# Here\n[a](other.md#what-is-it) [b](#here) [c](other.md#中文-too-1) [d](https://x.y)\n"
        "[e](gone.md) [f](other.md#gone) [g](#gone)\n```\n[h](gone.md)\n# gone\n```\n"
    )
    assert broken(path) == ["gone.md", "other.md#gone", "#gone"]


def test_blocks_are_found_with_their_lines() -> None:
    text = "one\n\n```sh\nls\n```\n- in a list\n\n  ```python app.py\n  if 1:\n      x\n  ```\n"
    assert [(b.language, b.name, b.text, b.line) for b in blocks(text)] == [
        ("sh", "", "ls", 3),
        ("python", "app.py", "if 1:\n    x", 8),
    ]


def test_commands_hold_together() -> None:
    text = "# first\na 'b\nc' \\\n  d   # why\n\ne | f\n"
    assert commands(text) == ["a 'b\nc' \\\n  d   # why", "e | f"]
    with pytest.raises(AssertionError, match="does not end"):
        commands("a 'b\nc")


def test_a_page_runs_in_one_namespace_and_in_order(run: Runner, place: Path) -> None:
    text = """
```python
import asyncio
from rag import Retriever

hits = Retriever("my-store").search("How long is the new bridge?", k=1)
print(len(hits), "hit")
```

```text
1 …
```

```python
async def later():
    return hits[0].article.title

found = asyncio.run(later())
print(found)
```

```sh
echo "$((40 + 2))" && test -d my-store
```

```json settings.json
{"a": 1}
```

```json
{"b": 2}
```
"""
    ran = run(written(place, text))
    assert ran.printed("python") == ["1 hit\n", ran.names["found"] + "\n"]
    assert "桥" in ran.names["found"]
    assert ran.printed("sh") == ["42\n"]
    assert (place / "settings.json").read_text() == '{"a": 1}\n'
    with pytest.raises(AssertionError, match=r"page\.md:30 ```json"):
        ran.finish()
    assert ran.take("json") == [{"a": 1}, {"b": 2}]
    ran.finish()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("```python\n\n1 / 0\n```", "division by zero"),
        ("```sh\nfalse | true\n```", "false"),
        ("```python\nprint(1)\n```\n\n```text\n2\n```", "the page shows '2'"),
        ("```perl\n1\n```", "which language"),
        ("```sh\npip install 'yinzheng[nothing]'\n```", "nothing"),
        ("```sh\npython -m rag serve --no-such-option\n```", "rag serve"),
    ],
)
def test_what_does_not_work_fails(run: Runner, place: Path, text: str, told: str) -> None:
    with pytest.raises((AssertionError, ZeroDivisionError), match=told):
        run(written(place, text))


def test_settings_hold_for_what_follows(run: Runner, place: Path) -> None:
    text = "```sh\nexport RAG_X='a b' RAG_Y=1\necho $RAG_X\n```\n"
    text += "```python\nimport os\nx = os.environ['RAG_Y']\n```"
    ran = run(written(place, text))
    assert (ran.printed("sh"), ran.names["x"]) == (["a b\n"], "1")


def test_a_server_is_started_at_a_free_port_and_stopped(run: Runner, place: Path) -> None:
    (place / "uvicorn").write_text(
        f"#!/bin/sh\nexec {sys.executable} -m http.server --bind 127.0.0.1 $3\n"
    )
    (place / "uvicorn").chmod(0o755)
    text = "```sh\n./uvicorn app:app &\ncurl http://127.0.0.1:8000/page.md\n```\n"
    text += "```python\nurl = 'http://127.0.0.1:8000/page.md'\n```\n"
    page = written(place, text)
    ran = run(page)
    assert ran.printed("sh") == [text]
    (port,) = run.ports.values()
    assert ran.names["url"] == f"http://127.0.0.1:{port}/page.md"
    with urllib.request.urlopen(ran.names["url"]) as response:
        assert response.read().decode() == text
    run.stop()
    assert not listening(port)


def test_curl_fails_where_a_server_refuses(run: Runner, place: Path) -> None:
    (place / "uvicorn").write_text(
        f"#!/bin/sh\nexec {sys.executable} -m http.server --bind 127.0.0.1 $3\n"
    )
    (place / "uvicorn").chmod(0o755)
    text = "```sh\n./uvicorn app:app\ncurl http://127.0.0.1:8000/none\n```\n"
    with pytest.raises(AssertionError, match="404"):
        run(written(place, text))


def test_what_is_installed_is_checked() -> None:
    check_installable(["pip", "install", "yinzheng[langchain,serve]", "openai>=2"])
    with pytest.raises(AssertionError):
        check_installable(["pip", "install", "yinzheng[langchain,gone]"])


def test_what_is_shown_is_compared() -> None:
    compare("a … c\nlast", "none\na b c\nx\nlast\n")
    with pytest.raises(AssertionError, match="the page shows 'a'"):
        compare("b\na", "a\nb\n")


def test_a_server_that_does_not_hear_ctrl_c_is_killed(run: Runner) -> None:
    command = ["bash", "-c", "trap '' INT; echo deaf; while :; do read -rt 9 <> <(:); done"]
    deaf = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)
    assert deaf.stdout is not None
    with deaf.stdout:
        assert deaf.stdout.readline() == b"deaf\n"
    run.servers.append(deaf)
    run.stop(patience=0.1)
    assert deaf.returncode == -9


def test_pages_are_found_by_name() -> None:
    assert page("README.md").of("python")[0].text.startswith("from rag import")
