"""Waiting until files or folders change."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.errors import InputError

_SETTLED = 1600  # milliseconds: what changes meanwhile is taken together
_LOOKS_EVERY = 250  # milliseconds


def changes(paths: Sequence[Path], store: Path) -> Iterator[bool]:
    """False at once, then True each time that something below the paths has changed.

    What changes in the store's own folder does not count.

    Raises:
        InputError: a path does not exist, or watchfiles is not installed.
        KeyboardInterrupt: on Ctrl-C.
    """
    try:
        from watchfiles import Change, DefaultFilter, watch
    except ImportError as error:
        raise InputError(
            "watching folders needs the package watchfiles; install it: pip install watchfiles"
        ) from error
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist; check the path")
    usual, own = DefaultFilter(), str(store.resolve())

    def wanted(change: Change, path: str) -> bool:
        inside = path == own or path.startswith(own + os.sep)
        return not inside and usual(change, path)

    watched = watch(
        *(path.resolve() for path in paths),
        watch_filter=wanted,
        debounce=_SETTLED,
        rust_timeout=_LOOKS_EVERY,
        raise_interrupt=True,
        yield_on_timeout=True,
    )
    next(watched)  # it begins to watch now: what changes during the first build is noticed
    yield False
    for changed in watched:
        if changed:
            yield True
