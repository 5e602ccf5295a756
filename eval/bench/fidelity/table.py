"""Outcomes as rows of tables, with their targets."""

from collections.abc import Iterable, Sequence
from typing import Any

from eval.bench.fidelity.cases import Skip
from eval.bench.fidelity.corruptions import CORRUPTIONS
from eval.bench.fidelity.outcomes import Outcome, share
from eval.statistics import percentile

Row = dict[str, Any]

FALSE_ALARMS = 0.02  # in one language
FALSE_ALARMS_ACROSS = 0.03  # English sentence, Chinese paragraph, of sentences with digits
BOTH_RIGHT = 0.90  # RGB
MILLISECONDS = 5.0
ONE_LANGUAGE = "one language"
VERDICTS = ("supported", "partial", "unknown", "unsupported")


def corrupted_rows(outcomes: Sequence[Outcome], skips: Sequence[Skip]) -> list[Row]:
    """A row for each corruption, language and form, and for each over all of one language.

    `skipped` counts sentences left out, in either form, for the change may be right by chance.
    `told apart` is the share of the sentences called supported before they were corrupted whose
    corruption was noticed: a checker that doubts everything notices all, and tells nothing apart.
    """
    found = [o for o in outcomes if o.case.table == "corrupted"]
    trusted = _trusted(outcomes)
    rows = []
    for name, kind in CORRUPTIONS.items():
        left = [skip.label for skip in skips if skip.row == name]
        for label, group in _by_language([o for o in found if o.case.row == name]):
            for form in ("verbatim", "reworded"):
                some = [o for o in group if o.case.form == form]
                if some:
                    row: Row = {"corruption": name, "language": label, "form": form}
                    rows.append(row | _corrupted(some, trusted, kind.target) | _left(left, label))
    return rows


def _left(labels: Sequence[str], label: str) -> Row:
    one = label == ONE_LANGUAGE
    return {"skipped": sum("→" not in left if one else left == label for left in labels)}


def _trusted(outcomes: Sequence[Outcome]) -> set[tuple[str, str]]:
    """Sentences and sources of the true pairs that are called supported."""
    return {
        (o.case.sentence, o.case.source.text)
        for o in outcomes
        if o.case.table == "true" and o.verdict == "supported"
    }


def _by_language(outcomes: Sequence[Outcome]) -> Iterable[tuple[str, list[Outcome]]]:
    yield ONE_LANGUAGE, [o for o in outcomes if "→" not in o.case.label]
    for label in dict.fromkeys(o.case.label for o in outcomes):
        yield label, [o for o in outcomes if o.case.label == label]


def _corrupted(group: list[Outcome], trusted: set[tuple[str, str]], target: float | None) -> Row:
    noticed = share(o.noticed for o in group)
    apart = [o for o in group if (o.case.before, o.case.source.text) in trusted]
    return {
        "n": noticed.n,
        "detected": noticed.mean,
        "low": noticed.low,
        "high": noticed.high,
        "unsupported": share(o.verdict == "unsupported" for o in group).mean,
        "told apart": share(o.noticed for o in apart).mean,
        "target": f"≥ {target:.2f}" if target else None,
        "met": _met(noticed.mean, target, at_least=True),
    }


def true_rows(outcomes: Sequence[Outcome]) -> list[Row]:
    """A row for each rewording and language of true sentences; the alarms are `unsupported`."""
    found = [o for o in outcomes if o.case.table == "true"]
    rows = []
    for form in ("verbatim", "reworded"):
        group = [o for o in found if o.case.form == form and "→" not in o.case.label]
        if group:
            rows.append(_true(f"all {form}", ONE_LANGUAGE, group, FALSE_ALARMS))
    for name in dict.fromkeys(o.case.row for o in found):
        some = [o for o in found if o.case.row == name]
        for label, group in _by_language(some):
            if group:
                rows.append(_true(name, label, group, alarm_target(name, label)))
    return rows


def alarm_target(name: str, label: str) -> float | None:
    """The most false alarms that a row of true sentences may have."""
    if "→" not in label:
        return FALSE_ALARMS
    english = label.startswith("en → zh") and name == "translated, with digits"
    return FALSE_ALARMS_ACROSS if english else None


def _true(name: str, label: str, group: list[Outcome], target: float | None) -> Row:
    alarms = share(o.verdict == "unsupported" for o in group)
    parts = {v: share(o.verdict == v for o in group).mean for v in VERDICTS[:3]}
    return {
        "sentences": name,
        "language": label,
        "n": alarms.n,
        **parts,
        "false alarms": alarms.mean,
        "low": alarms.low,
        "high": alarms.high,
        "target": f"≤ {target:.2f}" if target is not None else None,
        "met": _met(alarms.mean, target, at_least=False),
    }


def natural_rows(outcomes: Sequence[Outcome]) -> list[Row]:
    """Shares of the verdicts on sentences whose truth is not known: no targets."""
    found = [o for o in outcomes if o.case.table == "natural"]
    rows = []
    for name in dict.fromkeys(o.case.row for o in found):
        group = [o for o in found if o.case.row == name]
        shares = {verdict: share(o.verdict == verdict for o in group).mean for verdict in VERDICTS}
        rows.append({"pairs": name, "n": len(group), **shares})
    return rows


def rgb_rows(outcomes: Sequence[Outcome]) -> list[Row]:
    """A row for each set and form: true answers supported, fake ones noticed, both right."""
    found = [o for o in outcomes if o.case.table == "rgb"]
    pairs = list(zip(found[::2], found[1::2], strict=True))
    rows = []
    for key in dict.fromkeys((true.case.label, true.case.row) for true, _ in pairs):
        group = [(t, f) for t, f in pairs if (t.case.label, t.case.row) == key]
        both = share(t.verdict == "supported" and f.noticed for t, f in group)
        rows.append(
            {
                "set": key[0],
                "form": key[1],
                "n": both.n,
                "true supported": share(t.verdict == "supported" for t, _ in group).mean,
                "true unsupported": share(t.verdict == "unsupported" for t, _ in group).mean,
                "fake noticed": share(f.noticed for _, f in group).mean,
                "fake unsupported": share(f.verdict == "unsupported" for _, f in group).mean,
                "both right": both.mean,
                "low": both.low,
                "high": both.high,
                "target": f"≥ {BOTH_RIGHT:.2f}",
                "met": _met(both.mean, BOTH_RIGHT, at_least=True),
            }
        )
    return rows


def speed_rows(outcomes: Sequence[Outcome]) -> list[Row]:
    """Milliseconds of one call by the clock, and of the processor alone, which has the target.

    Headlines, whose source is a whole article, and OCNLI are told apart.
    """
    natural = [o for o in outcomes if o.case.table == "natural"]
    plain = [o for o in outcomes if o.case.table != "natural"]
    across = [o for o in plain if "→" in o.case.label]
    one = [o for o in plain if "→" not in o.case.label]
    groups = {
        "sentence and paragraph": (plain, MILLISECONDS),
        "… in one language": (one, None),
        "… across languages": (across, None),
        "headline or OCNLI": (natural, None),
    }
    return [_speed(name, some, target) for name, (some, target) in groups.items() if some]


def _speed(name: str, outcomes: Sequence[Outcome], target: float | None) -> Row:
    row: Row = {"a pair": name, "n": len(outcomes)}
    for key, times in (("ms", [o.ms for o in outcomes]), ("cpu ms", [o.cpu_ms for o in outcomes])):
        row |= {f"{key} p50": percentile(times, 0.5), f"{key} p95": percentile(times, 0.95)}
        row |= {f"{key} max": max(times)}
    row |= {"target": f"p95 ≤ {target:.0f}" if target else None}
    return row | {"met": _met(row["cpu ms p95"], target, at_least=False)}


def _met(value: float | None, target: float | None, *, at_least: bool) -> str | None:
    if value is None or target is None:
        return None
    return "yes" if (value >= target if at_least else value <= target) else "NO"


_COMPACT = ("n", "detected", "low", "high", "unsupported", "told apart", "target", "met")


def compact(rows: Sequence[Row]) -> list[Row]:
    """Rows of corruptions with a column for each language: share noticed of how many."""
    merged: dict[tuple[str, str], Row] = {}
    for row in rows:
        line = merged.setdefault(
            (row["corruption"], row["form"]), {"corruption": row["corruption"], "form": row["form"]}
        )
        if row["language"] == ONE_LANGUAGE:
            line |= {key: row[key] for key in _COMPACT}
        else:
            line[row["language"]] = f"{row['detected']:.3f} ({row['n']})"
    return list(merged.values())
