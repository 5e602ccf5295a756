"""Templates that would take for ever, or all the memory there is."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

if "CI" not in os.environ:  # there, a missing llama.cpp is a failure
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")

from rag.errors import ModelError
from rag.llm import Message, Request
from rag.worker import Worker
from tests.tiny_gguf import write_tiny_gguf

ROOT = Path(__file__).parents[2]
# Not in the sample at loading; and of no family whose templates llama.cpp knows itself
LATE = (
    "{% if messages|length > 2 %}HOSTILE{% endif %}"
    "{% for message in messages %}{{ message.content }}\n{% endfor %}"
)


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


def test_what_is_late_ends_the_process() -> None:
    late = "bounds.SECONDS = 0.1\nwith bounds.bounded():\n    while True: pass"
    ended = run(f"from rag import bounds\nbounds.put_in_force()\n{late}")
    assert ended.returncode == -signal.SIGALRM


def test_what_is_large_is_refused_and_later_work_is_free() -> None:
    script = (
        "import time\nfrom rag import bounds\nbounds.put_in_force()\nbounds.SECONDS = 0.3\n"
        "try:\n    with bounds.bounded(): bytearray(3 * bounds.MEMORY)\n"
        "except MemoryError: print('refused')\n"
        "bytearray(3 * bounds.MEMORY)\ntime.sleep(0.4)\nprint('free')"
    )
    assert run(script).stdout == "refused\nfree\n"


def test_elsewhere_nothing_is_limited() -> None:
    script = (
        "import time\nfrom rag import bounds\nbounds.SECONDS = 0.1\n"
        "with bounds.bounded(): time.sleep(0.2)\nprint('done')"
    )
    assert run(script).stdout == "done\n"


def test_a_template_that_eats_memory_costs_one_answer(tmp_path: Path) -> None:
    template = LATE.replace("HOSTILE", "{{ messages[0].content|center(10**10) }}")
    path = write_tiny_gguf(tmp_path / "greedy.gguf", template=template)
    talk = (Message("user", "x"), Message("assistant", "y"), Message("user", "z"))
    with contextlib.closing(Worker(path)) as worker:
        with pytest.raises(ModelError, match="chat template .* too much memory"):
            list(worker.stream(Request(talk, 5)))
        assert list(worker.stream(Request(talk[:1], 5)))


def test_a_name_in_the_file_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    whole = write_tiny_gguf(tmp_path / "whole.gguf").read_bytes()
    path = tmp_path / "tensor.gguf"
    path.write_bytes(whole.replace(b"output_norm.weight", b"output\x1b[2Jrm.weight"))
    with pytest.raises(ModelError) as caught:
        Worker(path)
    assert str(caught.value).isprintable()
