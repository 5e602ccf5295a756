"""Pairs across languages from files of parallel sentences, and natural sentences of other kinds."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from eval.bench.fidelity.cases import Case
from eval.bench.fidelity.jsonl import lines, records
from eval.bench.fidelity.pairs import Half, Pair, half_of
from rag.support import Source

_FILES = {
    "ntrex.eng-zho-CN": ("en", "zh"),
    "wmt.eng-zho": ("en", "zh"),
    "ntrex.eng-jpn": ("en", "ja"),
    "ntrex.eng-spa": ("en", "es"),
    "ntrex.eng-rus": ("en", "ru"),
}
_AROUND = 2  # sentences before and behind that make the paragraph
_LONGEST_BODY = 3000  # characters of a news item


def read_parallel(folder: Path, half: Half, most: int, seed: int) -> Iterator[Pair]:
    """A sentence of one language, the other's sentence with its neighbours as paragraph.

    At most so many of each file and direction. Lines that follow one another are taken for
    neighbours. Files that are not there are left out.

    Raises:
        InputError: a file cannot be read.
    """
    for name, (one, other) in _FILES.items():
        path = folder / f"{name}.tsv.gz"
        if path.is_file():
            rows = [tuple(line.split("\t")[:2]) for line in lines(path)]
            rows = [row for row in rows if len(row) == 2]
            fit = [i for i in range(len(rows)) if half_of(f"{name}/{i // 20}") == half]
            drawn = Random(f"{seed}/{name}").sample(fit, min(most, len(fit)))
            for side, asked, told in ((0, one, other), (1, other, one)):
                for i in drawn:
                    near = rows[max(0, i - _AROUND) : i + _AROUND + 1]
                    gap = "" if told in ("zh", "ja") else " "
                    paragraph = gap.join(row[1 - side] for row in near)
                    label = f"{asked} → {told}"
                    yield Pair(f"{name}/{i // 20}", label, asked, told, rows[i][side], paragraph)


def read_headlines(folder: Path, half: Half, most: int, seed: int) -> Iterator[Case]:
    """Headlines of the news against their bodies: mostly true, and worded by people.

    Raises:
        InputError: the file cannot be read.
    """
    path = folder / "headlines_zh.jsonl.gz"
    if not path.is_file():
        return
    found = records(path)
    often = Counter(row["title"] for row in found)  # a column's name is no headline
    rows = [row for row in found if half_of(row["title"]) == half and often[row["title"]] == 1]
    for row in Random(f"{seed}/headlines").sample(rows, min(most, len(rows))):
        body = html.unescape(re.sub(r"<[^>]+>", "\n", row["body"]))
        body = re.sub(r"\s*\n\s*", "\n", body).strip()[:_LONGEST_BODY]
        title = re.sub(r"^(?:【[^】]*】|\[[^\]]*\])", "", row["title"]).strip()
        date = str(row["date"])
        date = f"{date[:4]}-{date[4:6]}-{date[6:]}"
        if body and len(title) >= 6:
            source = Source(body, date)
            yield Case("natural", "headline (not all true)", "zh", "natural", title, source, None)


def read_inference(folder: Path, half: Half, most: int, seed: int) -> Iterator[Case]:
    """Pairs of OCNLI, each a row by its label.

    Raises:
        InputError: the file cannot be read.
    """
    path = folder / "ocnli_dev.jsonl.gz"
    if not path.is_file():
        return
    rows = [r for r in records(path) if r["label"] != "-" and half_of(r["prem_id"]) == half]
    for row in Random(f"{seed}/ocnli").sample(rows, min(most, len(rows))):
        source = Source(row["sentence1"])
        yield Case(
            "natural", f"OCNLI {row['label']}", "zh", "natural", row["sentence2"], source, None
        )
