"""Currencies that stand before their figure."""

import re
from decimal import Decimal

from rag.facts.units import NO_UNIT, SYMBOLS, Unit

_MONEY = re.compile(r"(?:(hk|us|a|c|nt|s)? ?([$€£¥₽₩])|\b(usd|eur|rmb|cny|gbp|jpy)|人民币) ?$")


def currency_before(before: str) -> tuple[Unit, str]:
    """The currency at the end of the text before a figure, and that text without it."""
    match = _MONEY.search(before)
    return (_currency(match), before[: match.start()]) if match else (NO_UNIT, before)


def _currency(match: re.Match[str]) -> Unit:
    """What the signs before a figure stand for; ¥ may be yuan or yen."""
    country, sign, code = match.groups()
    if country and country != "us":
        return Unit("HKD" if country == "hk" else "money", Decimal(1))
    if sign:
        return Unit(SYMBOLS[sign], Decimal(1))
    return Unit({"rmb": "CNY", None: "CNY"}.get(code, (code or "").upper()), Decimal(1))
