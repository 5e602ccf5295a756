"""RGB (Chen et al. 2024, "Benchmarking Large Language Models in Retrieval-Augmented Generation").

Each snippet is an article. The evidence of each group of answers is the sentence of a positive
snippet that holds one of its alternatives and has most in common with the question; other snippets
may say the same, so that figures of retrieval are bounds from below. In the files of the
counterfactual part the fake answer is forbidden, and some falsified snippets can be put into the
store beside the true ones.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from eval.convert.files import Json, records, stem
from eval.convert.languages import most_common
from eval.convert.made import Made
from eval.convert.quotes import one_line, plain, sentence_with
from eval.sets import Evidence, Question
from index.text import fold
from rag.errors import InputError


def convert(paths: Sequence[Path], language: str | None = None, wrong: int = 0) -> Made:
    """The snippets and questions of some files, with `wrong` falsified snippets of each question.

    Raises:
        InputError: a file cannot be read, or is not of this kind.
    """
    made = Made()
    sources: dict[str, str] = {}
    for path in paths:
        rows = list(records(path))
        for number, row in rows:
            if not isinstance(row.get("query"), str) or not _texts(row.get("positive")):
                raise InputError(
                    f'{path}, line {number}, no RGB question: give "query", "answer" and "positive"'
                )
        code = language or most_common(row["query"] for _, row in rows)
        for number, row in tqdm(rows, desc=path.name, unit=" questions", disable=None):
            _convert(row, f"{stem(path)}-{number:04d}", code, wrong, sources, made)
    return made


def _convert(
    row: Json, id: str, language: str, wrong: int, sources: dict[str, str], made: Made
) -> None:
    positive = [
        (_source(text, f"{id}-p{n}", sources, made), text)
        for n, text in enumerate(_snippets(row, "positive"), 1)
    ]
    for n, text in enumerate(_snippets(row, "negative"), 1):
        _source(text, f"{id}-n{n}", sources, made)
    for n, text in enumerate(_snippets(row, "positive_wrong")[:wrong], 1):
        _source(text, f"{id}-w{n}", sources, made)
    query, groups = one_line(row["query"]), list(_groups(row.get("answer")))
    evidence = [_evidence(group, positive, query) for group in groups]
    proved = [one for one in evidence if one is not None]
    if not groups:
        made.left_out["no answer"] += 1
    elif len(proved) < len(groups):
        made.left_out["no sentence of a positive snippet holds the answer"] += 1
    elif not query:
        made.left_out["no question"] += 1
    else:
        made.question(
            Question(
                id,
                query,
                language,
                "single" if len(groups) == 1 else "multi",
                True,
                answers=tuple(map(_proved_first, groups, proved)),
                evidence=tuple(dict.fromkeys(proved)),
                evidence_language=most_common(one.quote for one in proved),
                forbidden=tuple(_forbidden(row, groups, made)),
            )
        )


def _source(text: str, name: str, sources: dict[str, str], made: Made) -> str:
    """The source with this text: a snippet that several questions have is one article."""
    if text not in sources:
        sources[text] = name
        made.article(name, text)
    return sources[text]


def _snippets(row: Json, key: str) -> list[str]:
    """The snippets of a field; what a page's lines were is one paragraph of the snippet each."""
    return [text for given in _texts(row.get(key)) if (text := plain(given))]


def _groups(answer: object) -> Iterator[tuple[str, ...]]:
    """An answer, or several that are all asked for; a list among them holds alternatives."""
    for item in answer if isinstance(answer, list) else [answer]:
        texts = (one_line(text) for text in _texts(item))
        alternatives = tuple(dict.fromkeys(text for text in texts if fold(text)))
        if alternatives:
            yield alternatives


def _evidence(
    group: Sequence[str], positive: Sequence[tuple[str, str]], query: str
) -> Evidence | None:
    quote = sentence_with([text for _, text in positive], group, query)
    if quote is None:
        return None
    return Evidence(next(source for source, text in positive if quote in text), quote)


def _proved_first(group: Sequence[str], evidence: Evidence) -> tuple[str, ...]:
    """The alternatives, those that the evidence says before others."""
    quote = fold(evidence.quote)
    return tuple(sorted(group, key=lambda answer: fold(answer) not in quote))


def _forbidden(row: Json, groups: Sequence[Sequence[str]], made: Made) -> Iterator[str]:
    """The fake answer, unless a right one would say it."""
    right = [fold(answer) for group in groups for answer in group]
    for text in dict.fromkeys(_texts(row.get("fakeanswer"))):
        if any(fold(text) in answer for answer in right):
            made.left_out["a fake answer that stands in the right one (its question is kept)"] += 1
        else:
            yield one_line(text)


def _texts(value: object) -> list[str]:
    """The texts of a field, which may lie in lists of lists, or be a number."""
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [str(value)]
    return [value] if isinstance(value, str) and value.strip() else []
