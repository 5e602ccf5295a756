"""What a GGUF model is and how fast it runs here, found out in a process of its own.

A malformed file, or an assertion inside llama.cpp, may end the process that loads it.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rag.child import telling_line
from rag.errors import ModelError

TIME_LIMIT = 60.0  # seconds for one model, its loading included
USUAL_PROMPT = 1100  # tokens: a question with its passages

Kind = Literal["attention", "hybrid", "recurrent"]


@dataclass(frozen=True)
class Measurement:
    """What loading and running a model told.

    Attributes:
        architecture: as llama.cpp calls it.
        quantisation: of most weights.
        parameters: how many.
        trained_context: tokens it was trained for.
        context: tokens it is given here.
        kind: what it remembers a prompt by; only `attention` can go back in it.
        reuses_prompts: whether the beginning that two prompts share is read once.
        template: the family of its chat template; None if it has none.
        thinking_switch: whether the template can be told that the model shall not think aloud.
        memory: bytes for the weights and a full context.
        read_rate: tokens of a prompt a second.
        write_rate: tokens of an answer a second.
    """

    architecture: str
    quantisation: str
    parameters: int
    trained_context: int
    context: int
    kind: Kind
    reuses_prompts: bool
    template: str | None
    thinking_switch: bool
    memory: int
    read_rate: float
    write_rate: float

    @property
    def first_token(self) -> float:
        """Seconds until an answer to a usual question begins, about."""
        return USUAL_PROMPT / self.read_rate + 1 / self.write_rate

    def to_json(self) -> dict[str, Any]:
        """All of it, rounded, for `json.dumps`."""
        rates = {"read_rate": round(self.read_rate, 1), "write_rate": round(self.write_rate, 1)}
        return {**asdict(self), **rates, "first_token_s": round(self.first_token, 1)}


def measure(path: Path, *, time_limit: float = TIME_LIMIT) -> Measurement:
    """Load and run the model for some seconds, in another process, with the engine's settings.

    Raises:
        ModelError: it cannot be loaded, computes nothing, crashes or takes too long.
    """
    command = [sys.executable, "-I", "-c", _CHILD, json.dumps([str(p) for p in sys.path])]
    try:
        run = subprocess.run(
            [*command, os.fsdecode(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=time_limit,
            env={**os.environ, "GGML_NO_BACKTRACE": "1"},  # which would call a debugger
        )
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"{path} was not loaded and measured within {time_limit:.0f} s; choose a smaller model"
        ) from None
    with contextlib.suppress(ValueError):
        told = json.loads(run.stdout)
        if "fault" in told:
            raise ModelError(told["fault"])
        return Measurement(**told)
    raise ModelError(f"{path} {_crash(run.returncode, run.stderr.decode('utf-8', 'replace'))}")


# The other process finds the same modules, wherever this one was started.
_CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from rag.model_bench import main; main(sys.argv[2])"
)


def _crash(code: int, stderr: str) -> str:
    """What to say of a process that ended without a result."""
    if -code == getattr(signal, "SIGKILL", 0):
        return "was stopped by the system, most likely for want of memory; choose a smaller model"
    name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    told = telling_line(stderr)
    reason = f"{name}: {told}" if told else name
    return f"makes llama.cpp crash ({reason}); download it again, or choose another model"
