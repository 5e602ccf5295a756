import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.__main__ import _PAGES, main
from index.embedder import SentenceTransformerEmbedder
from index.printed import PAGES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path, static_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAG_EMBEDDER", str(static_model))
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("标题\n\n甲地有桥。\n", "utf-8")
    assert main(["build", str(folder), "--store", str(tmp_path / "store")]) == 0
    return tmp_path / "store"


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_the_life_of_a_store(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = tmp_path / "b.md"
    extra.write_text("---\ntitle: 乙\ndate: 2030-01-02\n---\n乙地有湖。\n", "utf-8")
    code, out, _ = run("add", str(extra), "--store", str(store), "--json", capsys=capsys)
    report = json.loads(out)
    assert (code, report["articles"], report["paragraphs_embedded"]) == (0, 2, 1)
    code, out, _ = run("list", "--store", str(store), "--json", capsys=capsys)
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(r["source"], r["date"], r["paragraphs"]) for r in rows] == [
        ("a.txt", None, 2),
        ("b.md", "2030-01-02", 1),
    ]
    code, out, _ = run("info", "--store", str(store), "--json", capsys=capsys)
    assert json.loads(out)["paragraphs"] == 3
    assert json.loads(out)["vectors_type"] == "flat float16"
    code, out, _ = run("remove", "b.md", "--store", str(store), capsys=capsys)
    assert code == 0
    assert out.startswith("1 articles, 2 paragraphs")
    code, out, _ = run("check", "--store", str(store), capsys=capsys)
    assert (code, "all checks passed" in out) == (0, True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        (b"\x00\x01", "binary"),
        (b"\xd6\xd0\xce\xc4", "iconv"),
        (b"", "empty"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_1(
    store: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    message: str,
) -> None:
    bad = tmp_path / "bad.txt"
    if content is not None:
        bad.write_bytes(content)
    code, out, err = run("build", str(bad), "--store", str(store), capsys=capsys)
    assert (code, out) == (1, "")
    assert err.startswith("error: ") and err.count("\n") == 1 and message in err
    assert run("list", "--store", str(store), capsys=capsys)[1].count("\n") == 1


def test_an_empty_folder(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    code, _, err = run("build", str(tmp_path / "empty"), "--store", str(store), capsys=capsys)
    assert code == 1
    assert "no .txt, .md, .jsonl, .html, .htm, .pdf, .docx, .csv, .tsv file" in err


def test_one_bad_file_among_good_ones_is_listed(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "articles"
    (folder / "bad.txt").write_bytes(b"\x00")
    code, out, err = run("build", str(folder), "--store", str(store), capsys=capsys)
    assert code == 1
    assert err.startswith("left out: bad.txt: looks like a binary file, not text")
    assert "1 left out" in out


PRINTED = "江 城 新 桥 通 车\n\n江城新桥昨日通车,桥长五百米。\n\n(下转第4版)\n"


def test_printed_pages_are_told(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "2030-04-09"
    folder.mkdir()
    (folder / "p.txt").write_text(PRINTED, "utf-8")
    code, out, err = run("add", str(folder), "--store", str(store), capsys=capsys)
    assert (code, err) == (0, "")
    assert out.splitlines()[1:] == [
        "1 file read as printed pages:",
        "body 53.6 % · title 21.4 % · left out: continuation 25.0 %",
        "28 characters, each in exactly one part",
    ]
    arguments = ("add", str(folder), "--store", str(store), "--json", "--pages")
    _, out, _ = run(*arguments, "never", capsys=capsys)
    report = json.loads(out)
    assert (report["printed"], set(report["shares"].values())) == (0, {0})
    _, out, _ = run(*arguments, "always", capsys=capsys)
    report = json.loads(out)
    assert report["printed"] == 1
    assert {role: n for role, n in report["shares"].items() if n} == {
        "body": 15, "title": 6, "continuation": 7,
    }  # fmt: skip
    _, out, _ = run("list", "--store", str(store), "--json", capsys=capsys)
    plain, page = (json.loads(line) for line in out.splitlines())
    assert list(plain) == [
        "article", "source", "title", "date", "section", "authors", "paragraphs",
    ]  # fmt: skip
    assert (page["title"], page["continued_on"]) == ("江城新桥通车", 4)
    _, out, _ = run("list", "--store", str(store), capsys=capsys)
    assert out.count("\n") == 2


def test_what_is_left_alone_is_told_and_no_fault(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "articles"
    (folder / ".hidden.txt").write_text("x")
    arguments = ("build", str(folder), "--store", str(store))
    assert run(*arguments, capsys=capsys)[::2] == (0, "left alone: 1 hidden\n")
    (folder / "scan\x1b.tif").write_text("x")
    told = "left alone: 1 file of other kinds (scan␛.tif), 1 hidden\n"
    assert run(*arguments, capsys=capsys)[::2] == (0, told)
    for number in range(11):
        (folder / f"a{number:02}.png").write_text("x")
    names = ", ".join(f"a{number:02}.png" for number in range(10))
    told = f"left alone: 12 files of other kinds ({names}, …), 1 hidden\n"
    assert run(*arguments, "--json", capsys=capsys)[::2] == (0, told)


def test_inspect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, target = tmp_path / "p.txt", tmp_path / "p.html"
    page.write_text(PRINTED, "utf-8")
    code, out, _ = run("inspect", str(page), capsys=capsys)
    assert (code, out.splitlines()[:3]) == (0, ["p.txt · 1 article", "", "1  江城新桥通车"])
    _, out, _ = run("inspect", str(page), "--json", "--pages", "never", capsys=capsys)
    assert json.loads(out)["shares"]["roles"]["continuation"] == 0
    assert run("inspect", str(page), "--html", str(target), capsys=capsys)[1] == f"{target}\n"
    assert target.read_text("utf-8").startswith("<!doctype html>")
    with pytest.raises(SystemExit):
        main(["inspect", str(page), "--store", str(tmp_path)])
    code, _, err = run("inspect", str(tmp_path / "none.txt"), capsys=capsys)
    assert (code, err.startswith("error: ")) == (1, True)


def test_the_html_file_has_a_name_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.txt").write_text(PRINTED, "utf-8")
    assert run("inspect", "p.txt", "--html", capsys=capsys)[:2] == (0, "page.html\n")
    assert Path("page.html").is_file()


def test_the_ways_to_read_pages_are_those_of_the_library() -> None:
    assert _PAGES == PAGES


def test_repair(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = store / "gen-1" / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:-1])
    assert run("check", "--store", str(store), capsys=capsys)[0] == 1
    code, out, _ = run("check", "--repair", "--store", str(store), capsys=capsys)
    assert code == 0
    assert "moved gen-1 to quarantine" in out


def test_wrong_usage_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["build"])
    assert stopped.value.code == 2


def test_ctrl_c_in_the_middle_of_a_build(store: Path, tmp_path: Path, static_model: Path) -> None:
    rows = [
        json.dumps({"text": "\n".join(f"第{i}篇第{j}段。" for j in range(50))}) for i in range(4000)
    ]
    (tmp_path / "many.jsonl").write_text("\n".join(rows), "utf-8")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "index",
            "build",
            str(tmp_path / "many.jsonl"),
            "--store",
            str(store),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    journal = store / "catalog.sqlite-journal"  # there is one while a change is under way
    deadline = time.monotonic() + 240
    while not journal.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert journal.exists()
    process.send_signal(2)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip().endswith("interrupted; the store is as it was before")
    assert main(["check", "--store", str(store)]) == 0
    assert main(["list", "--store", str(store)]) == 0


def test_ctrl_c_while_embedding_tells_how_to_go_on(
    store: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "b.txt").write_text("乙地有湖。", "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(SentenceTransformerEmbedder, "embed", interrupted)
        code, out, err = run("add", str(tmp_path / "b.txt"), "--store", str(store), capsys=capsys)
    assert (code, out) == (130, "")
    assert err.splitlines() == [
        "what was embedded is kept: the same command goes on there",
        "interrupted; the store is as it was before",
    ]
    monkeypatch.setattr("index.build.read_all", interrupted)
    _, _, err = run("add", str(tmp_path / "b.txt"), "--store", str(store), capsys=capsys)
    assert err == "interrupted; the store is as it was before\n"


def test_help_is_quick() -> None:
    started = time.monotonic()
    script = (
        "import sys; sys.argv = ['index', '--help']; import runpy\n"
        "try: runpy.run_module('index', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print({'torch', 'faiss', 'numpy', 'scipy', 'sentence_transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.rstrip().endswith("set()"), done.stderr
    assert "examples:" in done.stdout
    assert time.monotonic() - started < 20  # what counts is that nothing heavy is imported
