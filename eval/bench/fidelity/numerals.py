"""Chinese numerals and number words, written and read."""

from decimal import Decimal

_DIGITS = "零一二三四五六七八九"
_READ = {c: i for i, c in enumerate(_DIGITS)} | {"〇": 0, "○": 0, "两": 2, "兩": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_GROUPS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}

_UP_FROM_TWO = {
    "en": "two three four five six seven eight nine ten eleven twelve",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "ru": "два три четыре пять шесть семь восемь девять десять",
}
_TENS_IN_WORDS = {
    "en": {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60},
    "es": {"veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50},
    "ru": {"двадцать": 20, "тридцать": 30, "пятьдесят": 50},
}
WORDS: dict[str, dict[str, int]] = {
    language: {word: 2 + i for i, word in enumerate(words.split())} | _TENS_IN_WORDS[language]
    for language, words in _UP_FROM_TWO.items()
}


def chinese(number: int) -> str:
    """The numeral of a whole number below 10¹²: 23095 is 二万三千零九十五.

    Raises:
        ValueError: it is negative or too large.
    """
    if not 0 <= number < 10**12:
        raise ValueError(f"no numeral for {number}")
    if number == 0:
        return "零"
    groups: list[str] = []
    for name, size in (("亿", 10**8), ("万", 10**4), ("", 1)):
        group, number = divmod(number, size)
        if group:
            gap = "零" if groups and group < 1000 else ""
            groups.append(gap + _below_myriad(group) + name)
    text = "".join(groups)
    return text[1:] if text.startswith("一十") else text


def _below_myriad(number: int) -> str:
    text, skipped = "", False
    for name, size in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, number = divmod(number, size)
        if digit:
            text += ("零" if skipped and text else "") + _DIGITS[digit] + name
        skipped = not digit
    return text


def chinese_digits(text: str) -> str:
    """Digits one by one, as years are written: 1993 is 一九九三."""
    return "".join("〇" if c == "0" else _DIGITS[int(c)] for c in text)


def read_chinese(text: str) -> Decimal | None:
    """The value of a Chinese numeral, or None where the characters make none."""
    if all(c in _READ for c in text):
        return Decimal("".join(str(_READ[c]) for c in text)) if text else None
    total = group = digit = 0
    for c in text:
        if c in _READ:
            digit = _READ[c]
        elif c in _TENS:
            group += (digit or 1) * _TENS[c]
            digit = 0
        elif c in _GROUPS:
            part, size = group + digit, _GROUPS[c]
            total = (total + part) * size if size == 10**8 else total + part * size
            group = digit = 0
        else:
            return None
    return Decimal(total + group + digit)
