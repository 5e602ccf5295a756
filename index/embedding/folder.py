"""An embedding model on disk: found by name, checked, known by its fingerprint."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.embedding.prompts import Prompts, choose_prompts
from index.embedding.trust import check_folder
from index.errors import EmbedderError

_MODEL_FILES = {".json", ".safetensors", ".txt", ".model"}


@dataclass(frozen=True)
class ModelFolder:
    """A model that may be loaded: `modules` are the class names of its modules, in order."""

    path: Path
    modules: tuple[str, ...]
    prompts: Prompts
    fingerprint: str

    @property
    def is_static(self) -> bool:
        """Whether a vector is the mean of its tokens' rows: no transformer, nothing cut off."""
        return set(self.modules) <= {"StaticEmbedding", "Normalize"}

    @property
    def is_plain(self) -> bool:
        """Whether it is a plain transformers model, which does not say how to pool."""
        return not (self.path / "modules.json").exists()


def open_folder(name: str) -> ModelFolder:
    """The model called `name`: a folder, else from the hub's cache, else downloaded.

    Raises:
        EmbedderError: there is none, or it must not be loaded (see `index.embedding.trust`).
    """
    path = find_model(name)
    modules = check_folder(path)
    config = _read(path / "config_sentence_transformers.json")
    prompts = choose_prompts(path, config, tuple(_names(name, path)))
    return ModelFolder(path, modules, prompts, fingerprint(path, prompts))


def fingerprint(folder: Path, prompts: Prompts | None = None) -> str:
    """SHA-256 over what makes the vectors: a model's files without its documentation, and prompts.

    Prompts, pooling and dimension stand in those files, mostly; `prompts` that do not (see
    `Prompts.told`) are counted besides.
    """
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _MODEL_FILES and p.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\n{content}\n".encode())
    if prompts is not None and not prompts.told:
        digest.update(json.dumps([prompts.query, prompts.passage]).encode())
    return digest.hexdigest()


def find_model(name: str, kind: str = "embedder") -> Path:
    """The folder called `name`, else from the hub's cache, else downloaded; nothing is checked.

    `kind` is what messages call it, as in --embedder and RAG_EMBEDDER.

    Raises:
        EmbedderError: there is none.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if name.count("/") > 1 or name.startswith((".", "/", "~")) or path.suffix == ".safetensors":
        raise EmbedderError(f"there is no model folder {name}; check --{kind} / RAG_{kind.upper()}")
    return _from_hub(name, kind)


def _from_hub(name: str, kind: str) -> Path:
    from huggingface_hub import errors as hub
    from huggingface_hub import snapshot_download

    patterns = [f"*{suffix}" for suffix in sorted(_MODEL_FILES)]
    try:
        path = Path(snapshot_download(name, local_files_only=True, allow_patterns=patterns))
        if any(path.rglob("*.safetensors")):
            return path  # else the download was interrupted
    except (hub.LocalEntryNotFoundError, ValueError, OSError):
        pass  # not in the cache: try to download it
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, etag_timeout=5))
    except (hub.HTTPError, ValueError, OSError) as error:  # type: ignore[attr-defined]
        raise EmbedderError(
            f"the {kind} {name} is neither a folder nor in the hub cache and cannot be "
            "downloaded; check the name and the network, or give a local model folder"
        ) from error


def _names(name: str, path: Path) -> Iterator[str]:
    """What a model is called: by the user, by its folder, and in its own files."""
    yield name
    yield path.resolve().name
    for parent in path.resolve().parents:  # models--intfloat--multilingual-e5-small/snapshots/…
        if parent.name.startswith("models--"):
            yield parent.name.removeprefix("models--").replace("--", "/")
    for file, key in (("config.json", "_name_or_path"), ("tokenizer_config.json", "name_or_path")):
        value = _read(path / file).get(key)
        if isinstance(value, str):
            yield value.rstrip("/")


def _read(path: Path) -> dict[str, object]:
    """A JSON object that `check_folder` has read before; {} where there is none."""
    value = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return value if isinstance(value, dict) else {}
