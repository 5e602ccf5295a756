"""Learn which tokens only ask: those far more frequent in questions than in what is asked about.

    python -m index.training.asking --data DIR > index/asking.txt

DIR is the data folder of `readers.py`; the training questions of CMRC 2018 (Chinese) and JaQuAD
(Japanese) are read. A token is kept that stands in at least one of 200 questions, and among the
tokens of the questions at least six times as often as among those of their paragraphs: in each
fifth of the data, so that what one long article is about is not taken for asking.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from index.tokens import tokens
from index.training.readers import Pair, questions

SHARE = 1 / 200  # of the questions
PARTS = 5
LIFT = 6.0  # times as often as in paragraphs


def learn(pairs: Sequence[Pair]) -> set[str]:
    """The asking tokens of (question, paragraph) pairs in one language."""
    size = -(-len(pairs) // PARTS)
    parts = [asking_tokens(pairs[start : start + size]) for start in range(0, len(pairs), size)]
    return set.intersection(*parts)


def asking_tokens(pairs: Sequence[Pair]) -> set[str]:
    """Those of one part of the pairs."""
    asked, having, told = Counter[str](), Counter[str](), Counter[str]()
    seen: set[str] = set()
    for question, paragraph in pairs:
        found = tokens(question)
        asked.update(found)
        having.update(set(found))
        if paragraph not in seen:
            seen.add(paragraph)
            told.update(tokens(paragraph))
    questions_size, paragraphs_size = asked.total(), told.total()
    return {
        token
        for token, number in having.items()
        if number >= SHARE * len(pairs)
        and asked[token] * paragraphs_size >= LIFT * (told[token] + 0.5) * questions_size
    }


def main() -> None:
    """Print the tokens, one a line, sorted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    learnt = [learn(list(questions(data / "train" / name))) for name in ("cmrc2018", "jaquad")]
    sys.stdout.write("".join(f"{token}\n" for token in sorted(set().union(*learnt))))


if __name__ == "__main__":
    main()
