"""The command: quick help, clear refusals, exit codes."""

import subprocess
import sys

import pytest

from rag.serve.address import listen
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
