"""From what a library says to a row as ours: sentences, citations, verdicts, abstention.

Everybody's text is read by the same rules. Where these could cost another library something that
its user would still understand, they are generous: “(Source 2)” is read as [2], and its own ways
to say that there is no answer are abstentions.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from eval.bench.pipelines.archive import Archive
from eval.bench.pipelines.no_answer import says_nothing
from eval.runner.rows import answered_row, failed_row
from eval.sets import Question
from index.language import language
from rag.answer import Answer, Hit, Sentence, Timings
from rag.errors import InputError
from rag.thoughts import VisibleText
from rag.written import Declined, WrittenAnswer

Json = dict[str, Any]

# “[Source 2]”, “(Sources 1, 3)”, “（来源2）”, “[Document 4]”: the number as a marker
_NAMED = re.compile(
    r"[\[(（【]\s*(?:sources?|documents?|docs?|passages?|来源|來源|文档|文檔|資料|fuentes?)"
    r"\s*[:：#]?\s*(\d+(?:\s*[,，、]\s*\d+)*)\s*[\])）】]",
    re.IGNORECASE,
)
_NO_TIME = Timings(0.0, 0.0, 0.0)


def row_of(question: Question, line: Mapping[str, Any], archive: Archive, name: str) -> Json:
    """The row of a question by a line of a library's answers (see `job`).

    Neither it nor its hits have scores: those of different libraries do not compare.

    Raises:
        KeyError: the line names a paragraph that is not in the archive.
    """
    gold = archive.gold[question.id]
    if "error" in line:
        return failed_row(question, InputError(line["error"]), gold)
    hits = archive.hits(line["hits"])
    answer = Answer(
        question=question.text,
        language=language(question.text),
        llm=name,
        hits=hits,
        sentences=_sentences(line["text"], hits, line["hits"], line["shown"]),
        timings=_NO_TIME,
        message=line["text"],
    )
    row, _ = answered_row(question, answer, gold)
    del row["confidence"]
    for hit in row["hits"]:
        del hit["score"]
    return row


def _sentences(
    text: str, hits: Sequence[Hit], ids: Sequence[str], shown: Sequence[str]
) -> tuple[Sentence, ...]:
    """The sentences of a reply; none where it says that there is no answer.

    A number means what was `shown` under it; it becomes the place of that paragraph among the
    hits, as in our rows.
    """
    visible = VisibleText()
    text = visible.feed(text.encode()) + visible.rest()
    text = _NAMED.sub(r"[\1]", text)
    if says_nothing(text):
        return ()
    places = [ids.index(name) for name in shown]
    written = WrittenAnswer([hits[place] for place in places], [place + 1 for place in places])
    try:
        for _ in written.events([text]):
            pass
    except Declined:
        return ()
    return tuple(written.sentences)
