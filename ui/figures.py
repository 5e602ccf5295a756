"""Questions made of Chinese sentences: one that tells a figure answers “…多少…？”."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.sentences import sentences
from index.text import fold

_CLAUSES = re.compile(r"[，；：,;:。！？!?]")
_FIGURE = re.compile(
    r"(?<![\d.,．年月日第零〇一二三四五六七八九十百])(\d[\d,]*(?:\.\d+)?[万萬亿億千百]?(?:余|餘|多)?)"
    r"(公里|千米|平方米|立方米|米|人次|人|户|戶|名|位|处|處|家|座|张|張|个|個|件|辆|輛|台|臺|支|万元|元|吨|噸|枚|篇|所|间|間|只|隻|条|條|株|亩|畝|棵|例)"
)
# What a clause begins with that leans on words before it.
_LEANS = re.compile(
    r"[并並而其但也还還组組推又共仅僅约約达達近即或与與和及将將已则則使让讓他她它这這该該此对對把被由从從为為是在有"
    r"据據最比较較占超每另同当當等如以只才就都各再且]|截至|目前|今年|去年|前年|昨|本报|本報|记者|記者|[\d“”‘’「」（(]"
)
# What it begins with that can stand alone: somebody or something of a name.
_NAMED = re.compile(
    r"[\u4e00-\u9fff]{1,9}?(?:省|市|县|縣|区|區|镇|鎮|乡|鄉|村|街道|社区|社區|医院|醫院|学校|學校|大学|大學|中心|公司|集团|集團"
    r"|工厂|工廠|博物馆|博物館|图书馆|圖書館|队|隊|局|线|線|桥|橋|河|洪水|赛|賽|节|節|疫情)"
)
_BROKEN = re.compile(r"[由从從的以把被第有]$")  # what before a figure makes no question
_DATED = re.compile(r"\d\s*[年月日时時点點]")
SHORTEST, LONGEST = 8, 30  # characters of a question that reads well


@dataclass(frozen=True)
class FigureQuestion:
    """A question, and the figure of its answer as the article prints it."""

    text: str
    figure: str


def figure_questions(text: str) -> Iterator[FigureQuestion]:
    """Questions that sentences of a Chinese text answer by a figure, in their order."""
    for span in sentences(text):
        for clause in _CLAUSES.split(span.cut(text)):
            question = _question(clause.strip())
            if question is not None:
                yield question


def _question(clause: str) -> FigureQuestion | None:
    """The clause up to its figure, with 多少 in its place; None where this makes none."""
    found = _FIGURE.search(clause)
    if found is None or found.end() != len(clause) or not _NAMED.match(clause):
        return None
    if _LEANS.match(clause) or _DATED.search(clause) or _BROKEN.search(clause[: found.start()]):
        return None
    asked = clause[: found.start()] + "多少" + found[2] + "？"
    if not SHORTEST <= len(asked) <= LONGEST or re.search(r"\d|[“”‘’「」（）()、]", asked):
        return None
    return FigureQuestion(asked, found[0])


def answers(answer: str, question: FigureQuestion) -> bool:
    """Whether an answer has the figure."""
    return fold(question.figure) in fold(answer)
