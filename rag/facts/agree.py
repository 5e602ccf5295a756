"""Whether a source says what a sentence asserts: never less, never less precisely."""

from decimal import Decimal

from index.dates import Date
from rag.facts.fact import Clock, Fact, Figure, Form, Relative, Weekday, Years
from rag.facts.offers import Offers, plain_quotes
from rag.facts.units import MONEY

_CLOSE = Decimal("1e-9")
_SHARES = frozenset({"percent", "fraction"})
_ALIKE = frozenset({_SHARES, frozenset({"percent", "point"}), frozenset({"count", "turn"})})
_NEVER_PLACES = frozenset({"count", "year", "percent", "point"})
_COUNTED = frozenset({"count", "turn", "ordinal", "point"})
_FEW = 12  # things that a language may count with a word of its own: both, 双
_MEASURES = frozenset({"length", "area", "weight", "volume"})


def agrees(fact: Fact, offered: Offers, *, translated: bool = False) -> bool:
    """Whether any reading of a fact is offered; `translated`: by a text in another language."""
    return any(_form(form, offered, translated) for form in fact.forms)


def _form(form: Form, offered: Offers, translated: bool) -> bool:
    if isinstance(form, Figure):
        return _figure(form, offered, translated)
    if isinstance(form, Date):
        return _date(form, offered)
    if isinstance(form, Years):
        return _years(form, offered)
    if isinstance(form, Weekday):
        return form.number in offered.weekdays
    if isinstance(form, Relative):
        return _relative(form, offered)
    if isinstance(form, Clock):
        return not form.minutes.isdisjoint(offered.minutes)
    return all(plain_quotes(part) in offered.folded for part in form.parts)


def _figure(said: Figure, offered: Offers, translated: bool) -> bool:
    same = offered.figures.get(said.value)
    if same and any(_same_kind(said.unit, other.unit) and _amount(said, other) for other in same):
        return True
    if said.unit == "" and said.value in offered.digits:
        return True
    few = said.unit == "" or (said.unit in _COUNTED and said.value <= _FEW)
    if few and said.value in (offered.suggested if translated else offered.spoken):
        return True
    return any(_close(said, other) for other in offered.all_figures)


def _same_kind(one: str, other: str) -> bool:
    """Whether `one`, which is said, may be of the class `other`; an unknown one may be anything.

    Only a percentage is never meant by a plain number, nor are things counted by a place in a row.
    """
    if one == other:
        return True
    if not one or not other:
        return other != "percent"
    if "money" in (one, other):
        return one in MONEY and other in MONEY
    if one == "ordinal":
        return other not in _NEVER_PLACES
    if other == "ordinal":  # three days are not the third
        return one == "turn"
    return frozenset((one, other)) in _ALIKE


def _amount(said: Figure, other: Figure) -> bool:
    """Equal values in units of one class are the same only in the same unit."""
    return said.unit != other.unit or not said.unit or said.factor == other.factor


def _close(said: Figure, other: Figure) -> bool:
    """Whether `said` is a coarser way to say `other`, or the same in another unit."""
    if not _same_kind(said.unit, other.unit):
        return False
    mine, theirs, step, their_step = said.value, other.value, said.step, other.step
    if said.unit and said.unit == other.unit:
        mine, step = mine * said.factor, step * said.factor
        theirs, their_step = theirs * other.factor, their_step * other.factor
    elif {said.unit, other.unit} == _SHARES:
        mine, theirs = _share(said), _share(other)
        step = step / 100 if said.unit == "percent" else Decimal("0.02")
        their_step = Decimal(0)
    gap = theirs - mine
    if abs(gap) <= _CLOSE * abs(mine):
        return True
    if said.unit in _MEASURES and said.unit == other.unit and not _decimal(said, other):
        return abs(gap) <= (step + their_step) / 2  # miles made kilometres
    if said.roughly:
        step = max(step, _round(said) * (said.factor if said.unit == other.unit else 1))
    if their_step > step or not (said.scaled or said.roughly):
        return False
    return _rounds(said, gap, step, abs(mine))


def _rounds(said: Figure, gap: Decimal, step: Decimal, value: Decimal) -> bool:
    """Whether `gap` is within what was rounded off; never more than a good part of the value."""
    if said.roughly == "over":
        return 0 <= gap < min(step, value / 2)
    if said.roughly == "under":
        return -min(step / 2, value / 4) <= gap <= 0
    return abs(gap) <= min(step / 2, value / 4)


def _round(said: Figure) -> Decimal:
    """What the last digit that is not zero stands for: about 23,000 is said in thousands."""
    _, digits, exponent = said.value.as_tuple()
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return Decimal(1).scaleb(zeros + int(exponent)) if any(digits) else Decimal(1)


def _share(figure: Figure) -> Decimal:
    return figure.value * figure.factor / 100 if figure.unit == "percent" else figure.value


def _decimal(one: Figure, other: Figure) -> bool:
    ratio = (one.factor / other.factor).normalize().as_tuple()
    return ratio.digits == (1,)


def _date(said: Date, offered: Offers) -> bool:
    year, day = offered.told
    years = {year}
    if day and said.month:
        months = 12 * day.year + day.month
        years.add(
            min(
                (day.year - 1, day.year, day.year + 1),
                key=lambda y: abs(12 * y + (said.month or 0) - months),
            )
        )
    if any(said.agrees(date, year=known) for date in offered.dates for known in years):
        return True
    if said.month is None and said.day is None:
        return (
            said.year is not None and said.year == year and not offered.names_other_year
        ) or any(y.first == said.year for y in offered.years if not y.short and said.year)
    return False


def _years(said: Years, offered: Offers) -> bool:
    if said.short:
        return any(y.first % 100 == said.first % 100 for y in offered.years) or any(
            d.year and said.first % 100 <= d.year % 100 <= said.last % 100 for d in offered.dates
        )
    return (
        any(said.first <= y.first and y.last <= said.last for y in offered.years)
        or any(
            y.short and y.first % 100 == said.first % 100 and 1800 <= said.first < 2100
            for y in offered.years
        )
        or any(d.year and said.first <= d.year <= said.last for d in offered.dates)
    )


def _relative(said: Relative, offered: Offers) -> bool:
    if said in offered.relatives:
        return True
    year, day = offered.told
    if said.unit == "year":
        return year is not None and any(d.year == year + said.offset for d in offered.dates)
    if day is None:
        return False
    return any(_is_that(said, date, day.toordinal(), offered) for date in offered.dates)


def _is_that(said: Relative, date: Date, today: int, offered: Offers) -> bool:
    day = offered.told[1]
    if (
        day is None
        or date.month is None
        or date.year not in (None, day.year, day.year - 1, day.year + 1)
    ):
        return False
    year = date.year or day.year
    if said.unit == "month":
        return 12 * (year - day.year) + date.month - day.month == said.offset
    if date.day is None:
        return False
    try:
        return (
            day.replace(year=year, month=date.month, day=date.day).toordinal() - today
            == said.offset
        )
    except ValueError:
        return False
