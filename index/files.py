"""What writing a store does to the disk, one call a step.

Publishing goes through a `Disk`, so that tests can record its steps, make any of them fail or leave
it out, and look at what a crash would have left.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


class Disk:
    """The real one. Every call raises OSError when the disk is full or fails."""

    def make_folder(self, path: Path) -> None:
        """Make a folder that only its owner may enter."""
        path.mkdir(mode=PRIVATE_FOLDER)

    def write(self, path: Path, content: bytes) -> None:
        """Write a new file; it lasts once it is synced. A link in its place is not followed."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, PRIVATE_FILE), "wb") as file:
            file.write(content)

    def sync(self, path: Path) -> None:
        """Make a file's content last, or the names in a folder."""
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name."""
        os.link(source, target, follow_symlinks=False)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file or folder another name; a file of that name is replaced at one stroke."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove a file or a link, if it is there."""
        path.unlink(missing_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove a folder with all that is in it; of a link only itself."""
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path)


DISK = Disk()


def replace_file(disk: Disk, path: Path, content: bytes) -> None:
    """Put a file in the place of another, so that a crash leaves either of them whole."""
    draft = path.with_name(f".{path.name}")
    disk.remove(draft)  # left by a run that was killed
    disk.write(draft, content)
    disk.sync(draft)
    disk.rename(draft, path)
    disk.sync(path.parent)


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def with_checksum(fields: dict[str, Any]) -> bytes:
    """Fields as JSON, with its own SHA-256 on the last line."""
    body = json.dumps(fields, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    return body + hashlib.sha256(body).hexdigest().encode() + b"\n"


def checked(content: bytes) -> Any | None:
    """What `with_checksum` wrote; None, and nothing is parsed, where a byte is not as it was."""
    body, _, trailer = content[:-1].rpartition(b"\n")
    whole = content[-1:] == b"\n" and hashlib.sha256(body + b"\n").hexdigest().encode() == trailer
    return json.loads(body) if whole else None


def is_plain(path: Path, within: Path) -> bool:
    """Whether a file is there, and neither it nor a folder above it, below `within`, is a link."""
    parts = path.relative_to(within).parts
    steps = [within.joinpath(*parts[: count + 1]) for count in range(len(parts))]
    return path.is_file() and not any(step.is_symlink() for step in steps)
