"""Options that all commands share which answer questions: `python -m rag`, `ui` and `eval run`."""

import argparse

from rag import policy, style


def add_answering(parser: argparse.ArgumentParser) -> None:
    """Add --llm, --answer-style, --unsupported, --judge and --embedder to a parser."""
    parser.add_argument("--llm", metavar="NAME", help="what answers (default: auto)")
    parser.add_argument(
        "--answer-style",
        choices=style.CHOICES,
        help="form of a language model's answers (default: auto)",
    )
    parser.add_argument(
        "--unsupported",
        choices=policy.CHOICES,
        help="what a model writes that is not in the source: mark it, leave it out, or quote the "
        "articles instead (default: flag)",
    )
    parser.add_argument(
        "--judge",
        metavar="NAME",
        help="judges sentences that are worded otherwise than their source (default: none)",
    )
    parser.add_argument("--embedder", metavar="NAME", help="the model that made the store")
