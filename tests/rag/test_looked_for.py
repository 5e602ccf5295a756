import pytest

from rag.looked_for import MOST, LookedFor, looked_for, telling_words
from tests.rag.test_support import hit


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("新桥有多长，床位有多少张？", ["新桥", "床位"]),
        ("谁赢得了国际象棋决赛冠军奖杯？", ["国际", "象棋", "决赛", "冠军", "奖杯"]),
        ("誰贏得了國際象棋決賽？", ["國際", "象棋", "決賽"]),
        ("2022年4月14日新增多少例？", ["2022年4月14日", "新增"]),
        ("東京マラソンの優勝者は誰ですか。", ["東京", "マラソン", "優勝"]),
        ("Who won the chess final in Springfield?", ["won", "chess", "final", "Springfield"]),
        ("¿Cuántas camas tiene el hospital nuevo?", ["camas", "hospital", "nuevo"]),
        ("桥上桥下的桥有多长？", ["桥"]),
        ("长春市的大熊猫叫什么名字？", ["长春市", "大熊猫"]),
        ("岚浦地铁二号线全长多少公里？", ["岚浦", "地铁", "二号线", "全长"]),
        ("誰設計了彩虹瀑布遊樂園？", ["設計", "彩虹", "瀑布", "樂園"]),
        ("什么时候？", []),
        ("?! …", []),
        ("\ud800", []),
    ],
)
def test_telling_words_are_those_of_the_question(question: str, words: list[str]) -> None:
    assert telling_words(question) == words


def test_words_are_found_in_paragraphs_and_titles() -> None:
    found = looked_for("新桥的造价和长度？", [hit("新桥长五百米。"), hit("旧桥的造價不詳。")])
    assert found == LookedFor(("新桥", "造价"), ("长度",))
    assert looked_for("新桥", []) == LookedFor((), ("新桥",))


def test_forms_of_a_word_count_and_parts_of_other_words_do_not() -> None:
    near = [hit("The bridges were painted. A carpet hung there.")]
    found = looked_for("Was a bridge painted for the car pet?", near)
    assert found == LookedFor(("bridge", "painted"), ("car", "pet"))


def test_translations_count() -> None:
    found = looked_for("Which hospital has beds, and what did the ceremony cost?", [
        hit("医院有300张床位。")
    ])  # fmt: skip
    assert "hospital" in found.found and "ceremony" in found.missing


def test_only_so_many_words_are_named() -> None:
    found = looked_for(" ".join(f"word{n}x" for n in range(20)), [])
    assert len(found.missing) == MOST
