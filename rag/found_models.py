"""The GGUF models on this computer: in the hub's cache and in folders."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag import hub
from rag.errors import ModelError
from rag.gguf_names import resolve
from rag.model_files import listed, models, parts, quantisations


@dataclass(frozen=True)
class Found:
    """A model's files.

    Attributes:
        name: the value of --llm that stands for it.
        path: its file; of a model in parts the first.
        size: bytes of all its files.
        fault: why it cannot be used; None if nothing speaks against it so far.
    """

    name: str
    path: Path
    size: int
    fault: str | None = None


def find(folders: Sequence[Path]) -> list[Found]:
    """All models in the hub's cache, and in these folders and below; each file once.

    A folder may also be a file, which then is the only one looked at.
    """
    seen: set[object] = set()
    found = []
    for model in (*_in_cache(), *(model for folder in folders for model in _in_folder(folder))):
        identity = _identity(model.path)
        if identity not in seen:
            seen.add(identity)
            found.append(model)
    return found


def usual_folders() -> list[Path]:
    """Where else models may lie: the folder of RAG_LLM, if that is a file, and ./models."""
    file = Path(os.environ.get("RAG_LLM") or "quote")
    folders = [file.parent] if file.is_file() else []
    return [*folders, *(folder for folder in [Path("models")] if folder.is_dir())]


def _in_cache() -> Iterator[Found]:
    for repo in hub.repositories():
        for snapshot in hub.snapshots(repo):
            there = [*snapshot.names, *snapshot.cut_short]
            for model in models(there):
                path = snapshot.folder / model
                missing = [name for name in parts(model) if name not in snapshot.names]
                if not missing:
                    yield _found(_hub_name(repo, model, path), path)
                elif not _whole_elsewhere(repo, model):
                    fault = (
                        f"its download was cut short ({listed(missing)} is missing); "
                        "give this name to --llm to go on with it"
                    )
                    yield Found(f"{repo}:{model}", path, _size(path), fault)


def _whole_elsewhere(repo: str, model: str) -> bool:
    return any(set(parts(model)) <= set(other.names) for other in hub.snapshots(repo))


def _in_folder(folder: Path) -> Iterator[Found]:
    if folder.is_file():
        yield _found(_typed(folder), folder)
        return
    seen = {_identity(folder)}
    for place, below, files in os.walk(folder, followlinks=True):
        inside = {_identity(Path(place) / name): name for name in sorted(below, reverse=True)}
        below[:] = sorted(name for key, name in inside.items() if key not in seen)
        seen |= inside.keys()  # links may lead round in a circle
        for name in models(files):
            yield _found(_typed(Path(place) / name), Path(place) / name)


def _found(name: str, path: Path) -> Found:
    """The model, after a look at what can be seen without loading it."""
    there = next((p for p in map(path.with_name, parts(path.name)) if p.exists()), path)
    fault = None
    try:
        if there.is_symlink() and not there.exists():
            fault = f"it is a link to {there.readlink()}, which is not there"
        else:
            resolve(_typed(there))
    except ModelError as error:
        fault = str(error)
    return Found(name, path, _size(path), fault)


def _typed(path: Path) -> str:
    """A path as --llm takes it, though it may begin like an option or a home folder."""
    text = str(path.absolute() if str(path).startswith("~") else path)
    return f"./{text}" if text.startswith("-") else text


def _hub_name(repo: str, model: str, path: Path) -> str:
    """The shortest name that gives this very file: user/repo:QUANT, else with the file's name."""
    for quant in (*quantisations(model), model):
        try:
            if "/" in repo and hub.cached(repo, quant) == path:
                return f"{repo}:{quant}"
        except ModelError:  # more than one has that word in its name
            continue
    return _typed(path)


def _size(path: Path) -> int:
    total = 0
    for file in map(path.with_name, parts(path.name)):
        try:
            total += file.stat().st_size
        except OSError:  # missing, which the fault says
            continue
    return total


def _identity(path: Path) -> object:
    """The same for two names of one file."""
    try:
        state = path.stat()
    except OSError:
        return path
    return state.st_dev, state.st_ino
