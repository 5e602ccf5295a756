"""Progress of a build on the terminal."""

from typing import Any

from tqdm import tqdm


class Bars:
    """One progress bar a stage, on stderr, only where someone watches.

    `stage` is the one under way.
    """

    def __init__(self) -> None:
        self.stage = ""
        self._bar: Any = None

    def __enter__(self) -> "Bars":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def report(self, stage: str, done: int, total: int, *, articles: int) -> None:
        """See `index.intake.Progress`."""
        if stage != self.stage:
            self._close()
            unit = {"read": " files", "copy": " steps", "write": " files"}.get(stage, " paragraphs")
            self._bar = tqdm(total=total, desc=stage, unit=unit, disable=None, leave=False)
            self.stage = stage
        self._bar.set_postfix_str(f"{articles} articles", refresh=False)
        self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
