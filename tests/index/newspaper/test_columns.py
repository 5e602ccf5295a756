"""Columns read row by row are put together; a text in order stays in order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from index.newspaper.columns import in_columns
from index.newspaper.lines import printed_lines
from index.newspaper.seams import Seams

LEFT = (
    "石匠们用了三年时间修补这座老桥他们"
    "把河里的石头一块一块捞起来再用糯米"
    "灰浆砌回原来的地方镇里的人每天都来"
    "看热闹老人们说桥比从前更加结实了孩"
    "子们在桥上跑来跑去不愿意回家吃饭年"
    "纪最大的石匠今年八十三岁他的祖父也"
    "参加过这座桥的修理工作县里的干部说"
    "明年还要在桥头修建一个小小的博物馆"
)
RIGHT = (
    "今年春天雨水很少茶农们只好把水从山"
    "下一桶一桶地挑上来浇在茶树的根部新"
    "芽比去年晚了七天才长出来收购站的价"
    "格因此上涨了三成农业技术员建议大家"
    "在山坡上修建蓄水池子夏天的雨水可以"
    "留到第二年春天使用合作社已经派人到"
    "邻县学习经验回来以后马上动手施工预"
    "计今年冬天就能够全部完成工程的任务"
)


def cut(text: str, width: int = 17) -> list[str]:
    return [text[i : i + width] for i in range(0, len(text), width)]


def ordered(words: list[str]) -> list[str]:
    lines = printed_lines("\n".join(words))
    return [line.text for line in in_columns(lines, Seams(lines))]


def test_two_columns_read_row_by_row() -> None:
    left, right = cut(LEFT), cut(RIGHT)
    rows = [line for pair in zip(left, right, strict=True) for line in pair]
    assert ordered(rows) == left + right


def test_rows_between_other_text() -> None:
    before = ["石桥和茶园", "本报讯（记者庄望山）这里是两条消息。", "两条消息都很短。"]
    after = ["会议到此结束。", "大家都回家了。"]
    left, right = cut(LEFT), cut(RIGHT)
    rows = [line for pair in zip(left, right, strict=True) for line in pair]
    found = ordered([*before, *rows, *after])
    assert found[: len(before)] == before
    assert sorted(found) == sorted([*before, *rows, *after])
    for column in (left, right):
        places = [found.index(line) for line in column[1:-1]]
        assert places == list(range(places[0], places[0] + len(places)))


def test_columns_in_order_stay() -> None:
    words = cut(LEFT) + cut(RIGHT)
    assert ordered(words) == words


def test_whole_sentences_stay() -> None:
    words = [f"{name}的石桥修好了。" for name in "东西南北上下左右前后里外"] * 3
    assert ordered(words) == words


def test_headlines_stay() -> None:
    words = [
        "石桥通车",
        "茶农抗旱",
        "球队夺冠",
        "图书馆开放",
        "地铁试运行",
        "夜市搬家",
        "工厂投产",
    ] * 2
    assert ordered(words) == words


def test_nothing_and_few_lines() -> None:
    assert in_columns([], Seams([])) == []
    assert ordered(["石桥"]) == ["石桥"]
    assert ordered(cut(LEFT)[:2]) == cut(LEFT)[:2]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.permutations(range(32)))
def test_no_order_of_lines_loses_one(order: list[int]) -> None:
    words = cut(LEFT, 9) + cut(RIGHT, 9)
    words = [words[i] for i in order if i < len(words)]
    lines = printed_lines("\n".join(words))
    found = in_columns(lines, Seams(lines))
    assert sorted(line.start for line in found) == [line.start for line in lines]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(cut(LEFT) + cut(RIGHT)) | st.sampled_from(["石桥", "a", "他走了。", "ab-"]),
        max_size=40,
    )
)
def test_repeated_lines_are_all_kept(words: list[str]) -> None:
    lines = printed_lines("\n".join(words))
    found = in_columns(lines, Seams(lines))
    assert sorted(line.start for line in found) == [line.start for line in lines]
