"""How far a judge agrees with somebody else: with the labels, or with the deterministic check.

The question is always the same: is the sentence supported, or is it not (partial and unsupported
are not). Where the judge could not say, it did not agree.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.statistics import RESAMPLES, SEED
from rag.answer import Verdict

VERDICTS: tuple[Verdict, ...] = ("supported", "partial", "unsupported", "unknown")
POOR = 0.4  # kappa below which agreement is no more than fair (Landis & Koch 1977)


@dataclass(frozen=True)
class Agreement:
    """Agreement over `n` sentences; what is not defined (no sentence, no variation) is None.

    Attributes:
        n: sentences on which the other one had a verdict.
        accuracy: share of them where the judge said the same: supported, or not.
        balanced_accuracy: mean of that share over the supported ones and over the others.
        kappa: Cohen's; see `kappa`.
        low: lower end of its 95 % interval.
        high: upper end.
        unknown: share of the n where the judge could not say.
        decided: on how many it could.
        decided_accuracy: accuracy over those alone.
        decided_kappa: kappa over those alone.
        undecided: sentences besides the n on which the other one had no verdict.
        confusion: the other one's verdict → the judge's → how many.
    """

    n: int
    accuracy: float | None
    balanced_accuracy: float | None
    kappa: float | None
    low: float | None
    high: float | None
    unknown: float | None
    decided: int
    decided_accuracy: float | None
    decided_kappa: float | None
    undecided: int
    confusion: dict[str, dict[str, int]]

    @property
    def poor(self) -> bool:
        """Whether it is too low for the judge's own score to mean much, or not known."""
        return self.kappa is None or self.kappa < POOR

    def to_json(self) -> dict[str, Any]:
        """The agreement as the summary keeps it."""
        return asdict(self)


def agreement(
    others: Sequence[Verdict], judged: Sequence[Verdict], clusters: Sequence[str]
) -> Agreement:
    """Agreement of a judge with somebody else, sentence by sentence.

    Args:
        others: their verdicts; `unknown` is none.
        judged: the judge's.
        clusters: sentences of one cluster are drawn together when the interval is made.
    """
    triples = zip(others, judged, clusters, strict=True)
    told = [(other, own, cluster) for other, own, cluster in triples if other != "unknown"]
    tables = _tables(told)
    table = tables.sum(axis=0)
    n, decided = int(table.sum()), int(table[:, :2].sum())
    same = int(table[0, 0] + table[1, 1])
    low, high = _interval(tables)
    rows = [(table[row, row], table[row].sum()) for row in (0, 1)]
    return Agreement(
        n=n,
        accuracy=_share(same, n),
        balanced_accuracy=(
            float(np.mean([right / size for right, size in rows]))
            if all(size for _, size in rows)
            else None
        ),
        kappa=kappa(table),
        low=low,
        high=high,
        unknown=_share(n - decided, n),
        decided=decided,
        decided_accuracy=_share(same, decided),
        decided_kappa=kappa(table * np.array([1, 1, 0])),
        undecided=len(others) - n,
        confusion=_confusion(told),
    )


def kappa(table: NDArray[np.int64]) -> float | None:
    """Cohen's kappa of a table, shape (2, 3): supported or not × supported, not, unknown.

    (p_o − p_e) / (1 − p_e): p_o is the share of agreement, p_e what chance would give with the
    same totals (Cohen 1960, "A coefficient of agreement for nominal scales"). Unknown is a third
    verdict with which nobody agrees. None without a sentence, and where chance agrees always.
    """
    value = float(_kappas(table.reshape(1, 2, 3))[0])
    return value if np.isfinite(value) else None


def _kappas(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    """Kappa of each table, shape (tables, 2, 3); not a number where it is not defined."""
    n = tables.sum(axis=(1, 2)).astype(np.float64)
    same = tables[:, 0, 0] + tables[:, 1, 1]
    chance = (tables.sum(axis=2) * tables.sum(axis=1)[:, :2]).sum(axis=1)
    # In whole numbers as far as can be, so that "always" is told exactly.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((same * n - chance) / np.where(n * n == chance, np.nan, n * n - chance))


def _interval(tables: NDArray[np.int64]) -> tuple[float | None, float | None]:
    """95 % percentile interval of kappa over resampled clusters; tables without a kappa drop out.

    Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
    """
    size = len(tables)
    if not size:
        return None, None
    drawn = np.random.default_rng(SEED).multinomial(size, np.full(size, 1 / size), RESAMPLES)
    values = _kappas((drawn @ tables.reshape(size, 6)).reshape(RESAMPLES, 2, 3))
    values = values[np.isfinite(values)]
    if not len(values):
        return None, None
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _tables(told: Sequence[tuple[Verdict, Verdict, str]]) -> NDArray[np.int64]:
    """One table for each cluster, shape (clusters, 2, 3)."""
    places = {cluster: n for n, cluster in enumerate(dict.fromkeys(c for _, _, c in told))}
    tables = np.zeros((len(places), 2, 3), np.int64)
    for other, own, cluster in told:
        column = 2 if own == "unknown" else int(own != "supported")
        tables[places[cluster], int(other != "supported"), column] += 1
    return tables


def _confusion(told: Sequence[tuple[Verdict, Verdict, str]]) -> dict[str, dict[str, int]]:
    counts = {other: dict.fromkeys(map(str, VERDICTS), 0) for other in map(str, VERDICTS[:3])}
    for other, own, _ in told:
        counts[other][own] += 1
    return counts


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
