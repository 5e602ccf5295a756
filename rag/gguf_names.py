"""How a model's name becomes a GGUF file: a path, the hub's cache, or a download."""

import re
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from rag.errors import ModelError
from rag.hub import from_hub
from rag.model_files import listed, parts

READER = Path(__file__).with_name("model") / "reader.gguf"

_REPO = re.compile(r"(?P<repo>\w[\w.-]*/\w[\w.-]*)(?::(?P<quant>[\w./-]+))?")
_VERSIONS = (2, 3)  # of the GGUF format, that llama.cpp reads


def resolve(name: str) -> Path | None:
    """The GGUF file that `name` stands for; None if answering needs no model.

    Args:
        name: a path to a .gguf, `user/repo` or `user/repo:QUANT` (looked up in the hub's cache
            first, without a network), `quote`, `auto` (the same), or `reader`, the bundled one.

    Raises:
        ModelError: nothing of that name, or what there is is not a GGUF; says what to do.
    """
    if name in ("quote", "auto"):
        return None
    if name == "reader":
        return READER
    path, found = _look(name)
    repo = _REPO.fullmatch(name)
    if found == "folder":
        raise ModelError(f"{path} is a folder; give the model file itself{_inside(path)}")
    if found == "file":
        path = _first_part(path)
    elif repo and (repo["quant"] or path.suffix.lower() != ".gguf"):
        path = from_hub(repo["repo"], repo["quant"])
    elif path.suffix.lower() == ".gguf":
        raise ModelError(f"there is no file {path}; check the path given to --llm")
    else:
        raise ModelError(
            f"--llm {name!r} is not a model: give a .gguf file, user/repo:QUANT, quote, reader "
            "or auto"
        )
    _check_header(path)
    return path


def bundled_reader() -> Path | None:
    """The reader's file; None where llama-cpp-python, which it needs, is not installed."""
    return READER if find_spec("llama_cpp") is not None else None


def is_bundled_reader(path: Path) -> bool:
    """Whether this file is the reader that comes with the program."""
    return path.name == READER.name and path.resolve() == READER.resolve()


def _look(name: str) -> tuple[Path, Literal["file", "folder", "nothing"]]:
    try:
        path = Path(name).expanduser()
        found = path.exists()
        folder = path.is_dir()
        special = found and not folder and not path.is_file()
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(
            f"{name} cannot be opened ({reason}); check the path and its permissions"
        ) from error
    if special:  # a pipe would keep us waiting for ever
        raise ModelError(f"{path} is no ordinary file; give a .gguf file")
    return path, "folder" if folder else "file" if found else "nothing"


def _inside(folder: Path) -> str:
    names = sorted(path.name for path in folder.glob("*.gguf"))
    return f", one of: {listed(names)}" if names else "; it has no .gguf"


def _first_part(path: Path) -> Path:
    """The first file of a model in several parts, once all are there; else `path` itself."""
    files = [path.with_name(name) for name in parts(path.name)]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise ModelError(
            f"{path} is one part of {len(files)}, and {listed(missing)} "
            f"is missing; put all parts into {path.parent}"
        )
    return files[0]


def _check_header(path: Path) -> None:
    """Refuse what is no GGUF here: llama.cpp may end the process over it."""
    try:
        with path.open("rb") as file:
            header = file.read(8)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read ({error.strerror}); check its permissions"
        ) from error
    if not header:
        raise ModelError(f"{path} is empty; delete it and download it again")
    if header == b"version ":  # what git leaves in the place of a large file
        raise ModelError(f"{path} only points at the model; download the file itself")
    if len(header) < 8 or header[:4] != b"GGUF":
        raise ModelError(f"{path} is not a GGUF file; give a model converted to GGUF")
    version = struct.unpack("<I", header[4:])[0]
    if version not in _VERSIONS:
        raise ModelError(
            f"{path} has GGUF version {version}, only 2 and 3 can be read; convert it again"
        )
