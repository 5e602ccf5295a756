"""What a generation says of itself, and whether its files are what it says."""

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import StoreDamaged, StoreMismatch
from index.files import checked, is_plain, sha256
from index.rows import SCHEMA, other_schema

MANIFEST = "MANIFEST.json"

_HASHED_AT_ONCE = 2  # files; one after the other it takes nearly twice as long to open a store
_FEW = 1_000_000  # bytes, which are hashed before a thread has begun
# No other name can lead anywhere, whoever wrote the manifest.
_NAME = re.compile(
    r"(changes/)?(vectors\.faiss|articles\.sqlite|columns\.npy|lexical/[a-z_]+\.npy)"
    r"|changes/gone\.npy|canary\.npy"
)
_OF_BASE = re.compile(r"(?!changes/|canary\.npy)")


@dataclass(frozen=True)
class Manifest:
    """Of a generation: what it holds and what made it; sizes and SHA-256 of its files by name.

    `base_articles` and `base_paragraphs` are those of the files that were written whole; what
    changed since lies beside them. `state` is `Catalog.state` at that time.
    """

    articles: int
    paragraphs: int
    base_articles: int
    base_paragraphs: int
    state: str
    fingerprint: dict[str, str | int]
    vectors: dict[str, str | int | float]
    files: dict[str, dict[str, Any]]

    @property
    def of_base(self) -> dict[str, dict[str, Any]]:
        """The files that were written whole and may be shared with other generations."""
        return {name: facts for name, facts in self.files.items() if _OF_BASE.match(name)}


def read_manifest(generation: Path) -> Manifest:
    """The manifest of a generation, its own checksum verified before it is parsed.

    Raises:
        StoreDamaged: missing, a link, or changed.
        StoreMismatch: of another schema.
    """
    path = generation / MANIFEST
    try:
        content = path.read_bytes() if is_plain(path, generation) else None
    except OSError as error:
        raise StoreDamaged(f"{path} cannot be read ({error.strerror})") from error
    if content is None:
        raise StoreDamaged(f"{path} is missing")
    fields = checked(content)
    if fields is None:
        raise StoreDamaged(f"{path} fails its checksum")
    if fields["schema"] != SCHEMA:
        raise StoreMismatch(other_schema(path, fields["schema"], fields.get("needs")))
    try:
        return _manifest(fields, path)
    except KeyError as error:
        raise StoreDamaged(f"{path} lacks {error}: an earlier version wrote it") from error


def _manifest(fields: dict[str, Any], path: Path) -> Manifest:
    counts = {"articles": fields["articles"], "paragraphs": fields["paragraphs"]}
    base = fields.get("base", counts)
    if odd := [name for name in fields["files"] if not _NAME.fullmatch(name)]:
        raise StoreDamaged(f"{path} names {odd[0]!r}, which is no file of a generation")
    return Manifest(
        **counts,
        base_articles=base["articles"],
        base_paragraphs=base["paragraphs"],
        state=fields["state"],
        fingerprint=fields["fingerprint"],
        vectors=fields["vectors"],
        files=fields["files"],
    )


def verify_files(generation: Path, manifest: Manifest, names: Iterable[str] | None = None) -> None:
    """Compare files with their size and SHA-256; all of them unless some are named.

    Raises:
        StoreDamaged: one is missing, a link, or differs.
    """
    chosen = manifest.files if names is None else names
    paths = {generation / name: manifest.files[name] for name in chosen}
    for path, facts in paths.items():
        if not is_plain(path, generation):
            raise StoreDamaged(f"{path} is missing")
        if path.stat().st_size != facts["size"]:
            raise StoreDamaged(f"{path} fails its checksum")
    for path, found in zip(paths, _hashes(paths), strict=True):
        if found != paths[path]["sha256"]:
            raise StoreDamaged(f"{path} fails its checksum")


def _hashes(paths: Mapping[Path, Mapping[str, Any]]) -> list[str]:
    if sum(facts["size"] for facts in paths.values()) < _FEW:
        return [sha256(path) for path in paths]
    with ThreadPoolExecutor(_HASHED_AT_ONCE) as pool:
        return list(pool.map(sha256, paths))


def damage(generation: Path) -> str | None:
    """What is wrong with a generation's files, or None."""
    try:
        verify_files(generation, read_manifest(generation))
    except StoreDamaged as error:
        return str(error)
    return None
