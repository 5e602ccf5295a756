"""One judge over one folder, from the labelled sentences to the summary."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.judges.claims import Claim, some
from eval.judges.judging import Sleep, judge_claims
from eval.judges.labels import LabelFile
from eval.judges.ledger import ledger_name, open_ledger
from eval.judges.opinion import Judge
from eval.judges.summary import summarise
from index.files import DISK, replace_file
from rag.errors import InputError


def judge_folder(
    judge: Judge,
    folder: Path,
    labels: LabelFile,
    labelled: Sequence[Claim],
    answers: Sequence[Claim],
    limit: int | None = None,
    *,
    sleep: Sleep = time.sleep,
) -> dict[str, Any]:
    """Ask a judge what it has not been asked yet, and keep the summary as `judged-NAME.json`.

    Args:
        judge: is asked; the labelled sentences first.
        folder: holds what was judged; it is made if need be.
        labels: where the labelled sentences come from.
        labelled: those sentences.
        answers: a run's sentences; none without a run.
        limit: at most so many of both, each.
        sleep: waits for so many seconds.

    Returns:
        The summary, see `eval.judges.summary.summarise`.

    Raises:
        ModelError: the judge cannot be asked; what it said is kept.
        InputError: the folder cannot be written, or holds another judge of this name.
    """
    chosen = some(labelled, limit), some(answers, limit)
    with open_ledger(folder, judge) as ledger:
        entries = [
            entry
            for claims, about in zip(chosen, ("labelled sentences", "answers"), strict=True)
            if claims
            for entry in judge_claims(judge, claims, ledger, about=about, sleep=sleep)
        ]
        ledger.finish([*labelled, *answers])
        asked = list(zip([*chosen[0], *chosen[1]], entries, strict=True))
        summary = summarise(judge, labels, asked, of_labels=len(labelled), of_run=len(answers))
        path = folder / f"{ledger_name(judge)}.json"
        text = json.dumps(summary, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        try:
            replace_file(DISK, path, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise InputError(f"{path} cannot be written ({error.strerror})") from error
    return summary
