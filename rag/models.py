"""python -m rag models: the language models on this computer, and how fast they run here."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rag import hub
from rag.errors import ModelError
from rag.found_models import Found, find, usual_folders
from rag.measure import USUAL_PROMPT, Measurement, measure

_HELP = """Lists the GGUF models in the hub's cache and in each FOLDER (without one, in the
folder of RAG_LLM and in ./models): the value for --llm that stands for each, what it is, what it
needs, and how fast it reads and writes here. For that each is loaded and run for two seconds, in a
process of its own; whatever else this computer does meanwhile makes the figures worse.

Exit codes: 0 a model can be used, 1 none can, 2 wrong usage, 130 interrupted.
To ask the question "models": python -m rag -- models
"""

_NOTHING = """no GGUF models in {places}

A model to begin with, downloaded when it is first asked for (0.6 GB, and 2.5 GB):
  python -m rag "..." --llm Qwen/Qwen3-0.6B-GGUF:Q8_0
  python -m rag "..." --llm Qwen/Qwen3-4B-GGUF:Q4_K_M
or put a .gguf file into ./models, or name its folder: python -m rag models FOLDER
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _list(options.folder or usual_folders(), as_json=options.json)
    except ModelError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except BrokenPipeError:  # the reader of our output (head, less) went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rag models",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder", nargs="*", type=Path, metavar="FOLDER", help="a file will do, too"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    return parser


def _list(folders: Sequence[Path], *, as_json: bool) -> int:
    for folder in folders:
        if not folder.exists():
            raise ModelError(f"there is no folder {folder}; check the path")
    found = find(folders)
    if not found:
        places = " or ".join(str(place) for place in (hub.cache(), *folders))
        sys.stderr.write(_NOTHING.format(places=places))
        return 1
    usable = 0
    for model, told in _measured(found):
        usable += isinstance(told, Measurement)
        text = (
            json.dumps(_object(model, told), ensure_ascii=False) if as_json else _row(model, told)
        )
        # names of files may hold what is no character
        sys.stdout.write(text.encode("utf-8", "replace").decode() + "\n")
        sys.stdout.flush()
    return 0 if usable else 1


def _measured(found: Sequence[Found]) -> Iterator[tuple[Found, Measurement | str]]:
    """Each model with what was measured, or why it was not; the progress goes to stderr."""
    from tqdm import tqdm

    with tqdm(total=len(found), unit=" models", disable=None, leave=False, file=sys.stderr) as bar:
        for model in found:
            bar.set_description(model.path.name)
            told = _measure(model)
            bar.update()
            bar.clear()  # the row comes where the bar is
            yield model, told


def _measure(model: Found) -> Measurement | str:
    memory = _memory()
    if model.fault is not None:
        return model.fault
    if memory is not None and model.size > memory:
        return f"it needs more memory than there is ({_gb(memory)}); choose a smaller model"
    try:
        return measure(model.path)
    except ModelError as error:
        return str(error)


def _memory() -> int | None:
    """Bytes of memory that this computer has; None where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _object(model: Found, told: Measurement | str) -> dict[str, Any]:
    fields = {"llm": model.name, "path": str(model.path), "size": model.size}
    if isinstance(told, str):
        return {**fields, "fault": told}
    return {**fields, "fault": None, **told.to_json()}


def _row(model: Found, told: Measurement | str) -> str:
    if isinstance(told, str):
        return f"{shlex.quote(model.name)}\n    {_gb(model.size)}, cannot be used: {told}"
    template = f"{told.template} template" if told.template else "no chat template"
    if told.thinking_switch:
        template += " with a thinking switch"
    memory = "keeps what it has read" if told.reuses_prompts else "reads every prompt anew"
    return (
        f"{shlex.quote(model.name)}\n"
        f"    {_gb(model.size)}, {told.quantisation}, {_billions(told.parameters)} parameters "
        f"({told.architecture}), {template}\n"
        f"    trained for {told.trained_context:,} tokens; {told.kind}, {memory}; "
        f"memory about {_gb(told.memory)} with {told.context:,} tokens\n"
        f"    reads {told.read_rate:,.0f} and writes {told.write_rate:,.0f} tokens/s: an answer "
        f"begins after about {told.first_token:,.1f} s ({USUAL_PROMPT:,} tokens of question)"
    )


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def _billions(count: int) -> str:
    return f"{count / 1e9:.2f} billion" if count >= 1e8 else f"{count / 1e6:.1f} million"
