from typing import Any

import pytest

from eval.metrics import checked
from eval.metrics.faithfulness import (
    faithfulness,
    faithfulness_upper,
    fidelity,
    support_share,
    undecided,
    undecided_quotes,
)
from eval.metrics.rows import Hit
from eval.metrics.verdicts import is_factual, outcome, verdict
from rag.answer import Verdict
from tests.eval.metrics.made import FAILED, cite, hit, row, said, sentence

BRIDGE = "岚浦大桥于5月18日通车，全长2,860米，总投资19.6亿元。市长说：“这座桥等了整整三十年。”"
FERRY = "Harrow Ferry carried 1,204 passengers on its last day. The first boat left at 6:10 a.m."


def about(text: str, *numbers: int) -> Any:
    return sentence(text, *(cite(number, number - 1) for number in numbers))


def shown(*sentences: Any) -> Any:
    return row(*sentences, hits=[hit(0, BRIDGE, date="2031-05-19"), hit(1, FERRY, date="2030")])


@pytest.mark.parametrize(
    ("text", "factual"),
    [
        ("大桥通车。", True),
        ("It opened.", True),
        ("2,860", True),
        ("二十", True),
        ("五。", True),
        ("7", True),
        ("首。", False),
        ("b.", False),
        ("Открылся мост.", True),
        ("개통했다.", True),
        ("大桥何时通车？", False),
        ("Shall I go on?”", False),
        ("「要我說下去嗎？」", False),
        ("班主說：「神明坐在對面看，是要演給誰看？」", True),
        ('He asked: "Who cut the drain?"', True),
        ("هل فتح الجسر؟", False),
        ("——", False),
        ("", False),
        ("的了吗。", False),
        ("🙂 !", False),
    ],
)
def test_which_sentences_are_factual(text: str, factual: bool) -> None:
    assert is_factual(text) is factual


def test_verdicts_come_from_the_texts_and_never_from_the_record() -> None:
    given = shown(
        about("岚浦大桥全长2,860米。", 1),
        about("岚浦大桥全长2,960米。", 1),
        sentence("Harrow Ferry carried 1,204 passengers.", support="unsupported"),
    )
    assert [outcome(given, each) for each in given.sentences] == [
        "supported",
        "unsupported",
        "supported",  # by a hit that it does not cite
    ]
    assert faithfulness(given) == faithfulness_upper(given) == 2 / 3
    assert undecided(given) == 0.0
    assert support_share(given, "unsupported") == 1 / 3


def test_the_outcome_of_a_sentence() -> None:
    table: dict[tuple[str, str], Verdict] = {
        ("a", "p0"): "unknown",
        ("a", "p1"): "supported",
        ("b", "p0"): "unknown",
        ("b", "p1"): "partial",
        ("c", "p1"): "unknown",
    }

    def judge(text: str, hits: tuple[Hit, ...]) -> Verdict:
        return table.get((text, "".join(each.paragraph for each in hits)), "unsupported")

    given = row(
        sentence("a", cite(1, 0)),  # supported by another hit alone
        sentence("b", cite(1, 0)),  # undecided as it is cited
        sentence("b"),  # nothing cited: the best of the hits
        sentence("c", cite(1, 0)),  # what it cites speaks against it
        sentence("c", cite(9, 0)),  # what it cites is nothing
        sentence("d"),
        hits=(0, 1),
    )
    assert [outcome(given, each, judge) for each in given.sentences] == [
        "supported", "unknown", "partial", "unsupported", "unknown", "unsupported",
    ]  # fmt: skip


def test_bounds_enclose_what_no_rule_decides() -> None:
    given = shown(
        about("岚浦大桥全长2,860米。", 1),
        about("The bridge is 2,860 metres long.", 1),  # another language: undecided
        about("The bridge is 2,960 metres long.", 1),
        about("Is it?"),
    )
    assert verdict(given.sentences[1].text, given.hits[:1]) == "unknown"
    assert (faithfulness(given), faithfulness_upper(given)) == (1 / 3, 2 / 3)
    assert undecided(given) == 1 / 3


def test_figures_dates_and_quotations() -> None:
    given = shown(
        about("5月18日通车，全长2,860米，投资20.6亿元。", 1),  # two figures, one wrong; a date
        about("The bridge opened on May 18 and is 2,860 metres long.", 1),
        about("渡船早上6时20分开出，载客1,204人。", 1, 2),  # a wrong time; the figure in the other
        about("1,204 passengers came."),  # uncited
        about("市长说：“这座桥等了整整三十年。”", 1),  # a quotation with a figure
        about("市长说：“这座桥等了整整四十年。”", 1),
    )
    assert fidelity(given, "number") == pytest.approx(4 / 7)
    assert fidelity(given, "date") == pytest.approx(2 / 3)
    assert fidelity(given, "quote") == pytest.approx(1 / 2)
    assert undecided_quotes(given) == 0.0


def test_the_date_of_the_article_counts() -> None:
    given = shown(about("昨天是2031年5月18日。", 1), about("于2031年5月18日通车。", 2))
    assert fidelity(given, "date") == pytest.approx(2 / 3)


def test_whole_sentences_of_the_source_have_its_dates() -> None:
    """An English date is not read in a Chinese text; copied with its sentence it stands there."""
    text = "Jan 4, 2022 ... 新桥于元旦后通车，全长五百米。"
    copied, changed = "Jan 4, 2022 ...", "Jan 5, 2022 ..."
    for words, share in ((copied, 1.0), (changed, 0.0)):
        assert fidelity(row(about(words, 1), hits=[hit(0, text)]), "date") == share


def test_a_translated_quotation_is_left_out() -> None:
    translated = about("“We waited thirty whole years for this bridge,” the mayor said.", 1)
    given = shown(translated)
    assert fidelity(given, "quote") is None
    assert undecided_quotes(given) == 1.0
    both = shown(translated, about("市长说：“这座桥等了整整三十年。”", 1))
    assert (fidelity(both, "quote"), undecided_quotes(both)) == (1.0, 1 / 2)


def test_support_shares() -> None:
    given = row(*(sentence("x", support=s) for s in ("unknown", "unsupported", "unknown", "a")))
    assert support_share(given, "unknown") == 1 / 2
    assert support_share(given, "unsupported") == 1 / 4


@pytest.mark.parametrize("view", [row(), checked(FAILED)])
def test_nothing_is_defined_without_sentences(view: Any) -> None:
    assert [m(view) for m in (faithfulness, faithfulness_upper, undecided, undecided_quotes)] == [
        None
    ] * 4
    assert support_share(view, "unknown") is None
    for kind in ("number", "date", "quote"):
        assert fidelity(view, kind) is None  # type: ignore[arg-type]
    assert fidelity(said("无话。"), "number") is None
    assert faithfulness(said("是吗？")) is None
