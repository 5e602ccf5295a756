"""python -m eval bench: measurements over public question sets and over damaged pages."""

import argparse
import json
import sys
from pathlib import Path

from eval.bench.fidelity.command import register as register_fidelity
from eval.bench.llm.command import register as register_llm
from eval.bench.pipelines.command import register as register_pipelines
from eval.bench.reader.command import register as register_fit_reader
from eval.bench.reader_pipeline.command import register as register_reader
from eval.bench.tools.command import register as register_tools

_EXAMPLES = """examples:
  python -m eval bench retrieval --data DIR           nDCG@10 and recall of every set in DIR
  python -m eval bench retrieval --data DIR --embedder intfloat/multilingual-e5-small
  python -m eval bench retrieval --data DIR --distractors news.txt.gz --out retrieval.json
                                                      … among passages that answer nothing
  python -m eval bench speed --out DIR                time, memory and their growth, with a plot
  python -m eval bench peers --work DIR --texts FILE  the same job by other libraries
  python -m eval bench pipelines SET --work DIR       the same questions through other libraries
  python -m eval bench reliability                    kill -9, power loss, failing and rotting disks
  python -m eval bench reliability --only kill rot --quick
  python -m eval bench llm --quick                    the language model's engine
  python -m eval bench tools                          what LangChain, HTTP, MCP … add to a search
  python -m eval bench quote --data DIR               does the chosen sentence hold the answer?
  python -m eval bench abstain --data DIR --distractors news.txt.gz --most 20000 --out DIR
                                                      answerable or not; curves of both errors
  python -m eval bench reader --data DIR --distractors news.txt.gz --out DIR
                                                      the whole way from search to cited answer
  python -m eval bench fidelity --data DIR            are changed facts noticed, and true ones left?
  python -m eval bench fit-pages --clean FILE…        learn index/newspaper/weights.json anew
  python -m eval bench fit-quote --train FILE…        learn the weights of rag/features.py anew
  python -m eval bench fit-reader --train FILE… --checkpoint FILE
                                                      train the bundled reader anew
  python -m eval bench fit-fusion --train DIR         learn rag/fusion.json anew
  python -m eval bench pages --clean FILE…            reading pages that were damaged on purpose
  python -m eval bench pages --articles DIR --questions
                                                      … and what it does for questions on real pages

DIR holds SQuAD-style files (*.json or *.json.gz: data → paragraphs → qas → answers), and for
retrieval also files of snippets (*.jsonl or *.jsonl.gz: query, positive, negative).
"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the `bench` command."""
    bench = commands.add_parser(
        "bench",
        help="measure retrieval and quotation on public question sets, and the reading of pages",
        description="Measure retrieval, quotation and the reading of printed pages.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = bench.add_subparsers(required=True, metavar="WHAT")
    for name, help in (
        ("retrieval", "retrieval: dense, BM25, hybrid; among distractors and across languages"),
        ("quote", "answering by quotation from the gold paragraph, against plain overlap"),
        ("abstain", "telling answerable questions from unanswerable ones"),
    ):
        kind = kinds.add_parser(name, help=help, description=help)
        kind.add_argument("--data", type=Path, required=True, metavar="DIR")
        kind.add_argument("--embedder", metavar="NAME", help="folder or hub name")
        kind.add_argument("--limit", type=int, metavar="N", help="questions of each set")
        kind.add_argument("--json", action="store_true", help="print JSON")
        kind.set_defaults(command={"retrieval": _retrieval, "quote": _quote}.get(name, _abstain))
        if name == "quote":
            kind.add_argument("--llm", metavar="NAME", help="compare with this reader (reader)")
        else:
            _add_distractors(kind, "news to search among")
            kind.add_argument("--most", type=int, metavar="N", help="passages of the distractors")
        if name == "retrieval":
            kind.add_argument("--out", type=Path, metavar="FILE", help="write JSON there, too")
        if name == "abstain":
            kind.add_argument("--articles", type=Path, metavar="DIR", help="the real pages, too")
            kind.add_argument("--only", nargs="+", metavar="SET", help="sets of the folder")
            kind.add_argument("--out", type=Path, metavar="DIR", help="write a report with curves")
    _register_speed(kinds)
    _register_peers(kinds)
    _register_reliability(kinds)
    register_fidelity(kinds, lambda rows, as_json: _show(rows, as_json=as_json))
    register_llm(kinds, lambda rows, as_json: _show(rows, as_json=as_json))
    register_pipelines(kinds, lambda rows, as_json: _show(rows, as_json=as_json))
    register_reader(kinds, lambda rows, as_json: _show(rows, as_json=as_json))
    register_tools(kinds, lambda rows, as_json: _show(rows, as_json=as_json))
    _register_fit_pages(kinds)
    fit = kinds.add_parser("fit-quote", help="learn the weights of quotation")
    fit.add_argument("--train", type=Path, nargs="+", required=True, metavar="FILE")
    fit.add_argument("--embedder", metavar="NAME", help="folder or hub name")
    fit.add_argument("--limit", type=int, default=4000, metavar="N", help="questions in all")
    fit.add_argument(
        "--out", type=Path, metavar="FILE", help="train the ranker, too, and write it there"
    )
    fit.set_defaults(command=_fit)
    register_fit_reader(kinds, lambda rows, as_json: _show(rows, as_json=as_json))
    _register_fit_fusion(kinds)
    _register_pages(kinds)


def _add_distractors(kind: argparse.ArgumentParser, what: str) -> None:
    kind.add_argument(
        "--distractors",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help=f"{what}: .txt or .txt.gz with one article a line, or folders of them",
    )


def _register_speed(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help = "building, opening and searching a store: time, memory, growth"
    speed = kinds.add_parser("speed", help=help, description=help)
    speed.add_argument(
        "--articles",
        type=Path,
        default=Path("index/sample"),
        metavar="PATH",
        help="articles whose paragraphs are varied until there are enough (default: the samples)",
    )
    _add_distractors(speed, "news to take the paragraphs from instead")
    _add_sizes(speed, [1_000, 10_000, 100_000])
    speed.add_argument("--largest", action="store_true", help="a million paragraphs, too")
    speed.add_argument("--runs", type=int, default=3, metavar="N", help="of each size (default: 3)")
    speed.add_argument("--embedder", metavar="NAME", help="folder or hub name")
    speed.add_argument("--out", type=Path, metavar="DIR", help="write a report with a plot there")
    speed.add_argument("--json", action="store_true", help="print JSON")
    speed.set_defaults(command=_speed)


def _register_peers(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help = "the same job by LangChain, LlamaIndex, Haystack and txtai, in turns with ours"
    peers = kinds.add_parser("peers", help=help, description=help)
    peers.add_argument(
        "--work", type=Path, required=True, metavar="DIR", help="folder for their environments"
    )
    peers.add_argument(
        "--texts",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="news to take the paragraphs from, as --distractors (default: the sample articles)",
    )
    _add_sizes(peers, [5_000])
    peers.add_argument("--runs", type=int, default=5, metavar="N", help="turns (default: 5)")
    peers.add_argument(
        "--embedder", type=Path, default=Path("index/model"), metavar="DIR", help="its folder"
    )
    peers.add_argument("--only", nargs="+", metavar="NAME", help="some of the libraries")
    peers.add_argument("--json", action="store_true", help="print JSON")
    peers.set_defaults(command=_peers)


def _register_reliability(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help = "what a store survives, notices and refuses, and what that costs"
    kind = kinds.add_parser("reliability", help=help, description=help)
    kind.add_argument("--only", nargs="+", metavar="TEST", help="some of the tests; see the table")
    kind.add_argument("--quick", action="store_true", help="few cases of each: three minutes")
    kind.add_argument("--kills", type=int, metavar="N", help="of each kind (default: 200)")
    kind.add_argument(
        "--articles",
        type=Path,
        default=Path("index/sample"),
        metavar="PATH",
        help="articles that a large store is grown from (default: the samples)",
    )
    kind.add_argument("--json", action="store_true", help="print JSON")
    kind.set_defaults(command=_reliability, usage=kind.error)


def _add_sizes(kind: argparse.ArgumentParser, default: list[int]) -> None:
    kind.add_argument(
        *("--sizes",), type=int, nargs="+", default=default, metavar="N", help="paragraphs"
    )


def _register_fit_fusion(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help = "learn the weights of the fusion (rag/fusion.json) from training data"
    fit = kinds.add_parser("fit-fusion", help=help, description=help)
    fit.add_argument(
        "--train", type=Path, required=True, metavar="DIR", help="see index/training/readers.py"
    )
    fit.add_argument(
        "--embedder",
        nargs="+",
        default=[],
        metavar="NAME",
        help="folders or hub names; what is learnt suits all of them",
    )
    fit.add_argument(
        "--passages", type=int, default=20_000, metavar="N", help="of news, in the large store"
    )
    fit.add_argument(
        "--translations",
        type=Path,
        metavar="FILE",
        help="learnt without the questions; default: the bundled ones",
    )
    fit.add_argument("--out", type=Path, metavar="FILE", help="default: rag/fusion.json")
    fit.add_argument(
        "--write-seen",
        type=Path,
        metavar="DIR",
        help="write the training data without the questions learnt from, and learn nothing",
    )
    fit.add_argument(
        "--keep-translated",
        action="store_true",
        help="with --write-seen: keep the translated texts that questions are made of",
    )
    fit.set_defaults(command=_fit_fusion)


def _register_pages(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help = "printed pages: lines joined, articles told apart, reading order"
    pages = kinds.add_parser("pages", help=help, description=help)
    pages.add_argument(
        "--clean",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="articles to damage: .jsonl or .jsonl.gz (date, title, body), or a folder of .md",
    )
    pages.add_argument("--pages", type=int, default=500, metavar="N", help="how many pages")
    pages.add_argument("--seed", type=int, default=1, metavar="N", help="another seed, other pages")
    pages.add_argument(
        "--part",
        choices=("dev", "unseen", "all"),
        default="unseen",
        help="articles by the hash of their title: 8 in 10 are dev",
    )
    pages.add_argument("--articles", type=Path, metavar="DIR", help="folder of the real pages")
    pages.add_argument(
        "--questions",
        action="store_true",
        help="retrieval and answers over the real pages, left as they are and repaired",
    )
    pages.add_argument(
        "--write", type=Path, metavar="DIR", help="write pages and truth there, measure nothing"
    )
    pages.add_argument("--json", action="store_true", help="print JSON")
    pages.set_defaults(command=_pages, usage=pages.error)


def _register_fit_pages(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help = "learn the weights of the page reader from damaged pages"
    fit = kinds.add_parser("fit-pages", help=help, description=help)
    fit.add_argument(
        "--clean", type=Path, nargs="+", required=True, metavar="FILE", help="articles to damage"
    )
    fit.add_argument("--pages", type=int, default=800, metavar="N", help="pages of short items")
    fit.add_argument("--papers", type=int, default=300, metavar="N", help="pages of long articles")
    fit.add_argument("--seed", type=int, default=31, metavar="N", help="another seed, other pages")
    fit.set_defaults(command=_fit_pages)


def _retrieval(options: argparse.Namespace) -> int:
    from eval.bench.language_pairs import language_tables
    from eval.bench.retrieval import bench

    rows = bench(options.data, options.embedder, options.limit, options.distractors, options.most)
    if options.out is not None:
        options.out.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")
    _show(rows, as_json=options.json)
    for table in [] if options.json else language_tables(rows):
        sys.stdout.write("\n")
        _show(table, as_json=False)
    return 0


def _speed(options: argparse.Namespace) -> int:
    from eval.bench.speed import LARGEST, SpeedJob, bench
    from eval.bench.speed_report import flat, write_report

    sizes = [*options.sizes, *([LARGEST] if options.largest else [])]
    job = SpeedJob(options.articles, options.distractors, sizes, options.runs, options.embedder)
    rows = bench(job)
    if options.out is not None:
        write_report(rows, options.out)
    _show(rows if options.json else turned([flat(row) for row in rows]), as_json=options.json)
    return 0


def _peers(options: argparse.Namespace) -> int:
    from eval.bench.peers.compare import PEERS, compare
    from eval.bench.peers.texts import write_jobs

    options.work.mkdir(parents=True, exist_ok=True)
    jobs = write_jobs(
        Path("index/sample"), options.texts, options.sizes, options.embedder, options.work
    )
    rows = compare(jobs, options.work, options.only or PEERS, options.runs)
    _show(rows, as_json=options.json)
    return 0


def _reliability(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from tqdm import tqdm

    from eval.bench.reliability.table import QUICK, TESTS, Effort, bench

    names = tuple(options.only or TESTS)
    if unknown := set(names) - set(TESTS):
        options.usage(f"there is no test {', '.join(unknown)}; there are {', '.join(TESTS)}")
    effort = QUICK if options.quick else Effort()
    effort = replace(effort, kills=options.kills) if options.kills else effort
    rows = bench(names, effort, options.articles)
    found = list(tqdm(rows, desc="reliability", unit=" tests", disable=None, leave=False))
    _show(found, as_json=options.json)
    return 1 if any(row["bad"] for row in found) else 0


def _quote(options: argparse.Namespace) -> int:
    from eval.bench.quote import bench, opened_reader

    reader = opened_reader(options.llm) if options.llm else None
    rows = bench(options.data, options.embedder, options.limit, reader)
    _show(rows, as_json=options.json)
    return 0


def _abstain(options: argparse.Namespace) -> int:
    from eval.bench.abstain import Job, bench

    names = ("data", "embedder", "limit", "distractors", "most", "articles", "only", "out")
    _show(bench(Job(*(getattr(options, name) for name in names))), as_json=options.json)
    return 0


def _fit_pages(options: argparse.Namespace) -> int:
    from eval.bench.pages_fit import fit_pages, pages_to_learn
    from index.newspaper.weights import FILE

    pages = pages_to_learn(options.clean, options.pages, options.papers, options.seed)
    for line in fit_pages(pages, FILE):
        sys.stdout.write(line + "\n")
    return 0


def _fit(options: argparse.Namespace) -> int:
    from eval.bench.fit import fit

    for line in fit(options.train, options.embedder, options.limit, options.out):
        sys.stdout.write(line + "\n")
    return 0


def _fit_fusion(options: argparse.Namespace) -> int:
    from eval.bench.fit_fusion import fit_fusion
    from eval.bench.stores_to_learn import write_seen
    from index.translations import FILE as TRANSLATIONS
    from rag.fusion import FILE

    if options.write_seen is not None:
        write_seen(options.train, options.write_seen, translated=options.keep_translated)
        return 0
    lines = fit_fusion(
        options.train,
        options.embedder,
        options.passages,
        options.out or FILE,
        options.translations or TRANSLATIONS,
    )
    for line in lines:
        sys.stdout.write(line + "\n")
    return 0


def _pages(options: argparse.Namespace) -> int:
    if options.questions:
        if options.articles is None:
            options.usage("--questions are about the real pages: give their folder by --articles")
        return _questions(options)
    if not options.clean:
        options.usage("the articles to damage are missing: --clean FILE…")
    from eval.bench.pages import PageSource, bench, write_pages

    source = PageSource(options.clean, options.part, options.pages, options.seed)
    if options.write is not None:
        count = write_pages(source, options.write)
        sys.stdout.write(f"{count} pages and their truth are in {options.write}\n")
        return 0
    for number, table in enumerate(bench(source, options.articles)):
        if number and not options.json:
            sys.stdout.write("\n")
        _show(table, as_json=options.json)
    return 0


def _questions(options: argparse.Namespace) -> int:
    from eval.bench.pages_questions import PageSetting, questions_effect

    settings: tuple[PageSetting, ...] = ("never", "auto")
    found = [
        {"pages": setting, **row}
        for setting in settings
        for row in questions_effect(options.articles, setting)
    ]
    _show(found, as_json=options.json)
    return 0


def _show(rows: list[dict[str, object]], *, as_json: bool) -> None:
    """A table with one row a set, or a JSON object a line."""
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [
        max(map(len, [name, *column]))
        for name, column in zip(columns, zip(*cells, strict=True), strict=True)
    ]
    for line in [columns, *cells]:
        sys.stdout.write(
            "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() + "\n"
        )


def turned(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """A table with one row a figure: the many figures of few sizes fit no line."""
    sizes = {f"{row['paragraphs']:,.0f}": row for row in rows}
    return [
        {"paragraphs": key} | {size: row[key] for size, row in sizes.items()}
        for key in rows[0]
        if key != "paragraphs"
    ]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
