"""Whether two figures, dates or times are the same: an expected one, and one of an answer.

Stricter than `rag.facts`, which asks whether a source could support a sentence: nothing is
rounded, no unit is guessed, and of a sentence's readings only the likeliest counts.
"""

import re
from decimal import Decimal

from eval.metrics.words import folded
from index.dates import Date
from rag.facts import Fact
from rag.facts.fact import Clock, Figure, Form
from rag.facts.units import MONEY

_NUMBER = re.compile(r"[\d.,\s零〇一二两三四五六七八九十百千万亿半]+")
_SEPARATED = re.compile(r"\d[.,]\d")
_HAN = re.compile("[\u3005\u3040-\u30ff\u4e00-\u9fff]")
_PERSONS = frozenset("人名位")
_SHARES = frozenset(("percent", "fraction"))
_PLAIN = frozenset(("", "count", "turn"))


def same(wanted: Fact, given: Fact, *, spaced: bool) -> bool:
    """Whether an answer's figure, date or time says the one that is expected.

    Amounts are equal in units of one class (27.5公里, 27,500 metres). A date has every part that
    is expected. An amount that is expected without a unit may have any, but a share. Things
    counted one by one (22座) have the same counting word in Chinese and Japanese, persons any of
    theirs; in a text with spaces (`spaced`) they have none, and may be counted by any other.
    """
    expected, found = _readings(wanted), given.forms[0]
    if not isinstance(found, Figure):
        return any(_same_time(form, found) for form in wanted.forms)
    if not any(_same_amount(each, found) for each in expected):
        return False
    counter = _counter(wanted)
    if not counter or expected[0].unit not in _PLAIN:
        return True
    if spaced:
        return found.unit in _PLAIN
    theirs = _counter(given)
    if _HAN.search(counter):
        return counter == theirs or {counter, theirs} <= _PERSONS
    return found.unit == "count"


def may_be(wanted: Fact, given: Fact) -> bool:
    """Whether two figures have one value, in units that do not rule each other out."""
    return any(_may_be(each, given.forms[0]) for each in _readings(wanted))


def _readings(fact: Fact) -> list[Figure]:
    """The figures that an expected answer may mean: 1.234 is read both ways, 280.000 is not."""
    if not isinstance(fact.forms[0], Figure):
        return []
    figures = [form for form in fact.forms if isinstance(form, Figure)]
    plain = [figure for figure in figures if not _ends_in_zero(figure.value)]
    if not plain and not figures[0].unit and _SEPARATED.search(fact.text):
        return []  # 5.00 without a unit is as well a time of day
    return plain or figures


def _ends_in_zero(value: Decimal) -> bool:
    """Whether decimals end in a zero: nobody prints them so, that was a mark of thousands."""
    _, digits, exponent = value.as_tuple()
    return isinstance(exponent, int) and exponent < 0 and digits[-1] == 0


def _same_time(wanted: Form, given: Form) -> bool:
    if isinstance(wanted, Date) and isinstance(given, Date):
        return wanted.agrees(given, year=None)  # as many of year, month and day as are wanted
    if isinstance(wanted, Clock) and isinstance(given, Clock):
        return not wanted.minutes.isdisjoint(given.minutes)
    return wanted == given


def _same_amount(wanted: Figure, given: Figure) -> bool:
    units = {wanted.unit, given.unit}
    if len(units) == 1:
        return wanted.value * wanted.factor == given.value * given.factor
    if units == _SHARES:
        return _share(wanted) == _share(given)
    any_unit = wanted.unit == "" and given.unit not in _SHARES
    alike = any_unit or units <= _PLAIN or ("money" in units and units <= MONEY)
    return alike and wanted.value == given.value


def _may_be(wanted: Figure, given: Form) -> bool:
    if not isinstance(given, Figure):
        return False
    units = {wanted.unit, given.unit}
    alike = len(units) == 1 or not units.isdisjoint(_PLAIN) or units <= MONEY
    return alike and wanted.value == given.value


def _share(figure: Figure) -> Decimal:
    return figure.value / 100 if figure.unit == "percent" else figure.value


def _counter(fact: Fact) -> str:
    """The counting word of a figure: in Han characters or kana, or any that is known as one."""
    form, rest = fact.forms[0], _NUMBER.sub("", folded(fact.text))
    known = isinstance(form, Figure) and form.unit == "count"
    return rest if known or _HAN.search(rest) else ""
