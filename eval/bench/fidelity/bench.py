"""The run: pairs are read, made into cases, and asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from eval.bench.fidelity.cases import Case, Skip, cases
from eval.bench.fidelity.outcomes import Checker, Outcome, ask
from eval.bench.fidelity.pairs import Half, read_across, read_pairs
from eval.bench.fidelity.parallel import read_headlines, read_inference, read_parallel
from eval.bench.fidelity.rgb import Contest, read_contests
from eval.bench.fidelity.table import (
    Row,
    corrupted_rows,
    natural_rows,
    rgb_rows,
    speed_rows,
    true_rows,
)
from rag.support import support

PARTS = ("pairs", "across", "rgb", "natural")
_PAIRS = 400  # of each set, in one language
_ACROSS = 200  # of each file of parallel sentences and direction
_NATURAL = 400


@dataclass(frozen=True)
class Plan:
    """What is run: `data` has the folders dev and train; `limit` pairs of each set at most."""

    data: Path
    half: Half = "report"
    parts: tuple[str, ...] = PARTS
    limit: int | None = None
    seed: int = 1


@dataclass(frozen=True)
class Result:
    """All verdicts, and what was left out."""

    outcomes: Sequence[Outcome]
    skips: Sequence[Skip]

    def tables(self) -> dict[str, list[Row]]:
        """The tables, each under its heading."""
        return {
            "Corrupted sentences": corrupted_rows(self.outcomes, self.skips),
            "True sentences": true_rows(self.outcomes),
            "RGB: true and fake answers": rgb_rows(self.outcomes),
            "Natural pairs": natural_rows(self.outcomes),
            "Speed": speed_rows(self.outcomes),
        }


def run(plan: Plan, checker: Checker = support) -> Result:
    """Ask `checker` about all cases of the plan.

    Raises:
        InputError: the folder has none of the sets, or a file cannot be read.
    """
    found = list(planned(plan))
    asked = [case for case in found if isinstance(case, Case)]
    bar = tqdm(asked, desc="fidelity", unit=" pairs", disable=None, leave=False)
    outcomes = [ask(checker, case) for case in bar]
    return Result(outcomes, [skip for skip in found if isinstance(skip, Skip)])


def planned(plan: Plan) -> Iterator[Case | Skip]:
    """The cases of a plan, in an order that its seed alone decides.

    Raises:
        InputError: as `run`.
    """
    dev, train, seed, half = plan.data / "dev", plan.data / "train", plan.seed, plan.half
    if "pairs" in plan.parts:
        yield from cases(read_pairs(dev, half, plan.limit or _PAIRS, seed), seed)
    if "across" in plan.parts:
        most = plan.limit or _ACROSS
        yield from cases(read_parallel(train / "parallel", half, most, seed), seed)
        yield from cases(islice(read_across(dev, half), plan.limit), seed)
    if "rgb" in plan.parts:
        for contest in read_contests(dev, half):
            yield from _contest_cases(contest)
    if "natural" in plan.parts:
        most = plan.limit or _NATURAL
        yield from read_headlines(train, half, most, seed)
        yield from read_inference(dev, half, 3 * most, seed)


def _contest_cases(contest: Contest) -> Iterator[Case]:
    for sentence, true in ((contest.true, True), (contest.fake, False)):
        yield Case("rgb", contest.form, contest.name, "natural", sentence, contest.source, true)
