"""Asking a judge, patiently: what fails is tried again, and what was said is kept."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from tqdm import tqdm

from eval.judges.claims import Claim
from eval.judges.ledger import Entry, Ledger
from eval.judges.opinion import Judge, Opinion
from rag.errors import ModelError

WAITS = (1.0, 2.0, 4.0, 8.0)  # seconds before each further try
LONGEST = 120.0  # seconds that a judge may ask to be left alone
IN_A_ROW = 5  # sentences: a judge that fails at so many is off

log = logging.getLogger(__name__)

Sleep = Callable[[float], None]


def judge_claims(
    judge: Judge,
    claims: Sequence[Claim],
    ledger: Ledger,
    *,
    about: str = "",
    sleep: Sleep = time.sleep,
) -> list[Entry]:
    """The verdict on each claim, in their order; those that the ledger has are not asked again.

    A claim without sources is unsupported. The same sentence with the same sources is asked once.

    Args:
        judge: is asked.
        claims: what about.
        ledger: where each verdict is written down at once.
        about: what stands beside the progress.
        sleep: waits for so many seconds.

    Raises:
        ModelError: the judge fails time and again, or cannot be asked at all.
        InputError: the ledger cannot be written.
    """
    found, failed = [], 0
    for claim in tqdm(claims, desc=about, unit=" sentences", disable=None):
        entry = ledger.known(claim)
        if entry is None:
            entry = _asked(judge, claim, ledger, sleep)
            ledger.add(entry)
            failed = failed + 1 if entry.opinion.failed else 0
            if failed >= IN_A_ROW:
                raise ModelError(
                    f"the judge {judge.name} failed at {failed} sentences in a row "
                    f"({entry.opinion.why}). What it has judged is kept: mend the cause, then "
                    "give the same command again"
                )
        found.append(entry)
    return found


def _asked(judge: Judge, claim: Claim, ledger: Ledger, sleep: Sleep) -> Entry:
    if not claim.sources:
        opinion = Opinion("unsupported", "cites no paragraph", calls=0)
        return Entry(claim.origin, claim.id, claim.digest, opinion, 0.0)
    said = ledger.said(claim)
    if said is not None:
        return Entry(claim.origin, claim.id, claim.digest, said, 0.0, repeated=True)
    start = time.perf_counter()
    opinion = _opinion(judge, claim, sleep)
    ms = 1000 * (time.perf_counter() - start)
    return Entry(claim.origin, claim.id, claim.digest, opinion, ms)


def _opinion(judge: Judge, claim: Claim, sleep: Sleep) -> Opinion:
    calls = 0
    for wait in (*WAITS, None):
        opinion = judge.opinion(claim.sentence, claim.sources)
        calls += opinion.calls
        if not opinion.failed or opinion.again is None or wait is None:
            break
        pause = min(max(wait, opinion.again), LONGEST)
        log.warning("%s: %s; trying again in %.0f s", judge.name, opinion.why, pause)
        sleep(pause)
    return replace(opinion, calls=calls)
