"""What can be chosen to answer: quotation, and the models on this computer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.found_models import Found
from ui.inert import visible

QUOTE = "quote"  # the name of answering without a language model
READER = "reader"  # the name of the bundled one

TOO_BIG = "it needs more memory than this computer has; choose a smaller model"


@dataclass(frozen=True)
class Choosable:
    """Something that may answer.

    Attributes:
        name: what it is chosen by (a value of --llm).
        size: bytes of its files; None of quotation, and where it is not known.
        fault: why it cannot be chosen; None if nothing speaks against it so far.
        current: whether it answers now.
    """

    name: str
    size: int | None = None
    fault: str | None = None
    current: bool = False

    @property
    def key(self) -> str:
        """The name as a page can hold it, without what cannot be shown."""
        return shown(self.name)

    @property
    def title(self) -> str:
        """A short name to call it by: of a file without its folder and ending."""
        path = Path(self.name)
        return shown(path.stem if path.suffix.lower() == ".gguf" else self.name)


def choosable(
    found: Sequence[Found],
    *,
    current: tuple[str, Path | None],
    memory: int | None,
    reader: Path | None = None,
) -> list[Choosable]:
    """Quotation first, then the bundled reader, then the models found.

    Args:
        found: the models on this computer.
        current: name and file of what answers now; it is listed even if it was not found.
        memory: bytes that there are; larger models cannot be chosen.
        reader: the file of the bundled reader; None where it cannot run.
    """
    name, file = current
    models = [
        Choosable(
            model.name,
            model.size,
            model.fault or (TOO_BIG if memory is not None and model.size > memory else None),
            same_file(model.path, file),
        )
        for model in found
    ]
    if reader is not None:
        models = [one for one in models if one.name != str(reader)]
        size = reader.stat().st_size
        models.insert(0, Choosable(READER, size, current=same_file(reader, file)))
    unseen = name != QUOTE and not any(model.current for model in models)
    own = [Choosable(name, current=True)] if unseen else []
    return [Choosable(QUOTE, current=name == QUOTE), *own, *models]


def same_file(path: Path, other: Path | None) -> bool:
    """Whether two paths lead to one file."""
    if other is None:
        return False
    try:
        return path.samefile(other)
    except OSError:  # one of them is gone
        return path == other


def shown(name: str) -> str:
    """A name on one line, without characters that cannot be shown."""
    return " ".join(visible(name).split())
