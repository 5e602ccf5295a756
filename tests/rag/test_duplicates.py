import numpy as np
import pytest

from rag.duplicates import printed_again, same_statement

REPORT = "江城市新建的跨江大桥昨日正式通车，全长1500米，两岸居民往来只需十分钟，比过去绕行快得多。"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (REPORT, True),
        (REPORT.replace("，", ", ").replace("桥", "橋"), True),  # set differently
        (REPORT.replace("正式", ""), True),
        (REPORT.replace("1500", "1600"), False),  # a changed figure is another statement
        (REPORT.replace("1500米", "较长"), False),
        (REPORT.replace("只需", "不需"), False),  # and so is a denial
        (REPORT[:20], False),
        (
            "湖水清澈，鱼群众多，岸边的居民每天清晨都来散步，1500米的步道两旁种满了柳树和桃树。",
            False,
        ),
    ],
)
def test_the_same_statement(other: str, same: bool) -> None:
    assert same_statement(REPORT, other) is same
    assert same_statement(other, REPORT) is same


def test_each_repeats_the_first_of_its_kind() -> None:
    again = REPORT.replace("正式", "")
    texts = [REPORT, "湖水很清。", again, "湖水很清！", again, REPORT]
    near = np.array([[1, 0], [0, 1], [1, 0], [0, 1], [0, 1], [0, 1]], np.float32)
    # words are not compared over a distance; equal ones need no comparison
    assert printed_again(texts, near) == [0, 1, 0, 1, 4, 0]
    assert printed_again([], np.zeros((0, 2), np.float32)) == []
