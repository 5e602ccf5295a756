"""GGUF models of a hub: those in its cache on this computer, and downloads."""

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import NoReturn
from urllib.parse import urlsplit

from rag.errors import ModelError
from rag.model_files import choose, listed, models

TIMEOUT = 5  # seconds, for each step of asking the hub

# errors of the disk, not of the network; those of the network carry other numbers or none
_STORAGE = {errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR, errno.EEXIST}


@dataclass(frozen=True)
class Snapshot:
    """One cached state of a repository.

    Attributes:
        repo: `user/repo`.
        folder: where it lies.
        names: its files that are whole.
        cut_short: its files whose download has not ended.
    """

    repo: str
    folder: Path
    names: tuple[str, ...]
    cut_short: tuple[str, ...]


def from_hub(repo: str, quant: str | None) -> Path:
    """The (first) file of a model of a hub repository: from the cache, else downloaded.

    A model in the cache is found without a network. A download shows its progress on stderr.

    Raises:
        ModelError: the repository cannot be reached, is unknown, or has no such model.
    """
    return cached(repo, quant) or _downloaded(repo, quant)


def cached(repo: str, quant: str | None) -> Path | None:
    """The (first) file of a model in the cache; None if it is not there, or not whole.

    Raises:
        ModelError: more than one model fits; lists them.
    """
    for snapshot in snapshots(repo):
        if found := choose(snapshot.names, quant, repo=repo):
            return snapshot.folder / found[0]
    return None


def cache() -> Path:
    """The folder of the cache, which need not exist."""
    return Path(_constants().HF_HUB_CACHE)


def repositories() -> list[str]:
    """The names of all cached repositories of models."""
    try:
        folders = [entry.name for entry in os.scandir(cache())]
    except OSError:
        return []
    names = [name.removeprefix("models--") for name in folders if name.startswith("models--")]
    return sorted(name.replace("--", "/", 1) for name in names)


def snapshots(repo: str) -> list[Snapshot]:
    """The cached states of a repository: the one called main first, then the newest."""
    folder = cache() / f"models--{repo.replace('/', '--')}"
    try:
        main = (folder / "refs" / "main").read_text("ascii").strip()
    except (OSError, ValueError):
        main = ""
    try:
        states = [Path(entry.path) for entry in os.scandir(folder / "snapshots")]
    except OSError:
        return []
    states.sort(key=lambda path: (path.name != main, -_modified(path), path.name))
    return [_snapshot(repo, path) for path in states]


def _snapshot(repo: str, folder: Path) -> Snapshot:
    names = sorted(_files(folder))
    # isfile() follows the link into blobs/: a download cut short leaves none
    whole = {name for name in names if os.path.isfile(folder / name)}  # noqa: PTH113  # never raises
    rest = tuple(name for name in names if name not in whole)
    return Snapshot(repo, folder, tuple(name for name in names if name in whole), rest)


def _files(folder: Path) -> Iterator[str]:
    for place, _, files in os.walk(folder):  # passes over what it may not enter
        for file in files:
            yield (Path(place) / file).relative_to(folder).as_posix()


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _downloaded(repo: str, quant: str | None) -> Path:
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # httpx's or httpx2's

    try:
        siblings = HfApi().model_info(repo, timeout=TIMEOUT).siblings or []
        names = [sibling.rfilename for sibling in siblings]
        found = choose(names, quant, repo=repo) or _nothing(repo, quant, names)
        paths = [hf_hub_download(repo, name, etag_timeout=TIMEOUT) for name in found]
    except (HTTPError, OSError, ValueError, RuntimeError) as error:
        raise ModelError(_trouble(repo, quant, error)) from error
    return Path(paths[0])


def _nothing(repo: str, quant: str | None, names: Sequence[str]) -> NoReturn:
    if not models(names):
        raise ModelError(f"{repo} has no GGUF files; choose a repository of a GGUF model")
    raise ModelError(f"{repo} has no complete {quant or 'model'}; it has: {listed(models(names))}")


def _trouble(repo: str, quant: str | None, error: Exception) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return f"{repo} wants its licence accepted on the hub; accept it, then set HF_TOKEN"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"the hub has no repository {repo}, or it is private; check the name or HF_TOKEN"
    if isinstance(error, errors.HFValidationError):
        return f"{repo!r} cannot be the name of a repository; write user/repo:QUANT"
    absent = f"{repo}:{quant}" if quant else repo
    there = models({name for snapshot in snapshots(repo) for name in snapshot.names})
    absent += " is not in the hub cache" + (f" (which has {listed(there)})" if there else "")
    if isinstance(error, errors.OfflineModeIsEnabled):
        return f"{absent}, and HF_HUB_OFFLINE forbids to download it; unset HF_HUB_OFFLINE"
    if isinstance(error, OSError) and error.errno in _STORAGE:
        return (
            f"{absent} and cannot be stored: {error.strerror} ({error.filename or cache()}); "
            "make room there, or set HF_HUB_CACHE to a folder of yours"
        )
    address = urlsplit(_constants().ENDPOINT).netloc.rpartition("@")[2] or "HF_ENDPOINT"
    return (
        f"{absent} and the hub cannot be reached at {address} ({type(error).__name__}); "
        "download the .gguf on another computer and give its path, or set HF_ENDPOINT to a mirror"
    )


def _constants() -> ModuleType:
    try:
        from huggingface_hub import constants
    except ValueError as error:  # it takes the address apart while it is imported
        raise ModelError(f"HF_ENDPOINT cannot be used ({error}); correct it or unset it") from error
    return constants
