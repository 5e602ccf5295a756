"""Labelled lines → flows of paragraphs, and the groups of headlines between them."""

from collections.abc import Iterable, Sequence
from math import log

from index.newspaper.borders import Group, Headline, is_banner
from index.newspaper.datelines import is_bare_dateline, opening
from index.newspaper.ends import ends_open
from index.newspaper.flows import Flow, Paragraph
from index.newspaper.labels import Label, labels_of, weights
from index.newspaper.lines import Line
from index.newspaper.page import Role
from index.newspaper.prepare import Marked, Prepared
from index.newspaper.roles import COMES_FROM, is_end_mark, is_name, page_number

_DOUBTFUL = 0.97  # a line that continues the one before with less is compared with others
_CERTAIN = 0.995  # … and one behind a semicolon with less is an item of a list
_LIKELY = 2.2  # log-odds; a paragraph that begins with less may go on from elsewhere
_MOST = 6.0  # log-odds of what is as good as certain


def flows_of(prepared: Prepared) -> tuple[list[Flow], list[Group], list[Marked]]:
    """Flows, the groups that stand between them, and what belongs to neither."""
    text, between = prepared.text, prepared.between
    labels, sure = labels_of(prepared.features(), weights())
    builder = _Builder()
    for line, label, chances, pairs in zip(text, labels, sure, between, strict=False):
        builder.others(pairs)
        if label in (Label.HEAD, Label.HEAD_ON) and _may_be_headline(line.text):
            builder.heading(line, goes_on=label is Label.HEAD_ON)
        else:
            builder.body(line, label, chances)
    builder.others(between[-1])
    builder.finish()
    return builder.flows, builder.groups, builder.loose


class _Builder:
    """Collects flows and groups while the lines of text are read in order."""

    def __init__(self) -> None:
        self.flows: list[Flow] = []
        self.groups: list[Group] = []
        self.loose: list[Marked] = []
        self._group = Group()
        self._running = False  # the line before is running text

    def others(self, pairs: Iterable[Marked]) -> None:
        for line, role in pairs:
            if role is Role.BYLINE:
                self._byline(line)
            elif role is Role.CONTINUATION:
                self._notice(line)
            else:
                self.loose.append((line, role))

    def heading(self, line: Line, *, goes_on: bool) -> None:
        group = self._group
        self._running = False
        if group.headlines and not goes_on and is_name(line):
            group.bylines.append(line)
        elif group.headlines and goes_on and not group.bylines and not self._apart(line):
            group.headlines[-1].lines.append(line)
        else:
            group.headlines.append(Headline([line]))

    def _apart(self, line: Line) -> bool:
        """Whether `line` is a headline of its own, not more of the one before."""
        first = self._group.headlines[-1]
        if line.text.startswith(("#", "——")) or first.text.endswith("——"):
            return True
        return not self.flows and is_banner(first)

    def body(self, line: Line, label: Label, chances: Sequence[float]) -> None:
        group = self._group
        begins = _log_odds(chances[Label.BEGIN])
        if group.headlines or group.ended or not self._running:
            self._begin(line, begins, headed=bool(group.headlines))
        elif is_bare_dateline(self.flows[-1].last.text):
            self._join(line, chances[Label.CONTINUE])
        elif label is Label.CONTINUE and not self._list_item(chances[Label.CONTINUE]):
            self._continue(line, begins, chances[Label.CONTINUE])
        elif opening(line.text) is not None:
            self._begin(line, begins, headed=False)
            self.flows[-1].fresh = True
        elif label is Label.RESUME or begins < _LIKELY or self.flows[-1].breaks_off:
            self._begin(line, begins, headed=False)
        else:
            self.flows[-1].paragraphs.append(Paragraph([line]))
        self._running = True

    def _list_item(self, confidence: float) -> bool:
        """Whether the line before is one of a list: it ends with a semicolon, a line to itself."""
        before = self.flows[-1].last
        return confidence < _CERTAIN and not before.column and before.text[-1] in "；;"

    def _continue(self, line: Line, begins: float, confidence: float) -> None:
        """A line that goes on with the one before; a doubtful one is left to be linked."""
        if confidence < _DOUBTFUL and ends_open(self.flows[-1].last.text) and not line.soft:
            self._begin(line, begins, headed=False)
            self.flows[-1].glue = _log_odds(confidence)
            return
        self._join(line, confidence)

    def _join(self, line: Line, confidence: float) -> None:
        paragraph = self.flows[-1].paragraphs[-1]
        paragraph.lines.append(line)
        paragraph.joins.append(confidence)

    def finish(self) -> None:
        if self._group.headlines:
            self.groups.append(self._group)

    def _begin(self, line: Line, begins: float, *, headed: bool) -> None:
        group = self._group
        group.after = len(self.flows)
        fresh = group.ended or group.continued_from is not None
        resumes = group.continued_from is not None
        self.flows.append(
            Flow([Paragraph([line])], begins, headed=headed, fresh=fresh, resumes=resumes)
        )
        self.groups.append(group)
        self._group = Group()

    def _byline(self, line: Line) -> None:
        group = self._group
        if group.headlines and not is_end_mark(line.text):
            group.bylines.append(line)
            return
        if group.headlines:  # an end mark behind headlines: they closed nothing
            self.groups.append(group)
            self._group = group = Group()
        if self.flows:
            self.flows[-1].closing.append(line)
        else:
            self.loose.append((line, Role.BYLINE))
        group.ended = group.signed = True
        self._running = False

    def _notice(self, line: Line) -> None:
        group = self._group
        number = page_number(line.text)
        if COMES_FROM.match(line.text):
            group.continued_from = number
            group.ended = True
        else:
            if self.flows:
                self.flows[-1].continued_on = number
            group.ended = True
        self.loose.append((line, Role.CONTINUATION))
        self._running = False


def _may_be_headline(text: str) -> bool:
    """Whether a line has words, and they are no dateline."""
    return any(map(str.isalnum, text)) and opening(text) is None


def _log_odds(chance: float) -> float:
    return max(-_MOST, min(_MOST, log(max(chance, 1e-9) / max(1 - chance, 1e-9))))
