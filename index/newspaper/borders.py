"""Where articles begin: headlines told from crossheads, and headlines that stand elsewhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from index.newspaper.datelines import is_dateline
from index.newspaper.ends import commas, ends_closed
from index.newspaper.flows import Flow, Topics
from index.newspaper.lines import Line

_KICKER_END = re.compile(
    r"(?:强调|指出|要求|表示|讲话|会见|会议|时|——|：|:|举行|召开|开幕|在即|之[一二三四五六七八九十])$"
)
_BANNER = re.compile(r"^[^\s，。]{4}\s*[^\s，。]{4}$")
_LEAD = 120  # characters of a text that tell what its headline tells
_DASHES = ("——", "--", "─")
_CROSSHEAD_END = ("——", "：", ":")


@dataclass
class Headline:
    """One headline, of one or several printed lines."""

    lines: list[Line]

    @property
    def text(self) -> str:
        """Its words without Markdown marks."""
        words = (
            " ".join(line.shown for line in self.lines)
            if len(self.lines) == 1
            else "".join(line.text for line in self.lines)
        )
        return words.lstrip("#").strip()

    @property
    def spaced(self) -> bool:
        """Whether a line of it has its characters set wide apart."""
        return any(line.spaced for line in self.lines)


@dataclass
class Group:
    """What stands between two flows: headlines with their by-lines."""

    headlines: list[Headline] = field(default_factory=list)
    bylines: list[Line] = field(default_factory=list)  # by-lines of what follows
    ended: bool = False  # an end mark or (下转…) stands before the headlines
    signed: bool = False  # … an end mark or a by-line
    continued_from: int | None = None
    after: int | None = None  # the flow directly behind


@dataclass
class Chain:
    """Flows that are linked to one another, as one text; `before` is the chain that stands
    before it on the page."""

    flows: list[int]
    flow: Flow
    tail: Flow
    text: str
    before: int | None = None

    @cached_property
    def dated(self) -> bool:
        """Whether it opens with a dateline."""
        return is_dateline(self.flow.paragraphs[0].text)


@dataclass(frozen=True)
class Habits:
    """What is usual on a page: cues that only articles have, and texts that are alike."""

    headlines: int
    cues: int
    datelines: int
    likeness: float  # of the texts of the page to one another, on the average


@dataclass(frozen=True)
class Heads:
    """The headlines of one article by their rank; `banner` belongs to the page."""

    title: Headline | None = None
    kickers: tuple[Headline, ...] = ()
    subtitles: tuple[Headline, ...] = ()
    banners: tuple[Headline, ...] = ()


FEATURES = (
    "always", "first", "by-line", "dash", "ended", "continued", "dateline", "two", "more",
    "brief", "long", "length", "lead-in", "spaced", "hash", "rich", "rich, no cue", "topic",
    "covered", "covered before", "other column", "other marks", "before open", "headlines",
    "text", "kicker", "no dateline though others", "before brief", "cue", "one cue, not here",
    "topic, all", "before linked", "in lead",
)  # fmt: skip


def evidence(
    group: Group, place: int, chains: Sequence[Chain], topics: Topics, covered: Sequence[float],
    habits: Habits,
) -> list[float]:  # fmt: skip
    """The features of whether a group of headlines begins an article or is a crosshead.

    `place` is that of the chain behind the group; the one before it on the page is
    `chains[place].before`. `covered` is the share of the group's words in every chain.
    """
    chain = chains[place]
    texts = [headline.text for headline in group.headlines]
    words = "".join(texts)
    longest = max(map(len, texts))
    first = group.headlines[0]
    before = chain.before
    dateline = chain.dated
    dash = any(text.startswith(_DASHES) for text in texts)
    cue = bool(group.bylines) or dash or group.ended or dateline
    count = len(group.headlines)
    values = {
        "always": 1.0,
        "first": float(before is None),
        "by-line": float(bool(group.bylines)),
        "dash": float(dash),
        "ended": float(group.ended),
        "continued": float(group.continued_from is not None),
        "dateline": float(dateline),
        "two": float(count == 2),
        "more": float(count > 2),
        "brief": float(longest <= 6),
        "long": float(longest >= 14),
        "length": min(longest, 30) / 10,
        "lead-in": float(any(text.endswith(_CROSSHEAD_END) for text in texts)),
        "spaced": float(any(headline.spaced for headline in group.headlines)),
        "hash": float(first.lines[0].text.startswith("#")),
        "rich": float(habits.cues > 1),
        "rich, no cue": float(habits.cues > 1 and not cue),
        "headlines": min(10, habits.headlines) / 10,
        "in lead": _in_lead(words, chain.text),
        "text": min(3.0, len(chain.text) / 400),
        "cue": float(cue),
        "one cue, not here": float(habits.cues == 1 and not cue),
        "topic, all": habits.likeness * 10,
        "kicker": float(bool(_KICKER_END.search(texts[0]))),
        "no dateline though others": float(habits.datelines > 1 and not dateline),
    }
    if before is not None:
        other = chains[before]
        last, begin = other.tail.last.column, chain.flow.first.column
        values |= {
            "topic": (min(0.5, float(topics.alike[before, place])) - habits.likeness) * 10,
            "covered": covered[place],
            "covered before": covered[before],
            "other column": float(abs(last - begin) > 2.6),
            "other marks": float(commas(other.text) * commas(chain.text) < 0),
            "before open": float(not closes(other.tail)),
            "before linked": float(other.flows[-1] != chain.flows[0] - 1),
            "before brief": float(len(other.text) < 60),
        }
    return [values.get(name, 0.0) for name in FEATURES]


def heads_of(group: Group, text: str, *, first_on_page: bool) -> Heads:
    """Title, kickers and subtitles among the headlines of a group; `text` is the article's."""
    subtitles = [h for h in group.headlines if is_subtitle(h)]
    others = [h for h in group.headlines if not is_subtitle(h)]
    banners = _banners(others, first_on_page=first_on_page)
    others = [h for h in others if h not in banners]
    if not others and subtitles:
        others, subtitles = subtitles[:1], subtitles[1:]
    if not others:
        return Heads(banners=tuple(banners))
    place = max(range(len(others)), key=lambda i: _title_likeness(others, i, text))
    return Heads(
        others[place], tuple(others[:place]), (*others[place + 1 :], *subtitles), tuple(banners)
    )


def _banners(headlines: Sequence[Headline], *, first_on_page: bool) -> list[Headline]:
    """Headlines of twice four characters that stand beside another one, set wide or first."""
    form = [is_banner(headline) for headline in headlines]
    if len(headlines) < 2:
        return []
    if all(form):
        return [headlines[0]] if first_on_page else []
    return [
        headline
        for i, headline in enumerate(headlines)
        if form[i] and (headline.spaced or (first_on_page and i == 0))
    ]


def _title_likeness(headlines: Sequence[Headline], i: int, text: str) -> float:
    """How much a headline of several looks like the title: its words stand in the lead."""
    words = headlines[i].text
    pairs = {words[k : k + 2] for k in range(len(words) - 1)}
    covered = sum(pair in text for pair in pairs) / max(1, len(pairs))
    value = 2.0 * covered - 0.2 * i
    if i + 1 < len(headlines) and _KICKER_END.search(words):
        value -= 1.5
    return value - (1.0 if len(words) < 4 else 0.0)


def _in_lead(words: str, text: str) -> float:
    """The share of a headline's pairs of characters that the first sentences repeat."""
    pairs = {words[i : i + 2] for i in range(len(words) - 1)}
    lead = text[:_LEAD]
    return sum(pair in lead for pair in pairs) / max(1, len(pairs))


def is_banner(headline: Headline) -> bool:
    """Whether a headline has the form of a banner: twice four characters."""
    return bool(_BANNER.match(headline.text))


def is_subtitle(headline: Headline) -> bool:
    """Whether a headline begins with a dash, as a subtitle does."""
    return headline.text.startswith(_DASHES)


def words_of(heads: Heads) -> str:
    """The words of the headlines of one article, for evidence only."""
    named = [*heads.kickers, *([heads.title] if heads.title else []), *heads.subtitles]
    return "".join(headline.text for headline in named)


def closes(flow: Flow) -> bool:
    """Whether a flow ends with a full stop."""
    return ends_closed(flow.last.text)
