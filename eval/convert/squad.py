"""SQuAD-style files (Rajpurkar et al. 2016): SQuAD, XQuAD, CMRC 2018, DRCD, JaQuAD.

An article of the file is an article here, with its paragraphs; the evidence of a question is the
sentence that holds its answer. A question that SQuAD 2.0 (Rajpurkar et al. 2018) calls impossible
is unanswerable, and about its article.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eval.convert.files import Json, json_of, stem
from eval.convert.languages import most_common
from eval.convert.made import Made
from eval.convert.quotes import one_line, plain, sentence_at, sentence_with
from eval.sets import Evidence, Question
from index.text import fold
from rag.errors import InputError


def convert(paths: Sequence[Path], language: str | None = None) -> Made:
    """The articles and questions of some files.

    Raises:
        InputError: a file cannot be read, or is not of this kind.
    """
    made = Made()
    for path in paths:
        _convert(path, language, made)
    return made


def _convert(path: Path, language: str | None, made: Made) -> None:
    articles = list(_articles(path))
    blocks = [block for _, blocks in articles for block in blocks]
    languages = (
        language or most_common(_asked(qa) for _, qas in blocks for qa in qas),
        language or most_common(context for context, _ in blocks),
    )
    sources: dict[tuple[str, str], str] = {}
    count = 0
    for title, blocks in tqdm(articles, desc=path.name, unit=" articles", disable=None):
        text = "\n".join(plain(context) for context, _ in blocks)
        if (title, text) not in sources:
            sources[title, text] = f"{stem(path)}-{len(sources) + 1:05d}"
            made.article(sources[title, text], text, title)
        for context, qa in ((context, qa) for context, qas in blocks for qa in qas):
            count += 1
            id = f"{stem(path)}-q{count:05d}"
            question = _question(qa, id, context, sources[title, text], languages)
            if isinstance(question, str):
                made.left_out[question] += 1
            else:
                made.question(question)


def _articles(path: Path) -> Iterator[tuple[str, list[tuple[str, list[Json]]]]]:
    """Titles, and the paragraphs of each with what is asked of them, in all published shapes."""
    content = json_of(path)
    found = content.get("data") if isinstance(content, dict) else content
    if not isinstance(found, list):
        raise InputError(f"{path} is no SQuAD-style file: it has no list of articles")
    some = False
    for article in filter(_is_object, found):
        paragraphs = article.get("paragraphs")
        blocks = [
            (context, list(filter(_is_object, _list(block, "qas"))))
            for block in filter(
                _is_object, paragraphs if isinstance(paragraphs, list) else [article]
            )
            if plain(context := _text(block, "context", "context_text"))
        ]
        if blocks:
            some = True
            yield one_line(_text(article, "title")), blocks
    if not some:
        raise InputError(f"{path} is no SQuAD-style file: no article has a context")


def _question(
    qa: Json, id: str, context: str, source: str, languages: tuple[str, str]
) -> Question | str:
    """The question, or why there is none."""
    text = _asked(qa)
    if not text:
        return "no question"
    if qa.get("is_impossible") is True:
        return Question(id, text, languages[0], "unanswerable", False, about=source)
    given = list(_answers(qa))
    answers = tuple(dict.fromkeys(words for words, _ in given))
    if not answers:
        return "no answer"
    quote = next(filter(None, (_at(context, *answer) for answer in given)), None)
    quote = quote or sentence_with([context], answers, text)
    if quote is None:
        return "no sentence of its paragraph holds the answer"
    return Question(
        id, text, languages[0], "single", True,
        answers=(answers,),
        evidence=(Evidence(source, quote),),
        evidence_language=languages[1],
    )  # fmt: skip


def _at(context: str, words: str, start: int) -> str | None:
    """The sentence at the place that the file gives, if the answer stands there."""
    end = start + len(words)
    return sentence_at(context, start, end) if context[max(start, 0) : end] == words else None


def _asked(qa: Json) -> str:
    return one_line(_text(qa, "question", "query_text"))


def _answers(qa: Json) -> Iterator[tuple[str, int]]:
    """The answers and the places where they begin, -1 where none is given."""
    for given in _list(qa, "answers"):
        text, start = (
            (given.get("text"), given.get("answer_start")) if _is_object(given) else (given, -1)
        )
        words = one_line(text) if isinstance(text, str) else ""
        if fold(words):
            yield words, start if isinstance(start, int) else -1


def _list(fields: Json, key: str) -> list[Any]:
    value = fields.get(key)
    return value if isinstance(value, list) else []


def _text(fields: Json, *keys: str) -> str:
    """The first of the fields that is text; else none."""
    return next((v for key in keys if isinstance(v := fields.get(key), str)), "")


def _is_object(value: object) -> bool:
    return isinstance(value, dict)
