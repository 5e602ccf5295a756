"""What a line is by its own words, and what merely looks like it."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.newspaper.lines import printed_lines
from index.newspaper.page import Role
from index.newspaper.roles import (
    CONTINUED_FROM,
    CONTINUED_ON,
    chinese_number,
    is_broken_byline,
    is_end_mark,
    is_name,
    own_role,
    page_number,
)


def role(text: str) -> Role | None:
    (line,) = printed_lines(text)
    return own_role(line)


@pytest.mark.parametrize(
    "text",
    [
        "本报记者 庄望山",
        "本报记者庄望山",
        "本报记者 庄望山 柳溪",
        "本报记者 庄望山、柳溪",
        "记者 庄望山 通讯员 柳溪",
        "本报通讯员 柳溪",
        "□ 本报记者 庄望山",
        "■本报记者 庄望山",
        "（本报记者 庄望山）",
        "(记者 庄望山)",
        "【记者 庄望山】",
        "新华社记者 庄望山 柳溪",
        "本报驻青潭记者 庄望山",
        "文/本报记者 庄望山",
        "本报评论员",
        "特约撰稿 庄望山",
        "本报记者 庄望山 报道",
        "记者：庄望山",
        "庄 望",
        "By Idris Calloway",
        "By Idris Calloway and Nell Pashley",
        "Por Ana Beltrán",
        "Par Émile Roux",
        "Von Jörg Ahlers",
        "（新华社青潭4月14日电）",
        "（据新华社青潭4月14日电）",
        "(新华社青潭4月14日电)",
        "（本报青潭4月14日讯）",
        "（据青潭日报报道）",
    ],
)
def test_bylines_and_end_marks(text: str) -> None:
    assert role(text) is Role.BYLINE


@pytest.mark.parametrize(
    "text",
    [
        "作者、编辑和读者都来了",
        "作者、编辑和读者都来了。",
        "记者在现场看到，水位已经退到",
        "记者从县水利局了解到，石桥下月开放",
        "记者问他为什么回来，他笑了笑",
        "文字是历史的见证，",
        "通讯员队伍越来越大，",
        "评论员认为这次比赛很公平。",
        "本报记者庄望山在桥头采访时看到，石匠们正在吃饭",
        "新华社青潭4月14日电（记者庄望山）石桥14日开放。",
        "By the river stood an old bridge.",
        "By the time the bridge opened, it rained",
        "Von der Brücke sieht man den Fluss.",
        "Por la mañana llovió.",
        "（他说，新华社的电讯他每天都读）",
        "石桥通车了",
    ],
)
def test_text_that_looks_like_a_byline(text: str) -> None:
    assert role(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "上图：石匠在河里找石头。",
        "左图为石桥旧貌。",
        "右下图：拱圈合龙",
        "图为石匠在砌拱圈。",
        "图①：拱圈合龙",
        "图片：拱圈合龙",
        "题图：双月桥夜景",
        "▲石匠在砌拱圈",
        "△拱圈合龙",
        "①旧桥 ②新桥",
        "资料图片：石桥旧貌",
        "石匠们在河里找石头。庄望山摄",
        "石匠们在河里找石头。（庄望山 摄）",
        "石匠们在河里找石头。本报记者 庄望山摄",
        "本报记者 庄望山 摄",
        "新华社记者 庄望山 摄",
        "石匠们在河里找石头。新华社发",
        "新华社发（庄望山摄）",
        "受访者供图",
        "石匠们在河里找石头。县水利局供图",
    ],
)
def test_captions_and_credits(text: str) -> None:
    assert role(text) is Role.CAPTION


@pytest.mark.parametrize(
    "text",
    [
        "当天最高气温达到37摄氏度",
        "当天最高气温达到37摄氏度，",
        "夜里最低零下12摄氏度。",
        "他从小喜欢拍摄",
        "图书馆搬到了河边，",
        "图纸画了三个月。",
        "上图书馆的人多了",
        "左右两边的桥墩都裂了，",
        "他说，图为的是什么呢？",
        "以上意见供参考。",
        "这些照片由村民拍摄，挂在祠堂里",
        "他爱画画。他的画描绘",
        "村里请来摄影师，给每家拍一张全家福",
    ],
)
def test_text_that_looks_like_a_caption(text: str) -> None:
    assert role(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "责编：柳溪",
        "责编 柳溪",
        "责任编辑：柳溪 美编：庄望山",
        "本版编辑：柳溪",
        "美编/庄望山",
        "电话：0100-5550123",
        "新闻热线：0100-5550123",
        "传真:0100-5550123",
        "E-mail：desk@example.org",
        "投稿邮箱 desk@example.org",
        "邮箱：desk@example.org",
        "地址：青潭市河沿路7号",
        "desk@example.org",
        "读者热线 0100-5550123",
    ],
)
def test_contact_lines(text: str) -> None:
    assert role(text) is Role.CONTACT


@pytest.mark.parametrize(
    "text",
    [
        "电话里他说，桥修好了",
        "电话里他说：“桥修好了。”",
        "电话铃响了三遍，没有人接",
        "地址改了三次，信还是寄到了",
        "编辑部里很安静，",
        "编辑们正在看大样",
        "校对了三遍，还是有错",
        "主编说，明天登出来。",
        "热线开通的第一天，来了600个电话",
        "他给编辑部写信，地址是desk@example.org，三天后有了回音。",
        "网址人人都能记住",
    ],
)
def test_text_that_looks_like_a_contact_line(text: str) -> None:
    assert role(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "第4版",
        "第四版",
        "第 4 版",
        "第十二版",
        "4版",
        "A4版",
        "第4版 要闻",
        "要闻 第4版",
        "4",
        "A12",
        "2031年5月18日 星期日",
        "2031年5月18日星期日",
        "2031 年 5 月 18 日 星期日",
        "二〇三一年五月十八日 星期日",
        "2031年5月18日",
        "2031年5月18日 农历四月廿七",
        "2031年5月18日 第4版",
        "CN 22-0001",
        "国内统一连续出版物号 CN 22-0001",
        "国内统一刊号：CN22-0001 邮发代号：11-1",
        "第12345期",
        "第 12345 号",
        "今日 8 版",
        "星期三",
        "星期天",
        "青潭日报",
        "丰陵晚报",
    ],
)
def test_mastheads(text: str) -> None:
    assert role(text) is Role.MASTHEAD


@pytest.mark.parametrize(
    "text",
    [
        "第三版修订稿公布后，",
        "第三版修订稿公布后，村民又提了意见。",
        "这本书出到第三版，改了四百处",
        "星期三下午，他又来了",
        "到了星期三",
        "2031年5月18日，石桥重新开放。",
        "2031年5月18日，",
        "石桥在2031年5月18日重新开放",
        "2031年5月18日上午，洪水冲垮了石桥的第二孔",
        "他每天读青潭日报，",
        "第三",
        "共有4个版本",
        "出版社出了一本书",
    ],
)
def test_text_that_looks_like_a_masthead(text: str) -> None:
    assert role(text) is None


NUMERALS = [
    ("四", 4),
    ("4", 4),
    ("十二", 12),
    ("12", 12),
    ("十", 10),
    ("２", 2),
    ("A4", 4),
    ("8", 8),
]
BRACKETS = ["（{}）", "({})", "【{}】", "{}", "▶{}", "（▶{}）", "→{}", "（ {} ）"]


@pytest.mark.parametrize("brackets", BRACKETS)
@pytest.mark.parametrize(("numeral", "number"), NUMERALS)
@pytest.mark.parametrize("word", ["上接", "下转"])
def test_notices_of_continuation(brackets: str, numeral: str, number: int, word: str) -> None:
    for form in (f"{word}第{numeral}版", f"{word}{numeral}版", f"{word} 第 {numeral} 版"):
        text = brackets.format(form)
        assert role(text) is Role.CONTINUATION, text
        assert page_number(printed_lines(text)[0].text) == number, text


@pytest.mark.parametrize(
    "text",
    [
        "（上接第二版“石桥”）",
        "（下转第四版）",
        "(转第4版)",
        "（接第1版）",
        "（上接一版）",
        "continued on page 3",
        "(Continued from page 1)",
        "see page 12",
    ],
)
def test_more_notices(text: str) -> None:
    assert role(text) is Role.CONTINUATION


@pytest.mark.parametrize(
    "text",
    [
        "第四版",
        "这条消息登在第四版，上接昨天的报道。",
        "上接天，下接地，",
        "下转弯处有一座石桥",
        "（上接雨水，下接河水）",
        "接第二批学生的车来了",
        "see page 3 of the old book for the plan",
        "The story continued on page 3 of his notebook",
    ],
)
def test_text_that_looks_like_a_notice(text: str) -> None:
    assert role(text) is not Role.CONTINUATION


def test_a_notice_at_the_end_or_the_beginning_of_a_line() -> None:
    text = "拱圈合龙那天，全镇的人都来了（下转第四版）"
    found = CONTINUED_ON.search(text)
    assert found is not None
    assert (found.start(), found[1]) == (14, "四")
    found = CONTINUED_FROM.match("（上接第二版）石匠们放下锤子，")
    assert found is not None
    assert (found.end(), found[1]) == (7, "二")


@pytest.mark.parametrize(
    "text", ["他把书翻到第四版那一页，读了起来", "下转第四版的文章他没有读完。", "拱圈合龙了。"]
)
def test_no_notice_at_the_end(text: str) -> None:
    assert CONTINUED_ON.search(text) is None


@pytest.mark.parametrize("text", ["石匠（上接第二版）", "上接第二", "接二连三的洪水"])
def test_no_notice_at_the_beginning(text: str) -> None:
    assert CONTINUED_FROM.match(text) is None


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("（新华社青潭", "4月14日电）"),
        ("（新华社青潭4月", "14日电）"),
        ("（本报记者 庄望山", "柳溪）"),
        ("（据新华社", "青潭4月14日电）"),
    ],
)
def test_a_byline_broken_over_two_lines(text: str, following: str) -> None:
    assert is_broken_byline(text, following)


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("（新华社青潭4月14日电）", "石桥开放。"),
        ("石桥在新华社青潭", "4月14日电）"),
        ("（他说，", "桥修好了）"),
        ("本报的读者都知道（见", "第四版）"),
    ],
)
def test_two_lines_that_are_no_byline(text: str, following: str) -> None:
    assert not is_broken_byline(text, following)


def test_end_marks() -> None:
    assert is_end_mark("（新华社青潭4月14日电）")
    assert is_end_mark("(据中新社电)")
    assert not is_end_mark("（本报记者 庄望山）")
    assert not is_end_mark("（新华社，4月14日电）")
    assert not is_end_mark("石桥开放（新华社青潭4月14日电）")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("庄望山", True),
        ("柳 溪", True),
        ("庄望山 柳溪", True),
        ("庄望山，", False),
        ("石桥修好了", False),
        ("Ana", False),
    ],
)
def test_names(text: str, name: bool) -> None:
    (line,) = printed_lines(text)
    assert is_name(line) is name


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("第四版", 4), ("A4", 4), ("第十版", 10), ("第十二版", 12), ("第二十版", 20),
        ("第二十一版", 21), ("第 16 版", 16), ("要闻", None), ("", None),
    ],
)  # fmt: skip
def test_page_number(text: str, number: int | None) -> None:
    assert page_number(text) == number


def test_chinese_numbers_below_a_hundred() -> None:
    ones = " 一二三四五六七八九"
    for number in range(1, 100):
        tens, one = divmod(number, 10)
        words = ("" if tens < 2 else ones[tens]) + ("十" if tens else "") + ones[one].strip()
        assert chinese_number(words) == number
    assert chinese_number("二〇三一") == 2031
    assert chinese_number("二零三一") == 2031
    assert chinese_number("二○三一") == 2031


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.text(
        st.sampled_from("（）()【】▶上下接转第四十百零〇○２3A版新华社本报记者电讯月日图摄 -")
        | st.characters(),
        max_size=30,
    )
)
def test_no_line_breaks_the_rules(raw: str) -> None:
    lines = printed_lines(raw)
    for line in lines:
        assert own_role(line) in {None, *Role}
        page_number(line.text)
        is_name(line)
        is_end_mark(line.text)
        for other in lines:
            is_broken_byline(line.text, other.text)


@pytest.mark.parametrize(
    "unit",
    ["驻", "记者 ", "等 ", "综合 ", "报道 ", "文/", "图/", "庄望山 ", "庄 望 ", "庄望山、", "社",
     "·", "版",
     "电", "第", "（", "A.", "By A ", "and A ", "9-", "a.", "a@", "4月"],
)  # fmt: skip
@pytest.mark.parametrize("beginning", ["", "本报", "记者", "（", "By ", "电话", "新华社"])
def test_no_line_takes_long(unit: str, beginning: str) -> None:
    # Longer and longer, so that a rule that takes exponential time fails before it hangs.
    for length in range(10, 60, 4):
        for end in ("", "。", "a"):
            text = (beginning + unit * length)[:length] + end
            started = time.perf_counter()
            for line in printed_lines(text):
                own_role(line)
                is_broken_byline(line.text[:40], line.text[-24:])
            assert time.perf_counter() - started < 0.3, text


@pytest.mark.parametrize("text", ["记者手记：", "记者手记", "本报记者观察", "记者来信", "记者："])
def test_the_name_of_a_column_is_no_by_line(text: str) -> None:
    assert own_role(printed_lines(text)[0]) is None
