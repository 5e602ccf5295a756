"""What judges made of a run's sentences, as `python -m eval judge` left it in the run's folder."""

import json
from pathlib import Path
from typing import Any

from rag.errors import InputError

_PATTERN = "judged-*.json"
_FIELDS = {
    "judge": ("name",),
    "agreement": ("labels", "tiers"),
    "cost": ("calls", "seconds", "failed", "prompt_tokens", "reply_tokens"),
}
_SCORES = ("faithfulness", "run", "poor")


def judges(folder: Path) -> dict[str, Any]:
    """The summary of every judge, by the name of its file, in alphabetical order.

    Raises:
        InputError: a file is not what the judge command writes.
    """
    return {
        path.stem.removeprefix("judged-"): _summary(path) for path in sorted(folder.glob(_PATTERN))
    }


def _summary(path: Path) -> dict[str, Any]:
    try:
        summary: dict[str, Any] = json.loads(path.read_bytes())
        for section, names in _FIELDS.items():
            for name in names:
                summary[section][name]
        for name in _SCORES:
            summary[name]
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read ({error}); ask the judge again") from error
    except (KeyError, TypeError) as error:
        raise InputError(f"{path} is no summary of a judge; ask the judge again") from error
    return summary
