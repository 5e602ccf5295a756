"""Waiting until files or folders change."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from index.errors import InputError

_SETTLED = 1600  # milliseconds: what changes meanwhile is taken together


def changes(paths: Sequence[Path], store: Path) -> Iterator[bool]:
    """False at once, then True each time that something below the paths has changed.

    What changes in the store's own folder does not count.

    Raises:
        InputError: a path does not exist, or watchfiles is not installed.
        KeyboardInterrupt: on Ctrl-C.
    """
    try:
        from watchfiles import DefaultFilter, watch
    except ImportError as error:
        raise InputError(
            "watching folders needs the package watchfiles; install it: pip install watchfiles"
        ) from error
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist; check the path")
    wanted = DefaultFilter(ignore_paths=[str(store.resolve())])
    watched = watch(
        *(path.resolve() for path in paths),
        watch_filter=wanted,
        debounce=_SETTLED,
        raise_interrupt=True,
        yield_on_timeout=False,
    )
    yield False
    for _ in watched:
        yield True
