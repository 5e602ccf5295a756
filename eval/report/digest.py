"""One hash of all figures of a report, to tell at a glance whether a rerun gave the same."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# Sections that no rerun can repeat: times, and the opinions of judges that were asked afterwards.
APART = ("digest", "latency", "judges")
# Of the run's header: where it ran. That other versions give the same figures is worth seeing.
PLACE = ("machine", "python", "packages", "yinzheng")

_PLACES = 6  # another processor adds floats in another order, and differs in the last digits


def rounded(value: Any) -> Any:
    """JSON with every float rounded to six places."""
    if isinstance(value, float):
        return round(value, _PLACES) + 0.0  # no negative zero
    if isinstance(value, Mapping):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    return value


def digest(figures: Mapping[str, Any]) -> str:
    """SHA-256 of the figures as canonical JSON: sorted keys, ASCII, no white space.

    Left out are `APART`, and `PLACE` of the run's header.
    """
    kept = {key: value for key, value in figures.items() if key not in APART}
    if "run" in kept:
        kept["run"] = {key: value for key, value in kept["run"].items() if key not in PLACE}
    canonical = json.dumps(kept, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
