import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer import Turn
from rag.follow_up import carried, leans

FOLDER = Path(__file__).parent / "follow_ups"
METRO = Turn("岚浦地铁二号线什么时候通车？", "岚浦地铁二号线于2031年5月18日通车。")
BRIDGE = Turn("How long is the Stavely tunnel?", "The Stavely tunnel is two miles long.")
OBSERVATORY = Turn("霧ヶ沢天文台の台長は誰ですか？", "台長は深町ゆり子さんです。")
LOCKDOWN = Turn("长春什么时候开始封控？", "3月11日开始。")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").open(encoding="utf-8")]


def asked(row: dict[str, Any]) -> str:
    return carried(row["question"], [Turn(*pair) for pair in row["history"]])


def is_right(row: dict[str, Any]) -> bool:
    made = asked(row).lower()
    has = all(word.lower() in made for word in row["has"])
    return has and not any(word.lower() in made for word in row["lacks"])


@pytest.mark.parametrize(
    ("turn", "question", "made"),
    [
        (METRO, "它有多长？", "岚浦地铁二号线有多长？"),
        (METRO, "其长度是多少", "岚浦地铁二号线的长度是多少？"),
        (METRO, "那么这条线路花了多少钱?", "岚浦地铁二号线花了多少钱？"),
        (METRO, "那三号线呢？", "岚浦地铁三号线什么时候通车？"),
        (METRO, "后来呢？", "岚浦地铁二号线通车，后来怎么样？"),
        (METRO, "为什么？", "岚浦地铁二号线为什么通车？"),
        (METRO, "票价呢？", "岚浦地铁二号线的票价是多少？"),
        (LOCKDOWN, "吉林市呢", "吉林市什么时候开始封控？"),
        (LOCKDOWN, "原因是什么？", "长春为什么开始封控？"),
        (LOCKDOWN, "这个消息可靠吗？", "长春开始封控的消息可靠吗？"),
        (LOCKDOWN, "那里有多少人？", "长春有多少人？"),
        (LOCKDOWN, "死了多少人？", "长春死了多少人？"),
        (LOCKDOWN, "2009年5月，它怎么样？", "2009年5月，长春怎么样？"),
        (Turn("上海有多少家方舱医院？", "12家。"), "北京呢？", "北京有多少家方舱医院？"),
        (Turn("双月桥花了多少钱？", "1,370万元。"), "为什么？", "双月桥为什么花了这么多钱？"),
        (Turn("岚浦地铁三号线全长多少？", "33.1公里。"), "它呢", "岚浦地铁三号线呢？"),
        (Turn("珠江频道是什么频道？", "粤语的。"), "它好看吗？", "珠江频道好看吗？"),
        (Turn("小枢有多高？", "1.25米。"), "多少钱一台？", "小枢多少钱一台？"),
        (Turn("谁拍到了彗星？", "馆长梅怀瑾说。"), "他几岁？", "梅怀瑾几岁？"),
        (Turn("夜市有多少攤位？", "264個。"), "該夜市幾點開？", "夜市幾點開？"),
        (Turn("新橋為什麼關閉？", "因大風。"), "舊橋呢？", "舊橋為什麼關閉？"),
        (BRIDGE, "And who built it?", "Who built the Stavely tunnel?"),
        (BRIDGE, "What is its width?", "What is the Stavely tunnel's width?"),
        (BRIDGE, "Who paid for that?", "Who paid for the Stavely tunnel?"),
        (BRIDGE, "How old is this tunnel?", "How old is the Stavely tunnel?"),
        (
            Turn("How much are the tolls on the Harrow Ferry bridge?", "£2.40."),
            "How many cars does it carry?",
            "How many cars does the Harrow Ferry bridge carry?",
        ),
        (
            Turn("When did the cup final begin?", "At nine."),
            "where?",
            "Where did the cup final begin?",
        ),
        (
            Turn("How many beds are in Changchun?", "900."),
            "And in Jilin?",
            "How many beds are in Jilin?",
        ),
        (
            Turn("Who scored?", "Substitute Danilo Oyarce, 19, headed in a corner."),
            "How old is he?",
            "How old is he?",  # "Who scored?" is about nothing that has a name
        ),
        (OBSERVATORY, "そこには望遠鏡がありますか？", "霧ヶ沢天文台には望遠鏡がありますか？"),
        (OBSERVATORY, "彼女は何歳ですか？", "深町ゆり子は何歳ですか？"),
        (Turn("東京の人口は何人ですか？", "多い。"), "では大阪は？", "大阪の人口は何人ですか？"),
        (
            Turn("¿Cuándo apareció el barco de Valdelumbre?", "El 11 de junio."),
            "¿Y dónde?",
            "¿Dónde apareció el barco de Valdelumbre?",
        ),
    ],
)
def test_what_is_meant_takes_the_place_of_what_points_at_it(
    turn: Turn, question: str, made: str
) -> None:
    assert carried(question, [turn]) == made


def test_dialogues_written_while_the_rules_were_made() -> None:
    wrong = [
        (row["question"], asked(row)) for row in rows("leaning_development") if not is_right(row)
    ]
    assert wrong == []
    changed = [asked(row) for row in rows("alone_development") if asked(row) != row["question"]]
    assert changed == []


def test_dialogues_held_out_until_the_rules_were_done() -> None:
    found = rows("leaning_held_out")
    assert len(found) == 34
    assert sum(map(is_right, found)) >= 30
    alone = rows("alone_held_out")
    assert len(alone) == 37
    assert [asked(row) for row in alone] == [row["question"] for row in alone]


def counted(name: str) -> tuple[int, int]:
    """How many dialogues of a list are carried over rightly, and how many wrongly."""
    found = [(asked(row), row) for row in rows(name)]
    right = sum(made in row["made"] for made, row in found)
    return right, right + sum(made == row["question"] not in row["made"] for made, row in found)


def test_long_first_questions_with_measures_and_numbered_names() -> None:
    assert counted("clauses_development") == (15, 15)
    right, not_wrong = counted("clauses_held_out")
    assert right >= 12  # as first counted
    assert not_wrong == len(rows("clauses_held_out"))


def test_a_bare_attribute_leans_on_nothing_that_the_articles_do_not_have() -> None:
    panda = "长春的大熊猫叫什么名字？"
    missing = Turn(panda, "这些文章里找不到这个问题的答案。")
    assert carried("票价是多少？", [missing]) == "票价是多少？"
    assert carried("它的票价是多少？", [missing]) == "长春的大熊猫的票价是多少？"
    answered = Turn(panda, "大熊猫名叫团团[1]。")
    assert carried("票价是多少？", [answered]) == "长春的大熊猫的票价是多少？"


def test_these_beds_are_those_that_were_spoken_of() -> None:
    hospitals = Turn("长春建成投用的方舱医院有几处，床位多少张？", "22处，床位23095张[1]。")
    teams = Turn("河南的医疗队什么时候到的？", "3月20日[1]。")
    meant = "长春建成投用的方舱医院的床位够用吗？"
    assert carried("这些床位够用吗？", [hospitals, teams]) == meant
    assert carried("这些帐篷够用吗？", [hospitals, teams]) == "这些帐篷够用吗？"


@pytest.mark.parametrize("question", ["它有多长？", "为什么？", "Why?", "それは？", "¿Y dónde?"])
def test_the_first_question_leans_on_nothing(question: str) -> None:
    assert not leans(question, [])
    assert carried(question, []) == question


@pytest.mark.parametrize("question", ["谢谢", "你好", "Thanks", "12?", "…", "真的吗？"])
def test_what_asks_nothing_stays_as_it_is(question: str) -> None:
    assert carried(question, [METRO, BRIDGE]) == question


def test_earlier_turns_help_where_the_last_one_names_nothing() -> None:
    turns = [METRO, Turn("谢谢", "不客气。")]
    assert carried("它有多长？", turns) == "岚浦地铁二号线有多长？"
    assert carried("它有多长？", [METRO, *[Turn("谢谢", "不客气。")] * 4]) == "它有多长？"


def test_a_person_is_looked_for_in_the_answer_and_before() -> None:
    turns = [Turn("谁修复了双月桥？", "古建工程师柏鹤鸣说，缺的补上。"), METRO]
    assert carried("她说了什么？", turns) == "柏鹤鸣说了什么？"


def test_a_page_of_text_is_not_carried_over() -> None:
    long = Turn("双月桥" + "很长" * 300 + "什么时候通车？", "不知道。")
    assert len(carried("那新桥呢？", [long])) <= 5 + 200


def test_a_page_of_text_does_not_lean() -> None:
    page = "报告很长。" * 60
    assert leans("它" + page[:298] + "？", [METRO])
    assert not leans("它" + page[:299] + "？", [METRO])


WORDS = st.text(
    st.sampled_from(
        "它他那这呢其吗？?，的是岚浦桥长春2呢为什么谁在それのはwhyit the Lanpu¿\ud800\n[1]《》"
    ),
    max_size=24,
)


@given(WORDS, WORDS, WORDS)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_text_is_understood_or_left_as_it_is(question: str, before: str, answer: str) -> None:
    turns = [Turn(before, answer)]
    made = carried(question, turns)
    assert len(made) <= len(question) + 200
    if not leans(question, turns):
        assert made == question


def test_nothing_is_asked_of_what_the_articles_do_not_have():
    question, said = "长春的大熊猫叫什么名字？", "没有文章符合这些条件。"
    assert (
        carried("票价是多少？", [Turn(question, "它叫圆圆。[1]")]) == "长春的大熊猫的票价是多少？"
    )
    assert carried("票价是多少？", [Turn(question, said, abstained=True)]) == "票价是多少？"
