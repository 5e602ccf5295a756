"""Names under which uploaded files are kept: safe on every system, and still the reader's own."""

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath

from ui.articles.errors import Refusal
from ui.inert import visible

LONGEST = 120  # bytes of UTF-8; systems allow 255, and folders above take their share elsewhere
_UNFIT = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_SPACES = re.compile(r"\s+")
# Windows takes these for devices, whatever ending they have.
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)
_BETWEEN = " - "  # joins the folders above a file with its name


def safe_name(given: str) -> str:
    """A file name for what a reader's computer calls `given`, folders above it included.

    Folders become the beginning of the name, so that files of one name in two of them stay two.
    A name that is too long is cut and marked by a hash of all of it.

    Raises:
        Refusal: nothing that could be a name is left.
    """
    words = unicodedata.normalize("NFC", visible(given))
    parts = [_plain(part) for part in re.split(r"[/\\]", words)]
    name = _BETWEEN.join(part for part in parts if part)
    if not name:
        raise Refusal("name", f"{given!r} is no name of a file; rename it", name=given)
    if _DEVICE.match(name):
        name = f"_{name}"
    if len(name.encode()) <= LONGEST:
        return name
    ending = PurePosixPath(name).suffix
    stem = name.removesuffix(ending)
    mark = "~" + hashlib.sha256(words.encode()).hexdigest()[:8]
    room = LONGEST - len((mark + ending).encode())
    if room < 1:
        raise Refusal("name", f"the ending of {given!r} is too long; rename it", name=given)
    return _cut(stem, room) + mark + ending


def _plain(part: str) -> str:
    """One part of a path without what is not allowed in names; "" of ".", ".." and the like."""
    return _SPACES.sub(" ", _UNFIT.sub("_", part)).strip(" ").lstrip(".").strip(" ").rstrip(". ")


def _cut(text: str, size: int) -> str:
    """The beginning of a text, of at most so many bytes."""
    return text.encode()[:size].decode("utf-8", "ignore").rstrip(". ")
