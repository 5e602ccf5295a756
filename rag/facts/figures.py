"""Figures of a text, with scale, unit and how roughly they are said."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from rag.facts.ago import told_ago
from rag.facts.atoms import Atom, atoms
from rag.facts.currencies import currency_before
from rag.facts.fact import Figure, Form, Roughly
from rag.facts.idioms import is_idiom
from rag.facts.measured import unit_at
from rag.facts.numerals import HAN_POWERS, Value
from rag.facts.parts import part_behind
from rag.facts.reading import Reading
from rag.facts.roughly import roughly_after, roughly_before
from rag.facts.shares import shares
from rag.facts.signs import below_zero, has_cold
from rag.facts.units import NO_UNIT, Unit
from rag.facts.view import WORD, View, blank
from rag.facts.words import SCALES

_HAN_SCALE = re.compile(
    r" ?([余多来几]|个(?=亿))?([十百千]?[万亿兆]{1,3}(?<!兆(?=[瓦帕赫焦比字]))|"
    r"[百千](?![克米瓦赫卡帕]))([余多来])?"
)
_WORD_SCALE = re.compile(
    r"\+?[ -]?([a-zà-öø-ÿа-яё]+)\b(?:(?<=тыс)\.|(?<=m[ir][od])\.|(?<=млн)\.|(?<=млрд)\.)?"
    r"(?: (?:de|di|d')(?= ))?"
)
_MONEY_SCALES = {"m": 6, "k": 3, "b": 9}
_ADJECTIVES = {"тысячн": 3, "миллио": 6, "миллиа": 9}
_MOST = 30  # powers of ten that anybody counts with
_LETTERS = re.compile(r"([a-zà-ÿа-яё]+)(-?)$")
_SECTION = re.compile(r"\([a-z]\)")
_PREFIXES = frozenset({"mid", "pre", "post", "early", "late", "non"})
_GAPS = {"digits": ("", " "), "han": (), "words": (" ", " and ", "-", " y ")}
_RANGE = re.compile(
    r" ?(?:-|~|至|到|から|、|乃至|ないし|或|和|to|до|al?|bis|à|or|и|или|y|o|and|und|oder|et|ou|"
    "from) ?"
    "(?:el |los |le |les )?-?"
)
_PLACE = Unit("ordinal", Decimal(1))
_TIMES = frozenset({"second", "month"})


def figures(view: View, text: str) -> Iterator[Reading]:
    """The figures of `text`, which is the view's with what was read otherwise filled with dots."""
    parts = list(shares(view, text))
    yield from parts
    text = blank(text, [(part.start, part.end) for part in parts])
    found: list[_Builder] = []
    numbers = atoms(view, text)
    for place, atom in enumerate(numbers):
        if not found or atom.start >= found[-1].end:
            builder = _Builder(atom)
            builder.build(view, text, numbers[place + 1 : place + 4])
            found.append(builder)
    if has_cold(text):
        for builder in found:
            builder.cool(text)
    for builder, following in zip(found, found[1:], strict=False):
        builder.share(following, text)
    for builder in found:
        yield from builder.readings(text)


class _Builder:
    """One figure as it is put together."""

    def __init__(self, atom: Atom) -> None:
        self.start, self.end, self.values, self.certain, self.script, self.also = atom
        self.power = 0  # of ten: its scale
        self.other_power = 0  # the scale that it may have instead
        self.scaled = False
        self.unit = NO_UNIT
        self.rough: Roughly = ""
        self.signs: tuple[int, ...] = (1,)
        self.named = False  # part of a name: A380, COVID-19

    def build(self, view: View, text: str, following: Sequence[Atom]) -> None:
        """Read what stands around the number; `following` are the numbers behind it."""
        self._look_back(view, text)
        self.scale(text)
        self._join(text, following)
        self._measure(view, text)

    def _look_back(self, view: View, text: str) -> None:
        """Currency before the figure, words that make it rough, letters that make it a name."""
        before = text[max(0, self.start - 24) : self.start]
        self.unit, before = currency_before(before)
        if not self.unit.kind and self.script == "digits":
            self.named = self._is_name(view, text, before)
        self.rough = roughly_before(before)

    def _is_name(self, view: View, text: str, before: str) -> bool:
        """A380, COVID-19, 501(c)."""
        if before[-1:].isalpha() or before[-1:] == "-":
            word = _LETTERS.search(before)
            if word:
                capital = view.capital(self.start - len(word[0]))
                return not word[2] or (capital and word[1] not in _PREFIXES)
        return bool(_SECTION.match(text, self.end))

    def scale(self, text: str) -> None:
        """Take 万, million and their like behind the number."""
        following = text[self.end : self.end + 2]
        match = None if following.isascii() else _HAN_SCALE.match(text, self.end)
        if match:
            self.power = sum(HAN_POWERS[c] for c in match[2])
            self.scaled = self.power >= 3
            self.end = match.end()
            self.rough = "over" if (match[1] or "个") != "个" or match[3] else self.rough
        elif following.strip()[:1].isalpha() or following[:1] in ("-", "+"):
            self._scale_in_words(text)
        if self.script == "han" and self.values[0].step >= 1000:
            self.scaled = True

    def _scale_in_words(self, text: str) -> None:
        match = _WORD_SCALE.match(text, self.end)
        while match and self.power <= _MOST:
            word = match[1]
            power = self._power(word)
            if word in ("dozen", "docenas"):
                self.values = tuple(Value(12 * v.value, v.step) for v in self.values)
            elif power is None:
                if word == "k" and self.script == "digits":
                    self.other_power, self.end = 3, match.end()  # thousands, or a name like 4K
                return
            self.power += power or 0
            self.scaled, self.end = True, match.end()
            match = _WORD_SCALE.match(text, self.end)

    def _power(self, word: str) -> int | None:
        power = SCALES.get(word)
        if power is None and self.unit.kind:
            power = _MONEY_SCALES.get(word)
        if power is None and self.script == "digits":
            power = 2 if word == "hundred" else _ADJECTIVES.get(word[:6])
        return power

    def _join(self, text: str, following: Sequence[Atom]) -> None:
        """1亿2500万, two thousand and five: what follows at once is smaller than the scale."""
        atom = next((atom for atom in following if atom.start >= self.end), None)
        if not self.power or len(self.values) > 1 or atom is None or atom.script != self.script:
            return
        if text[self.end : atom.start] not in _GAPS[self.script]:
            return
        low = _Builder(atom)
        low.scale(text)
        value, step = atom.values[0]
        if self._digit_of_scale(text, low):
            return
        if low.power < self.power and value.scaleb(low.power) < Decimal(10) ** self.power:
            high = self.values[0].value.scaleb(self.power)
            self.values = (Value(high + value.scaleb(low.power), step.scaleb(low.power)),)
            self.scaled, self.power, self.end = low.scaled, 0, low.end

    def _digit_of_scale(self, text: str, low: "_Builder") -> bool:
        """4万5 is 45,000, as 四万五 is."""
        scale = text[self.end - 1]
        if self.script != "digits" or scale not in "百千万亿" or low.end != self.end + 1:
            return False
        if unit_at(text, low.end)[0].kind == "second":  # 1千5分
            return False
        high, power = self.values[0].value.scaleb(self.power), HAN_POWERS[scale] - 1
        digit = low.values[0].value
        self.values = (
            Value(high + digit.scaleb(power), Decimal(1).scaleb(power)),
            Value(high + digit, Decimal(1)),
        )
        self.scaled, self.power, self.end = False, 0, low.end
        return True

    def _measure(self, view: View, text: str) -> None:
        """Take the unit behind the number, and words that make it rough on either side of it."""
        number_end = self.end
        self._say_after(text)
        at = self.end + (text[self.end : self.end + 1] in (" ", "-"))
        if at == self.end and self._glued(view, text, at):
            return
        unit, stop = unit_at(text, at)
        if unit.kind:
            self.unit = self.unit if self.unit.kind else unit
            self.end = stop
            self._say_after(text)
        more, self.unit, self.end = part_behind(text, self.end, self.unit)
        if more.value:
            self.values = tuple(Value(v.value + more.value, more.step) for v in self.values)
        if self.script == "han" and not self.unit.kind and number_end == self.start + 1:
            self.certain = False  # 三亚, 四川: single numerals need a counter
        if text[self.start - 1 : self.start] == "第" or text[self.end : self.end + 1] == "目":
            if self.values[0].value == 2 and text[self.end - 1] in "天年日":
                self.certain = False  # 第二天: the day after
            self.unit = _PLACE

    def _glued(self, view: View, text: str, at: int) -> bool:
        """Letters right behind digits that are no unit: 35m posts, 5G, 3D."""
        word = WORD.match(text, at) if self.script == "digits" else None
        if not word:
            return False
        if word[0] == "m" and unit_at(text, at)[1] == word.end():  # no m²
            self.other_power, self.end = 6, word.end()  # metres or millions
            return True
        measure = len(word[0]) > 1 and unit_at(text, at)[0].kind  # 5G is no weight, 5KG is
        self.named = self.named or (view.capital(at) and not measure)
        return self.named

    def _say_after(self, text: str) -> None:
        rough, self.end = roughly_after(text, self.end)
        self.rough = rough or self.rough

    @property
    def shared_power(self) -> int:
        """The scale that a number before this one in a range has as well: 三到十万."""
        if self.script != "han" or self.power:
            return self.power
        return next((p for p in (8, 4) if self.values[0].step >= 10**p), 0)

    def cool(self, text: str) -> None:
        """Tell degrees below zero."""
        if below_zero(text, self.start, self.end, self.unit.kind):
            self.signs = (-1,)

    def share(self, following: "_Builder", text: str) -> None:
        """In a range the scale and unit of its end are those of its beginning too."""
        gap = following.start - self.end
        if 0 < gap <= 9 and _RANGE.fullmatch(text, self.end, following.start):
            self.unit = self.unit if self.unit.kind else following.unit
            self.other_power = self.other_power if self.power else following.shared_power
            if self.signs != following.signs:  # 零下5至8度, -5至3℃
                self.signs, following.signs = self._both_signs(following)

    def _both_signs(self, following: "_Builder") -> tuple[tuple[int, ...], tuple[int, ...]]:
        return ((1, -1), (-1,)) if self.signs == (1,) else ((-1,), (-1, 1))

    def readings(self, text: str) -> Iterator[Reading]:
        """The figure as it is asserted, and as it may be meant beside."""
        if self.script == "han" and self.end == self.start + 1 and not self.other_power:
            return  # a numeral without counter is a part of a word
        certain = (
            self.certain
            and not self.named
            and not is_idiom(text, self.start, self.end, self.script, self.values[0].value)
        )
        forms: tuple[Form, ...] = self._forms(self.values)
        if self.unit.kind in _TIMES:
            forms += told_ago(self._forms(self.values), text, self.start, self.end)
        yield Reading("figure", self.start, self.end, forms, certain)
        if self.also:
            yield Reading("figure", self.end, self.end, self._forms(self.also), False)

    def _forms(self, values: Sequence[Value]) -> tuple[Figure, ...]:
        powers = (self.power, self.other_power) if self.other_power else (self.power,)
        kind, factor = ("", Decimal(1)) if self.unit.kind == "item" else self.unit
        return tuple(
            Figure(
                sign * (value.scaleb(power) if power else value),
                kind,
                factor,
                step.scaleb(power) if power else step,
                self.rough,
                self.scaled or power > 2,
            )
            for value, step in values
            for power in powers
            for sign in self.signs
        )
