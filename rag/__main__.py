"""python -m rag: ask a question, search, or run a batch."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import QuestionError, YinzhengError
from rag.options import add_answering
from rag.terminal import as_json, listed, print_stream, tell_dropped

if TYPE_CHECKING:
    from rag.answer import Answer, Turn
    from rag.assistant import Assistant
    from rag.batch import Row
    from rag.retriever import Retriever

_EXAMPLES = """examples:
  python -m rag "长春建成投用的方舱医院有几处？"          quote the sentences that answer
  python -m rag "How many beds?" --llm model.gguf     let a language model answer
  python -m rag "床位" --llm model.gguf --answer-style quote   … by pointing at sentences
  python -m rag "床位" --llm model.gguf --unsupported quote    … by what can be proved
  python -m rag "床位" --search -k 5                   only list the nearest paragraphs
  python -m rag "床位" --json                          one JSON object on stdout
  python -m rag "床位" --since 2022-04 --until 2022-05 --source "2022/*" --source extra.txt
  python -m rag --batch questions.jsonl > answers.jsonl
  python -m rag models                                the models on this computer, and their speed
  python -m rag -- models                             ask the question "models"

A batch file has a JSON object a line: "question", and optionally "id", "history" (a list of
[question, answer] pairs: a question that leans on them is asked so that it can be understood
alone, and this is "asked"), "since" and "until" (dates). A --source is a name as `python -m index
list` shows it, a folder of such names, or a pattern with * and ?. The store is --store, else
RAG_STORE, else a folder of yours; --llm is a .gguf file, user/repo:QUANT, quote or auto (RAG_LLM);
--reranker is a CrossEncoder's folder or hub name (RAG_RERANKER). With --answer-style prose
(RAG_ANSWER_STYLE) a language model writes its answers; with quote it points at sentences, which are
shown word for word: little to write, for small and slow models; auto leaves this to the model.
--unsupported (RAG_UNSUPPORTED) flag marks sentences that their source does not support, drop
leaves them out, quote quotes the articles in their place. --judge (RAG_JUDGE) none, llm (the
language model itself) or a CrossEncoder for natural language inference judges what is worded
otherwise than its source. Exit codes: 0 done, 1 failed or a row failed, 2 wrong usage, 130
interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["models"]:
        from rag import models

        return models.main(words[1:])
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.question is None) == (options.batch is None):
        parser.error("give a question, or --batch FILE.jsonl")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        return _batch(options) if options.batch else _one(options)
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
    parser.add_argument("--batch", type=Path, metavar="FILE.jsonl", help="a question a line")
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


def _retriever(options: argparse.Namespace) -> "Retriever":
    from index.embedder import load_embedder
    from index.store import Store
    from rag.reranker import load_reranker
    from rag.retriever import Retriever

    store = Store(options.store)  # first: a missing store is told before the model loads
    return Retriever(
        store,
        embedder=load_embedder(options.embedder),
        reranker=load_reranker(options.reranker),
    )


def _assistant(options: argparse.Namespace) -> "Assistant":
    from rag.assistant import open_assistant
    from rag.loading import loading_bar

    return open_assistant(
        options.store,
        llm=options.llm,
        embedder=options.embedder,
        reranker=options.reranker,
        answer_style=options.answer_style,
        unsupported=options.unsupported,
        judge=options.judge,
        progress=loading_bar(),
    )


def _one(options: argparse.Namespace) -> int:
    if options.search:
        found = _found(_retriever(options), options, options.question)
        print(as_json(found) if options.json else listed(found["hits"]))
        return 0
    assistant = _assistant(options)
    if options.json:
        answer = _answered(assistant, options, options.question)
        tell_dropped(answer)
        print(as_json(answer.to_json()))
        return 0
    events = assistant.stream(
        options.question,
        k=options.k,
        since=options.since,
        until=options.until,
        sources=options.source,
    )
    print_stream(events)
    return 0


def _found(
    retriever: "Retriever",
    options: argparse.Namespace,
    question: str,
    *,
    history: Sequence["Turn"] = (),
    since: str | None = None,
    until: str | None = None,
) -> dict[str, Any]:
    from rag.follow_up import carried
    from rag.retriever import usable

    question = usable(question)
    asked = usable(carried(question, history))
    hits = retriever.search(
        asked,
        k=options.k,
        since=since or options.since,
        until=until or options.until,
        sources=options.source,
    )
    return {
        "id": None,
        "question": question,
        **({"asked": asked} if asked != question else {}),
        "hits": [hit.to_json() for hit in hits],
    }


def _batch(options: argparse.Namespace) -> int:
    from rag.batch import read_rows

    rows = read_rows(options.batch)
    retriever = None if not options.search else _retriever(options)
    assistant = None if options.search else _assistant(options)
    failed = 0
    for row in _with_progress(rows):
        try:
            if isinstance(row.fault, str):
                raise QuestionError(row.fault)
            result = (
                _searched(retriever, options, row)
                if retriever
                else _answered(assistant, options, row.question, row).to_json()
            )
        except YinzhengError as error:
            failed += 1
            result = {"question": row.question, "error": str(error)}
            print(f"{options.batch}, line {row.line}: {error}", file=sys.stderr)
        print(as_json({**result, "id": row.id}), flush=True)
    return 1 if failed else 0


def _searched(retriever: "Retriever", options: argparse.Namespace, row: "Row") -> dict[str, Any]:
    return _found(
        retriever,
        options,
        row.question,
        history=row.history,
        since=row.since,
        until=row.until,
    )


def _answered(
    assistant: "Assistant | None",
    options: argparse.Namespace,
    question: str,
    row: "Row | None" = None,
) -> "Answer":
    assert assistant is not None
    return assistant.ask(
        question,
        history=row.history if row else (),
        k=options.k,
        since=(row and row.since) or options.since,
        until=(row and row.until) or options.until,
        sources=options.source,
    )


def _with_progress(rows: Sequence["Row"]) -> Iterator["Row"]:
    from tqdm import tqdm

    yield from tqdm(rows, unit=" questions", disable=None, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
