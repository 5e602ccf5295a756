import pytest

from rag.facts import Fact, facts
from rag.values import agree, answering_value, comparable

HOSPITALS = "截至4月12日24时，全市共建成并投入使用方舱医院22处，床位23095张。"
BRIDGE = "大桥2018年开工，2022年5月1日通车，全长3.2公里，宽30米，耗资12亿元。"


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("长春有多少张床位？", HOSPITALS, "23095张"),
        ("建成几处方舱医院？", HOSPITALS, "22处"),
        ("22处方舱医院有多少床位？", HOSPITALS, "23095张"),
        ("大桥全长多少公里？", BRIDGE, "3.2公里"),
        ("修桥花了多少钱？", BRIDGE, "12亿元"),
        ("大桥什么时候开工？", BRIDGE, "2018年"),
        ("大桥什么时候通车？", BRIDGE, "2022年5月1日"),
        ("合格率是百分之多少？", "抽查300份，合格率为94%，比上年高2个百分点。", "94%"),
        ("How many beds are there?", "22 clinics have 23,095 beds in 9 towns.", "23,095 beds"),
        ("¿Cuántos visitantes tuvo el museo?", "Tuvo 3.500 visitantes y 20 salas.", "3.500"),
        ("Сколько человек пришло?", "Пришли 300 человек, открыто 5 залов.", "300 человек"),
        ("谁来主持？", HOSPITALS, None),
        ("修桥花了多少钱？", HOSPITALS, None),
    ],
)
def test_the_value_asked_for(question: str, sentence: str, value: str | None) -> None:
    found = answering_value(question, sentence)
    assert (found and found.text) == value


def value(text: str) -> Fact:
    return facts(text).asserted[0]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("23,095张", "23095张", True),
        ("2.3万张", "23095张", True),
        ("94%", "百分之九十四", True),
        ("94%", "96.1%", False),
        ("5月1日", "2022年5月1日", True),
    ],
)
def test_values_that_agree(one: str, other: str, same: bool) -> None:
    assert agree(value(one), value(other)) == agree(value(other), value(one)) == same


def test_only_alike_values_are_compared() -> None:
    assert comparable(value("94%"), value("96.1%"))
    assert not comparable(value("94%"), value("300人"))
    assert not comparable(value("5月1日"), value("300人"))
