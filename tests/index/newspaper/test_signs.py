"""Clean articles show no signs of print, pages do."""

from pathlib import Path

import pytest

from eval.bench.pages import as_text
from eval.bench.pages_clean import from_markdown
from index.newspaper.signs import Signs, signs_of_print

SAMPLE = Path(__file__).parents[3] / "index" / "sample"
FILES = sorted(SAMPLE.glob("*.md"))


def test_there_are_samples() -> None:
    assert len(FILES) >= 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_article_is_no_page(path: Path) -> None:
    raw = path.read_text("utf-8")
    article = from_markdown(raw)
    assert not signs_of_print(as_text(article)).printed
    assert not signs_of_print(
        "\n".join([article.title, *(text for _, text in article.blocks)])
    ).printed


LIST = """石桥修复的四个步骤

修一座老桥要分四步走，每一步都不能省。

- 把河里的石头捞起来，编上号码
- 把拱圈拆到龙门石
- 用糯米灰浆重新砌
- 晾三个月

1. 第一年捞石头
2. 第二年砌拱圈
3. 第三年铺桥面

石匠们说，最难的是第二步。
"""
POEM = """石桥

月亮落在桥洞里，
河水不说话，
石匠的锤子响了一夜，
天亮的时候，
桥又长了一块。

月亮落在桥洞里，
孩子们不说话，
石匠的影子走了一夜，
天亮的时候，
桥又长了一块。
"""
QUOTATION = """镇志里的石桥

镇志里有一段话写到这座桥：

> 桥长二十丈，五孔，石匠七人，三年而成。
> 月夜望之，如双月在水，
> 故名双月。

今天的石匠还能背出这段话。
"""
WRAPPED = """The bridge at Harrow Ferry

The old bridge over the river was mended in three years by seven
masons. They took the stones out of the water one by one, numbered
them, and set them again in the places where they had been since the
day it was built.

Nobody knows who built it. The oldest mason says that his father was
told by his grandfather that it had always been there.
"""
TABLE = """各县产茶

| 县 | 今年 | 去年 |
|---|---|---|
| 青潭 | 320吨 | 300吨 |
| 丰陵 | 280吨 | 310吨 |

青潭县的产量第一次超过了丰陵县。
"""
CODE = """怎样算日期

用下面几行就能算出两天之间隔了多少天。

```python
from datetime import date

def days(one, other):
    return (other - one).days
```

输入的日期要写全年月日。
"""
DIALOGUE = """石匠访谈

问：桥修了多久？
答：三年。
问：最难的是什么？
答：找石头。河水那么急，一天捞不起三块。
问：还会再修吗？
答：只要有人走，就要有人修。
"""
HEADINGS = """# 石桥

## 来历

镇里的人都说这座桥有四百年了。

## 修复

石匠们修了三年。

## 名字

桥名来自月夜里拱洞与倒影合成的两轮圆月。
"""
BYLINED = """石桥重新开放

本报记者 庄望山

本报青潭讯（记者 庄望山）石桥14日重新开放。

镇里的人都来了，老人们走在最前面。

（新华社青潭4月14日电）
"""
INDENTED = """　　石桥重新开放
　　石桥14日重新开放，镇里的人都来了，老人们走在最前面。
　　石匠们站在桥头，一个一个地和大家握手。
　　“只要有人走，就要有人修。”年纪最大的石匠说。
"""
JAPANESE = """汐見原市立図書館、再開から三年

地下の雨水貯留槽は、昨年9月の台風で980トンをため、近くの商店街は浸水を免れた。満杯まで、あと220トンだった。

公開中の古地図は、再開時の214点から391点に増えた。製本師の伊吹宗一さんは、江戸期の海岸線を描いた一枚の裏から、猫の足跡を見つけた。「職人がしかった跡もあります。筆が飛んでいますから」

再開の日に最初の一冊を借りた藤咲こはるさんは中学1年になり、毎月第1日曜に幼児へ絵本を読み聞かせている。「灯台守の本は、もう暗記しています」

長く返らない本もある。2月には、1998年に貸し出された釣りの入門書が、干物一箱を添えて郵便で戻った。延滞は36年。図書館は干物だけ送り返した。
"""
COLONS = """通知如下：

一、14日上午封桥；
二、15日上午开放；
三、车辆一律绕行新桥。

各村委会：
请把本通知贴在村口。
"""


@pytest.mark.parametrize(
    "raw",
    [
        LIST, POEM, QUOTATION, WRAPPED, TABLE, CODE, DIALOGUE, HEADINGS, BYLINED, INDENTED, COLONS,
        JAPANESE,
        "", "\n\n", "石桥", "石桥。", "石桥\n石桥\n", "a\nb\nc\n",
    ],
    ids=[
        "list", "poem", "quotation", "wrapped English", "table", "code", "dialogue", "headings",
        "by-line and end mark", "indented", "colons", "Japanese speech", "nothing",
        "empty lines", "a word",
        "a sentence", "two words", "letters",
    ],
)  # fmt: skip
def test_a_clean_text_is_no_page(raw: str) -> None:
    assert not signs_of_print(raw).printed


NARROW = """双月桥重新开放
本报青潭讯（记者 庄望山）在洪水中受
损的双月桥，经过二十二个月修复，四月
二日重新开放步行。这是一座五孔石拱
桥，建于四百多年前，桥名来自月夜里拱
洞与倒影合成的两轮圆月。
"""
FURNISHED = """2031年5月18日 星期日
第4版 要闻
双 月 桥 重 新 开 放
双月桥经过二十二个月修复，四月二日重新开放步行。
上图：石匠在砌拱圈。庄望山摄
责编：柳溪
"""
CONTINUED = """双月桥重新开放
双月桥经过二十二个月修复，四月二日重新开放步行。（下转第四版）
（上接第一版）
新华社青潭4月14日电 今年秋茶开采，产量与去年持平。
新华社丰陵4月14日电 钠电池工厂投产，一期产能十二吉瓦时。
（上接第二版）
工厂占地八百六十亩。
"""
SPACED = """双月桥重新开放
在洪水中受损的双月桥经过二十二个月修复 四月二日重新开放步行，镇里的人都来了 石匠们站在桥头。
责编：柳溪
"""
TWICE = """新华社青潭4月14日电 双月桥经过二十二个月修复，重新开放。
双月桥只准步行，机动车须绕行石笋新桥。
新华社丰陵4月14日电 钠电池工厂投产，一期产能十二吉瓦时。
双月桥只准步行，机动车须绕行石笋新桥。
"""


@pytest.mark.parametrize(
    "raw",
    [NARROW, FURNISHED, CONTINUED, SPACED, TWICE],
    ids=["narrow lines", "furniture", "continued", "lines joined by spaces", "twice"],
)
def test_a_page_is_one(raw: str) -> None:
    assert signs_of_print(raw).printed


def test_signs_are_counted() -> None:
    assert signs_of_print(FURNISHED) == Signs(broken=0, spaced=1, furniture=4)
    signs = signs_of_print(CONTINUED)
    assert (signs.openings, signs.furniture, signs.repeated) == (1, 2, 0)
    signs = signs_of_print(TWICE)
    assert (signs.openings, signs.repeated, signs.furniture) == (1, 1, 0)
    assert signs_of_print(SPACED).spaced == 1
    assert signs_of_print(NARROW).broken >= 3


@pytest.mark.parametrize(
    ("signs", "printed"),
    [
        (Signs(), False),
        (Signs(broken=1), False),
        (Signs(broken=2), True),
        (Signs(furniture=9), False),
        (Signs(openings=9), False),
        (Signs(broken=1, furniture=1), True),
        (Signs(repeated=1, spaced=1), True),
    ],
)
def test_two_kinds_of_signs_make_a_page(signs: Signs, printed: bool) -> None:
    assert signs.printed is printed
