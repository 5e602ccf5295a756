"""How a model's name becomes a GGUF file: a path, the hub's cache, or a download."""

import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NoReturn

from rag.errors import ModelError

PREFERRED = "Q4_K_M"  # the usual balance of size and quality
TIMEOUT = 5  # seconds, for each step of asking the hub

_REPO = re.compile(r"(?P<repo>\w[\w.-]*/\w[\w.-]*)(?::(?P<quant>[\w./-]+))?")
_VERSIONS = (2, 3)  # of the GGUF format, that llama.cpp reads
_PART = re.compile(r"(?P<stem>.+)-(?P<index>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)
_NO_MODEL = re.compile(r"(^|/)(mmproj|imatrix)[^/]*$", re.IGNORECASE)  # companions of models


def resolve(name: str) -> Path | None:
    """The GGUF file that `name` stands for; None if answering needs no model.

    Args:
        name: a path to a .gguf, `user/repo` or `user/repo:QUANT` (looked up in the hub's cache
            first, without a network), `quote`, or `auto`.

    Raises:
        ModelError: nothing of that name, or what there is is not a GGUF; says what to do.
    """
    if name in ("quote", "auto"):  # no reader is bundled yet
        return None
    path, found = _look(name)
    repo = _REPO.fullmatch(name)
    if found == "folder":
        raise ModelError(f"{path} is a folder; give the model file itself{_inside(path)}")
    if found == "file":
        path = _first_part(path)
    elif repo and (repo["quant"] or path.suffix.lower() != ".gguf"):
        path = _from_hub(repo["repo"], repo["quant"])
    elif path.suffix.lower() == ".gguf":
        raise ModelError(f"there is no file {path}; check the path given to --llm")
    else:
        raise ModelError(
            f"--llm {name!r} is not a model: give a .gguf file, user/repo:QUANT, quote or auto"
        )
    _check_header(path)
    return path


def parts(name: str) -> list[str]:
    """All file names of the model that the file `name` belongs to; itself if it has no parts.

    >>> parts("a-00002-of-00002.gguf")
    ['a-00001-of-00002.gguf', 'a-00002-of-00002.gguf']
    """
    part = _PART.fullmatch(name)
    if part is None or not 1 <= int(part["index"]) <= int(part["count"]):
        return [name]
    total = int(part["count"])
    return [f"{part['stem']}-{i:05}-of-{total:05}{name[-5:]}" for i in range(1, total + 1)]


def choose(names: Sequence[str], quant: str | None, *, repo: str) -> list[str] | None:
    """The files of the one model meant by `quant`, first part first; None if there is none.

    Args:
        names: the files of a repository.
        quant: a quantisation or the end of a file name, in any case; without one, Q4_K_M if
            there is one, else the only model.
        repo: named in the error.

    Raises:
        ModelError: more than one model fits; lists them.
    """
    models = {parts(name)[0] for name in names if _is_model(name)}
    wanted = {name for name in models if _has(name, quant or PREFERRED)}
    if not wanted and quant is None:
        wanted = models
    if not wanted:
        return None
    if len(wanted) > 1:
        raise ModelError(
            f"{repo} has several models; name one after a colon, {repo}:FILE, "
            f"of: {listed(sorted(wanted))}"
        )
    found = parts(wanted.pop())
    return found if set(found) <= set(names) else None


def listed(names: Sequence[str], *, limit: int = 12) -> str:
    """The names in one line, at most `limit` of them."""
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")


def _from_hub(repo: str, quant: str | None) -> Path:
    """The (first) file of a model of a hub repository: from the cache, else downloaded.

    A model in the cache is found without a network. A download shows its progress on stderr.

    Raises:
        ModelError: the repository cannot be reached, is unknown, or has no such model.
    """
    return _cached(repo, quant) or _downloaded(repo, quant)


def _look(name: str) -> tuple[Path, Literal["file", "folder", "nothing"]]:
    try:
        path = Path(name).expanduser()
        found = path.exists()
        folder = path.is_dir()
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(
            f"{name} cannot be opened ({reason}); check the path and its permissions"
        ) from error
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
        raise ModelError(f"{path} is empty; download it again")
    if len(header) < 8 or header[:4] != b"GGUF":
        raise ModelError(f"{path} is not a GGUF file; give a model converted to GGUF")
    version = struct.unpack("<I", header[4:])[0]
    if version not in _VERSIONS:
        raise ModelError(
            f"{path} has GGUF version {version}, only 2 and 3 can be read; convert it again"
        )


def _is_model(name: str) -> bool:
    return name.lower().endswith(".gguf") and not _NO_MODEL.search(name)


def _has(name: str, quant: str) -> bool:
    """Whether the quantisation stands in the name as a word: `Q4_K` is not in `x-Q4_K_M.gguf`."""
    word = rf"(?<![a-z0-9]){re.escape(quant)}(?![a-z0-9_])"
    return re.search(word, name, re.IGNORECASE) is not None


def _cached(repo: str, quant: str | None) -> Path | None:
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}"
    for snapshot in _snapshots(folder):
        # is_file() follows the link into blobs/: a download cut short leaves none
        files = [path for path in snapshot.rglob("*") if path.is_file()]
        names = [path.relative_to(snapshot).as_posix() for path in files]
        if found := choose(names, quant, repo=repo):
            return snapshot / found[0]
    return None


def _snapshots(folder: Path) -> list[Path]:
    """The cached states of a repository: the one called main first, then the newest."""
    try:
        main = (folder / "refs" / "main").read_text("ascii").strip()
    except (OSError, ValueError):
        main = ""
    states = [path for path in folder.glob("snapshots/*") if path.is_dir()]
    return sorted(states, key=lambda path: (path.name != main, -path.stat().st_mtime, path.name))


def _downloaded(repo: str, quant: str | None) -> Path:
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # httpx's or httpx2's

    try:
        siblings = HfApi().model_info(repo, timeout=TIMEOUT).siblings or []
        names = [sibling.rfilename for sibling in siblings]
        found = choose(names, quant, repo=repo) or _nothing(repo, quant, names)
        paths = [hf_hub_download(repo, name, etag_timeout=TIMEOUT) for name in found]
    except (HTTPError, OSError, ValueError, RuntimeError) as error:
        raise ModelError(_hub_trouble(repo, error)) from error
    return Path(paths[0])


def _nothing(repo: str, quant: str | None, names: Sequence[str]) -> NoReturn:
    models = sorted({parts(name)[0] for name in names if _is_model(name)})
    if not models:
        raise ModelError(f"{repo} has no GGUF files; choose a repository of a GGUF model")
    raise ModelError(f"{repo} has no complete {quant or 'model'}; it has: {listed(models)}")


def _hub_trouble(repo: str, error: Exception) -> str:
    from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

    if isinstance(error, GatedRepoError):
        return f"{repo} wants its licence accepted on the hub; accept it, then set HF_TOKEN"
    if isinstance(error, RepositoryNotFoundError):
        return f"the hub has no repository {repo}, or it is private; check the name or HF_TOKEN"
    if isinstance(error, HFValidationError):
        return f"{repo!r} cannot be the name of a repository; write user/repo:QUANT"
    return (
        f"{repo} is not in the hub cache and the hub cannot be reached ({type(error).__name__}); "
        "download the .gguf on another computer and give its path, or set HF_ENDPOINT to a mirror"
    )
