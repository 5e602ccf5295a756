"""Articles of pages whose reading is beyond doubt: titles, crossheads, dates, continuations."""

from index.newspaper import Page, PageArticle, Role, read_page
from index.newspaper.articles import chains_of
from index.newspaper.flows import Flow, Paragraph
from index.newspaper.lines import printed_lines

TWO = """青潭日报
2031年5月18日 星期日
第4版 要闻
双月桥重新开放步行
本报记者 庄望山
本报青潭5月17日讯 石笋镇的双月桥经过二十二个月修复，17日重新开放步行。
双月桥是一座五孔石拱桥，建于四百多年前，桥名来自月夜里拱洞与倒影合成的两轮圆月。
七位石匠用糯米灰浆把石头砌回原处，镇里的人都来了，老人们走在最前面。
（本报青潭5月17日讯）
茶农抗旱保住新芽
本报记者 柳溪
新华社丰陵5月16日电 今年春天雨水很少，丰陵茶农把水从山下一桶一桶挑上来，茶树没有枯死。
新芽比去年晚了七天，收购站的价格上涨了三成，农业技术员建议大家修建蓄水池。
（新华社丰陵5月16日电）
责编：于之
"""


def body(article: PageArticle) -> str:
    return "".join(part.text for part in article.with_role(Role.BODY))


def texts(page: Page, *roles: Role) -> list[str]:
    return [part.text for part in page.left_out if part.role in roles]


def test_two_articles_with_all_they_say() -> None:
    page = read_page(TWO)
    bridge, tea = page.articles
    assert (bridge.title, tea.title) == ("双月桥重新开放步行", "茶农抗旱保住新芽")
    assert (bridge.authors, tea.authors) == (("庄望山",), ("柳溪",))
    assert (bridge.place, tea.place) == ("青潭", "丰陵")
    assert (bridge.date, tea.date) == ("2031-05-17", "2031-05-16")
    assert bridge.date_precision == tea.date_precision == "year of issue"
    assert (bridge.page, bridge.section) == (4, "要闻")
    assert body(bridge).endswith("老人们走在最前面。")
    assert "茶" not in body(bridge)
    assert "桥" not in body(tea)
    assert len(bridge.with_role(Role.BODY)) == 3
    assert len(tea.with_role(Role.BODY)) == 2
    assert sorted(texts(page, Role.MASTHEAD)) == sorted(
        ["青潭日报", "2031年5月18日 星期日", "第4版 要闻"]
    )
    assert texts(page, Role.CONTACT) == ["责编：于之"]


def test_the_masthead_goes_before_the_day_that_is_given() -> None:
    assert read_page(TWO, issue="2040-01-01").articles[0].date == "2031-05-17"
    without = TWO.replace("2031年5月18日 星期日\n", "")
    assert read_page(without).articles[0].date == "XXXX-05-17"
    assert read_page(without).articles[0].date_precision == "no year"
    assert read_page(without, issue="2040-05-20").articles[0].date == "2040-05-17"


def test_narrow_lines_are_put_together() -> None:
    raw = """双月桥重新开放步行
本报记者 庄望山
    石笋镇的双月桥经过二十二个月修
复，四月二日重新开放步行。这座老桥
在洪水中受损，桥面石板和栏杆被洪水
冲走。
    双月桥是一座五孔石拱桥，建于四百
多年前，桥名来自月夜里拱洞与倒影合
成的两轮圆月，老人们都喜欢讲这个故
事。
"""
    (article,) = read_page(raw).articles
    assert article.title == "双月桥重新开放步行"
    assert [part.text for part in article.with_role(Role.BODY)] == [
        "石笋镇的双月桥经过二十二个月修复，四月二日重新开放步行。这座老桥在洪水中受损，桥面石板和栏杆被洪水冲走。",
        "双月桥是一座五孔石拱桥，建于四百多年前，桥名来自月夜里拱洞与倒影合成的两轮圆月，老人们都喜欢讲这个故事。",
    ]


def test_continued_on_and_from() -> None:
    raw = """双月桥重新开放步行
本报青潭5月17日讯 石笋镇的双月桥经过二十二个月修复，17日重新开放步行。（下转第四版）
茶农抗旱保住新芽
新华社丰陵5月16日电 今年春天雨水很少，丰陵茶农把水从山下一桶一桶挑上来。
"""
    page = read_page(raw)
    assert [article.continued_on for article in page.articles] == [4, None]
    assert texts(page, Role.CONTINUATION) == ["（下转第四版）"]
    raw = "（上接第一版）七位石匠用糯米灰浆把石头砌回原处，镇里的人都来了，老人们走在最前面。\n"
    page = read_page(raw)
    assert [article.continued_from for article in page.articles] == [1]
    assert texts(page, Role.CONTINUATION) == ["（上接第一版）"]


def test_a_copied_line_is_no_text() -> None:
    again = "多年前，桥名来自月夜里拱洞与倒影合"
    raw = f"""双月桥重新开放步行
本报青潭讯 双月桥经过二十二个月修
复，四月二日重新开放步行，建于四百
{again}
{again}
成的两轮圆月，老人们都喜欢讲它的故
事。
"""
    page = read_page(raw)
    assert texts(page, Role.REPEAT) == [again]
    assert "".join(map(body, page.articles)).count(again) == 1


def test_chains() -> None:
    lines = printed_lines("\n".join(f"第{i}句。" for i in range(6)))
    flows = [Flow([Paragraph([line])]) for line in lines]
    for one, other in ((0, 3), (3, 1), (4, 5)):
        flows[one].next, flows[other].previous = other, one
    chains = chains_of(flows)
    assert [chain.flows for chain in chains] == [[0, 3, 1], [2], [4, 5]]
    assert [chain.text for chain in chains] == [
        "第0句。第3句。第1句。",
        "第2句。",
        "第4句。第5句。",
    ]
    assert [chain.before for chain in chains] == [None, 0, 0]
    assert chains[0].tail is flows[1]
