"""Dates as people write them: in a field of a record, in the name of a file or folder."""

import re
from datetime import date

from index.errors import InputError

_YEARS = range(1800, 2101)
# Each looked for at every position, since a false start may overlap the date.
_FORMS = tuple(
    re.compile(f"(?=(?<![0-9])({form})(?![0-9]))")
    for form in (
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",  # 20220414
        r"(?P<y>\d{4})[-_./ ]?(?P<m>\d{2})[-_./ ](?P<d>\d{2})",  # 2022_04/14, 202204/14
        r"(?P<y>\d{4})(?P<s>[-_. ])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})",  # 2022-4-14
        r"(?P<y>\d{4}) ?年 ?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?日?",
    )
)
_SLASHED = re.compile(r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})(?!\d)")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_TOKEN = re.compile(r"[0-9A-Za-z]+")


def date_in_path(source: str) -> str | None:
    """The one full date that a path names, as YYYY-MM-DD; None where it names none, or two.

    Read are 2022-04-14, 2022-4-14, 20220414, 2022_04/14, 2022年4月14日 and the like, between 1800
    and 2100. Digits of a longer number, and of a name that is a hexadecimal number (a hash), are
    no date.
    """
    text = _TOKEN.sub(_without_hash, _UUID.sub("#", source))
    found = {
        day
        for form in _FORMS
        for match in form.finditer(text)
        if (day := _day(match)) and day.year in _YEARS
    }
    return found.pop().isoformat() if len(found) == 1 else None


def iso_date(value: str | None) -> str | None:
    """A date as YYYY-MM-DD (also from a longer ISO time stamp).

    Raises:
        InputError: another form.
    """
    if not value:
        return None
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError as error:
        raise InputError(f"date {value!r} is not of the form YYYY-MM-DD; correct it") from error


def loose_date(value: str | None) -> str | None:
    """A date of a table, where spreadsheets write 2022/4/14 too, as YYYY-MM-DD.

    Raises:
        InputError: not a year, a month and a day in this order.
    """
    match = _SLASHED.match(value) if value else None
    slashed = _day(match) if match else None
    if slashed:
        return slashed.isoformat()
    return (value and date_in_path(value)) or iso_date(value)


def _without_hash(match: re.Match[str]) -> str:
    """A run of letters and digits, unless it is a hexadecimal number that is more than digits."""
    token = match.group()
    hexadecimal = not token.isdigit() and all(c in "0123456789abcdefABCDEF" for c in token)
    return "#" if hexadecimal else token


def _day(match: re.Match[str]) -> date | None:
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
