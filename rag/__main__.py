"""python -m rag: ask a question, search, answer a batch, or serve other programs."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rag.errors import YinzhengError
from rag.options import add_answering
from rag.terminal import as_json, listed, print_stream, tell_dropped

# The commands that are a word. Where libraries of theirs are missing, they name the extra.
_COMMANDS = {"models": "rag.models", "serve": "rag.serve.command", "mcp": "rag.mcp.command"}

_EXAMPLES = """examples:
  python -m rag "长春建成投用的方舱医院有几处？"          quote the sentences that answer
  python -m rag "How many beds?" --llm model.gguf     let a language model answer
  python -m rag "床位" --llm model.gguf --answer-style quote   … by pointing at sentences
  python -m rag "床位" --llm model.gguf --unsupported quote    … by what can be proved
  python -m rag "床位" --search -k 5                   only list the nearest paragraphs
  python -m rag "床位" --json                          one JSON object on stdout
  python -m rag "床位" --since 2022-04 --until 2022-05 --source "2022/*" --source extra.txt
  python -m rag --batch questions.jsonl > answers.jsonl
  python -m rag --batch questions.csv --jobs 4 --out answers.jsonl   … one that can go on
  python -m rag serve --store DIR                     an HTTP API for other programs
  python -m rag mcp --store DIR                       tools for assistants that speak MCP
  python -m rag models                                the models on this computer, and their speed
  python -m rag -- models                             ask the question "models"

A batch file has a JSON object a line: "question", and optionally "id", "history" (a list of
[question, answer] pairs: a question that leans on them is asked so that it can be understood
alone, and this is "asked"), "since" and "until" (dates); a .csv or .tsv file has columns of these
names. With --out the same command goes on where it was interrupted. A --source is a name as
`python -m index list` shows it, a folder of such names, or a pattern with * and ?. The store is
--store, else RAG_STORE, else a folder of yours; --llm is a .gguf file, user/repo:QUANT, quote
(no model: the articles' own sentences), reader (the bundled model points at them) or auto, which is
quote (RAG_LLM); --reranker is a CrossEncoder's folder or hub name (RAG_RERANKER). With
--answer-style prose (RAG_ANSWER_STYLE) a language model writes its answers; with quote it points at
sentences, which are shown word for word: little to write, for small and slow models; auto leaves
this to the model. --unsupported (RAG_UNSUPPORTED) flag marks sentences that their source does not
support, drop leaves them out, quote quotes the articles in their place. --judge (RAG_JUDGE) none,
llm (the language model itself) or a CrossEncoder for natural language inference judges what is
worded otherwise than its source. Exit codes: 0 done, 1 failed or a row failed, 2 wrong usage, 130
interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] in _COMMANDS:
        return int(import_module(_COMMANDS[words[0]]).main(words[1:]))
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.question is None) == (options.batch is None):
        parser.error("give a question, or --batch FILE.jsonl")
    if options.batch is None and (options.out is not None or options.jobs != 1):
        parser.error("--out and --jobs are for a --batch")
    if options.jobs < 1:
        parser.error("--jobs is how many questions are asked at once: give at least 1")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        if options.batch is None:
            return _one(options)
        from rag.batch import command

        return command.main(options)
    except YinzhengError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output (head, less) went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rag",
        description="Ask a store of articles; each sentence cites the paragraph that proves it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("question", nargs="?", help="in any language")
    parser.add_argument("--store", metavar="DIR", help="folder of the store")
    add_answering(parser)
    parser.add_argument("--search", action="store_true", help="paragraphs only, no answer")
    parser.add_argument(
        "--batch", type=Path, metavar="FILE", help="questions: .jsonl, one a line, or .csv, .tsv"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE.jsonl",
        help="keep the answers of a batch here: it goes on when it was interrupted",
    )
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="ask N questions of a batch at once"
    )
    parser.add_argument("-k", type=int, default=8, metavar="N", help="paragraphs (default: 8)")
    parser.add_argument("--since", metavar="DATE", help="only articles from this date on")
    parser.add_argument("--until", metavar="DATE", help="only articles up to this date")
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NAME",
        help="only this file, folder or pattern; may be repeated",
    )
    parser.add_argument(
        "--reranker", metavar="NAME", help="a cross-encoder to read the best paragraphs once more"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _one(options: argparse.Namespace) -> int:
    if options.search:
        return _search(options)
    from rag.opening import assistant_of

    assistant = assistant_of(options)
    if options.json:
        answer = assistant.ask(options.question, **_limits(options))
        tell_dropped(answer)
        print(as_json(answer.to_json()))
        return 0
    print_stream(assistant.stream(options.question, **_limits(options)))
    return 0


def _search(options: argparse.Namespace) -> int:
    from rag.batch.asking import Limits, found
    from rag.opening import retriever_of

    limits = Limits(**_limits(options))
    hits = found(retriever_of(options), options.question, limits)
    print(as_json(hits) if options.json else listed(hits["hits"]))
    return 0


def _limits(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "k": options.k,
        "since": options.since,
        "until": options.until,
        "sources": tuple(options.source),
    }


if __name__ == "__main__":
    sys.exit(main())
