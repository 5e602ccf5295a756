"""What was removed lately, so that it can come back: the last files, over restarts too."""

import json
import re
import secrets
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from index.files import DISK, PRIVATE_FOLDER, replace_file
from index.printed import Pages

TRASH = "trash"
KEPT = 20  # files; of older ones no trace is left
_ABOUT, _FILE = "about.json", "file"
_KEY = re.compile(r"[0-9]{20}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Entry:
    """A file that was removed: all that it takes to have the same articles again.

    `uploaded` says that its bytes lie in the trash; else they are where they always were, at
    `path`, and are the same as long as their SHA-256 is.
    """

    key: str
    source: str
    path: str
    sha256: str
    pages: Pages
    uploaded: bool
    articles: int
    at: str


class Trash:
    """The folder `trash` of a store; one folder a file, named by when it was removed."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the store's own."""
        self._folder = folder / TRASH

    def put(
        self, source: str, path: str, sha256: str, pages: Pages, *, uploaded: bool, articles: int
    ) -> Entry:
        """Note a file that is about to be removed; one that was uploaded is moved here.

        Raises:
            OSError: the disk is full or fails; the file is where it was.
        """
        now = datetime.now(UTC)
        key = f"{now:%Y%m%d%H%M%S%f}-{secrets.token_hex(4)}"
        at = now.isoformat(timespec="seconds")
        entry = Entry(key, source, path, sha256, pages, uploaded, articles, at)
        place = self._folder / key
        for folder in (self._folder, place):
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        try:
            content = json.dumps(asdict(entry), ensure_ascii=False).encode("utf-8", "surrogatepass")
            replace_file(DISK, place / _ABOUT, content)
            if uploaded:
                Path(path).replace(place / _FILE)
        except OSError:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return entry

    def entries(self) -> tuple[Entry, ...]:
        """What is here, the newest first."""
        if not self._folder.is_dir():
            return ()
        keys = sorted((path.name for path in self._folder.iterdir()), reverse=True)
        return tuple(entry for key in keys if (entry := self.entry(key)))

    def entry(self, key: str) -> Entry | None:
        """What has this key; None if it is not here (any more)."""
        if not _KEY.fullmatch(key):
            return None
        try:
            found = json.loads((self._folder / key / _ABOUT).read_bytes())
            return Entry(**found)
        except (OSError, ValueError, TypeError):
            return None  # gone, or never written to its end

    def give_back(self, entry: Entry) -> None:
        """Move an uploaded file to where it was; the entry stays until it is dropped.

        Raises:
            OSError: the disk fails.
        """
        file = self._folder / entry.key / _FILE
        if entry.uploaded and file.exists():
            Path(entry.path).parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            file.replace(entry.path)

    def take_again(self, entry: Entry) -> None:
        """Undo `give_back`."""
        if entry.uploaded and Path(entry.path).exists():
            Path(entry.path).replace(self._folder / entry.key / _FILE)

    def drop(self, entry: Entry) -> None:
        """Forget a file, and what lies here of it."""
        shutil.rmtree(self._folder / entry.key, ignore_errors=True)

    def trim(self) -> None:
        """Forget all but the last ones."""
        for entry in self.entries()[KEPT:]:
            self.drop(entry)
