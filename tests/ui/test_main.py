"""The command: quick help, clear refusals, exit codes."""

import subprocess
import sys

import pytest

from rag import Assistant, Retriever
from rag.serve.address import listen
from tests.conftest import HashEmbedder
from ui.__main__ import main


def test_help_loads_nothing_heavy():
    code = (
        "import sys, ui.__main__\n"
        "try: ui.__main__.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'gradio', 'torch', 'numpy', 'fastapi'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "examples:" in done.stdout
    assert "RAG_PASSWORD" in done.stdout


def test_other_computers_are_refused_without_a_password(capsys, monkeypatch):
    monkeypatch.delenv("RAG_PASSWORD", raising=False)
    assert main(["--host", "0.0.0.0"]) == 1
    assert capsys.readouterr().err.startswith("error: --host 0.0.0.0 lets other computers in")


def test_a_busy_port_is_one_line(capsys):
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    assert capsys.readouterr().err == (
        f"error: port {port} is in use; give another one with --port\n"
    )


def test_a_missing_store_is_one_line(capsys, tmp_path):
    assert main(["--port", "0", "--store", str(tmp_path / "none"), "--llm", "quote"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: there is no store in")


@pytest.mark.parametrize("port", ["x", "-1", "65536"])
def test_a_wrong_port_is_wrong_usage(port, capsys):
    with pytest.raises(SystemExit) as exit:
        main([f"--port={port}"])
    assert exit.value.code == 2
    assert "--port" in capsys.readouterr().err


def test_the_answer_style_is_checked(capsys, tmp_path, monkeypatch):
    with pytest.raises(SystemExit) as exit:
        main(["--answer-style", "verse"])
    assert exit.value.code == 2
    assert "--answer-style" in capsys.readouterr().err
    monkeypatch.setenv("RAG_ANSWER_STYLE", "verse")
    assert main(["--port", "0", "--store", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.startswith("error: there is no answer style 'verse'")


def test_the_policy_is_checked(capsys, tmp_path, monkeypatch):
    with pytest.raises(SystemExit) as exit:
        main(["--unsupported", "hide"])
    assert exit.value.code == 2
    assert "--unsupported" in capsys.readouterr().err
    monkeypatch.setenv("RAG_UNSUPPORTED", "hide")
    assert main(["--port", "0", "--store", str(tmp_path / "none")]) == 1
    assert "'hide'; give flag, drop or quote" in capsys.readouterr().err


def test_an_interruption_ends_with_130(monkeypatch, capsys):
    def interrupted(_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("ui.__main__._serve", interrupted)
    assert main([]) == 130
    assert capsys.readouterr().err == "stopped\n"


NO_KEY = "none (set a key in RAG_API_KEY to have one)"


class Served:
    """A server that ends at once."""

    def run(self, sockets):
        pass


@pytest.mark.parametrize(
    ("words", "password", "key", "told"),
    [
        ((), None, None, "http://127.0.0.1:{port}/api  (without a key)"),
        ((), None, "k" * 16, "http://127.0.0.1:{port}/api  (with the key in RAG_API_KEY)"),
        ((), "p" * 8, None, NO_KEY),  # who sets a password expects others, through a proxy
        ((), "p" * 8, "k" * 16, "http://127.0.0.1:{port}/api  (with the key in RAG_API_KEY)"),
        (("--host", "0.0.0.0"), "p" * 8, None, NO_KEY),
        (("--host", "0.0.0.0"), "p" * 8, "k" * 16, "http://0.0.0.0:{port}/api  (with the key in "),
        (("--no-api",), None, None, "none (--no-api)"),
        (("--no-api",), None, "short", "none (--no-api)"),
    ],
)
def test_where_there_is_an_api_and_where_not(
    words, password, key, told, sample_store, monkeypatch, capsys
):
    for name, value in (("RAG_PASSWORD", password), ("RAG_API_KEY", key)):
        monkeypatch.delenv(name, raising=False)
        if value:
            monkeypatch.setenv(name, value)
    made = []
    assistant = Assistant(Retriever(sample_store, embedder=HashEmbedder()))
    monkeypatch.setattr("rag.open_assistant", lambda *_, **__: assistant, raising=False)
    monkeypatch.setattr("ui.site.create_site", lambda *_, **options: made.append(options))
    monkeypatch.setattr("ui.server.server", lambda _web: Served())
    assert main(["--port", "0", "--no-chats", *words]) == 0
    (options,) = made
    lines = capsys.readouterr().err.splitlines()
    (line,) = (line.removeprefix("API      ") for line in lines if line.startswith("API "))
    port = lines[-1].split(":")[2].split()[0]  # "chat     http://…:port  (…"
    assert line.startswith(told.format(port=port))
    assert options["api"] == told.startswith("http")
    assert options["key"] == key


def test_a_short_key_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("RAG_API_KEY", "k" * 15)
    assert main(["--port", "0"]) == 1
    assert capsys.readouterr().err.startswith("error: RAG_API_KEY is too short")
