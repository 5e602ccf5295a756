from typing import Any

import pytest

from eval.metrics import checked, measure
from rag.errors import InputError
from tests.eval.metrics.made import FAILED, QUESTION, answer, cite, hit, row, sentence


def test_the_view_of_an_answer() -> None:
    again = [{"paragraph": "p9", "source": "z.txt", "article": "a"}]
    view = row(
        sentence("新橋。", cite(1, 1), cite(1, 0), cite(2, 1), cite(0, 1)),
        hits=[hit(1, title="Bridge", date="2031-05-XX", also_in=again)],
    )
    (shown,) = view.hits
    assert (shown.title, shown.date) == ("Bridge", "2031-05-XX")
    assert shown.paragraphs == {"p1", "p9"}
    assert shown.sources == {"b.txt", "z.txt"}
    assert view.gold == (("p1",), ("p2",))
    assert not view.failed
    assert [view.cited(citation) for citation in view.citations] == [shown, None, None, None]


def test_a_failed_question_has_nothing_to_show() -> None:
    view = checked(FAILED)
    assert view.failed
    assert (view.sentences, view.hits, view.citations) == ((), (), ())


@pytest.mark.parametrize(
    ("date", "kept"),
    [
        ("2031-05-18", "2031-05-18"),
        ("2031", "2031"),
        ("2031-XX-XX", "2031-XX-XX"),
        ("9999-12-31", None),
        ("0000-01-01", None),
        ("２０３１-05-18", None),
        ("yesterday", None),
        (20310518, None),
        (None, None),
    ],
)
def test_a_date_that_cannot_be_counted_from_is_none(date: object, kept: str | None) -> None:
    assert row(hits=[hit(0, date=date)]).hits[0].date == kept


def changed(path: str, value: object) -> dict[str, Any]:
    """A good row with one field changed; `path` as in messages."""
    made: Any = answer(sentence("新橋。", cite(2, 1)), hits=[hit(0, also_in=[]), 1, 2])
    place = made
    *steps, last = path.replace("[", ".").replace("]", "").split(".")
    for step in steps:
        place = place[int(step)] if step.isdecimal() else place[step]
    place[int(last) if last.isdecimal() else last] = value
    return made


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("abstained", None, "nothing"),
        ("abstained", 0, "a number"),
        ("sentences", {}, "an object"),
        ("sentences[0]", "新橋。", "text"),
        ("sentences[0].text", None, "nothing"),
        ("sentences[0].support", 1.5, "a number"),
        ("sentences[0].citations", None, "nothing"),
        ("sentences[0].citations[0].number", True, "true or false"),
        ("sentences[0].citations[0].number", 1.0, "a number"),
        ("sentences[0].citations[0].paragraph", 2, "a number"),
        ("sentences[0].citations[0].quote", [], "a list"),
        ("sentences[0].citations[0].quote.start", "0", "text"),
        ("hits", "abc", "text"),
        ("hits[1]", [], "a list"),
        ("hits[1].source", None, "nothing"),
        ("hits[0].title", None, "nothing"),
        ("hits[0].also_in", [1], "a number"),
        ("gold", None, "nothing"),
    ],
)
def test_what_is_no_row_is_told_by_row_and_field(path: str, value: object, found: str) -> None:
    where = path.replace("also_in", "also_in[0]") if path.endswith("also_in") else path
    with pytest.raises(InputError) as told:
        measure(QUESTION, changed(path, value), k=8)
    assert str(told.value).startswith(f"row 'q1', {where}: expected ")
    assert f"found {found};" in str(told.value)


def test_other_faults_of_a_row() -> None:
    with pytest.raises(InputError, match=r"row 'q1', gold\[1\]: expected a list of paragraph ids"):
        checked(answer(gold=[["p1"], ["p2", 3]]))
    with pytest.raises(InputError, match="row 'q1', abstained: true, although there are sentences"):
        checked(answer(sentence("x"), abstained=True))
    with pytest.raises(InputError, match="a row is a JSON object, not a list"):
        checked([])
    with pytest.raises(InputError, match="row 'without id', sentences: expected list"):
        checked({})
    with pytest.raises(InputError, match=r"row '\\ud800', sentences"):
        checked({"id": "\ud800"})
