"""Numbers written as words in the languages that have spaces between words."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

Token = tuple[int, int, str]


class Spoken(NamedTuple):
    """A number in words: where it stands, its value, and whether a sentence asserts it."""

    start: int
    end: int
    value: Decimal
    step: Decimal
    certain: bool


_LISTS = {
    "en": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen "
    "sixteen seventeen eighteen nineteen",
    "es": "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro "
    "veinticinco veintiséis veintisiete veintiocho veintinueve",
    "fr": "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize",
    "de": "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
    "fünfzehn "
    "sechzehn siebzehn achtzehn neunzehn",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "fr": "vingt trente quarante cinquante soixante",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
}
_RUSSIAN = {
    1: "один одна одно одного одной одну одном одним",
    2: "два две двух двум двумя двое двоих двоим",
    3: "три трех трёх трем трём тремя трое троих",
    4: "четыре четырех четырёх четырьмя четырем четверо четверых",
    5: "пять пяти пятью пятеро", 6: "шесть шести шестью", 7: "семь семи",
    8: "восемь восьми восемью", 9: "девять девяти", 10: "десять десяти десятью",
    11: "одиннадцать одиннадцати", 12: "двенадцать двенадцати", 13: "тринадцать тринадцати",
    14: "четырнадцать четырнадцати", 15: "пятнадцать пятнадцати", 16: "шестнадцать шестнадцати",
    17: "семнадцать семнадцати", 18: "восемнадцать восемнадцати",
    19: "девятнадцать девятнадцати", 20: "двадцать двадцати", 30: "тридцать тридцати",
    40: "сорок сорока", 50: "пятьдесят пятидесяти", 60: "шестьдесят шестидесяти",
    70: "семьдесят семидесяти", 80: "восемьдесят восьмидесяти", 90: "девяносто", 100: "сто ста",
    200: "двести двухсот", 300: "триста трехсот трёхсот", 400: "четыреста четырехсот",
    500: "пятьсот пятисот", 600: "шестьсот шестисот", 700: "семьсот семисот",
    800: "восемьсот восьмисот", 900: "девятьсот девятисот",
}  # fmt: skip
_MORE = {
    "en": {"hundred": 100},
    "es": {
        "dos": 2, "cien": 100, "ciento": 100, "doscientos": 200, "doscientas": 200,
        "trescientos": 300, "trescientas": 300, "cuatrocientos": 400, "cuatrocientas": 400,
        "quinientos": 500, "quinientas": 500, "seiscientos": 600, "setecientos": 700,
        "ochocientos": 800, "novecientos": 900, "mil": 1000, "una": 1, "un": 1,
    },
    "fr": {"une": 1, "cent": 100, "mille": 1000},
    "de": {"eine": 1, "einen": 1, "einem": 1, "einer": 1, "hundert": 100, "tausend": 1000},
}  # fmt: skip
SMALL: dict[str, dict[str, int]] = {
    language: {
        **{word: i for i, word in enumerate(_LISTS[language].split(), 1)},
        **{word: 10 * i for i, word in enumerate(_TENS[language].split(), 2)},
        **_MORE[language],
    }
    for language in _LISTS
} | {"ru": {word: value for value, words in _RUSSIAN.items() for word in words.split()}}
SCALES = {
    word: exponent
    for exponent, words in {
        3: "thousand thousands mil тыс тысяч тысячи тысяча тысячу k_ mille milliers tausend tsd "
        "mila",
        6: "million millions mn mln mio millón millones milione milioni milhão milhões млн миллион "
        "миллиона миллионов миллионам миллионами millionen",
        9: "billion billions bn bln mrd milliard milliards milliarde milliarden miliardo miliardi "
        "bilhão bilhões млрд миллиард миллиарда миллиардов",
        12: "trillion trillions tn billón billones трлн триллион триллиона триллионов",
    }.items()
    for word in words.split()
}
# Words that stand for a number, which a source offers and a sentence does not assert.
LOOSE = {
    word: Decimal(value)
    for value, words in {
        "2": "both silver runner pair couple twice double doubled doubling duo second secondly "
        "twin twins ambos ambas segundo segunda doble dobló duplicó par оба обе обоих пара вдвое "
        "дважды второй вторая второго второе втором вторую двойной удвоить удвоил deux second "
        "seconde beide",
        "3": "third bronze thirds triple tripled trio tercero tercera tercer tercio tercios "
        "третий третья третье третьего третьей третьем треть трети втрое трижды triplicó trois "
        "troisième dritte",
        "4": "fourth quarter quarters quarterly cuarto cuarta четвертый четвёртый четвертая "
        "четвертого четверть quatrième vierte quadruple",
        "5": "fifth quinto quinta пятый пятая пятого пятое cinquième",
        "6": "sixth sexto sexta шестой шестая шестого", "7": "seventh séptimo séptima седьмой "
        "седьмая седьмого", "8": "eighth octavo octava восьмой восьмая восьмого",
        "9": "ninth noveno novena девятый девятая девятого",
        "10": "tenth décimo décima десятый десятая десятого decade decades década décadas "
        "десятилетие десятилетия десятилетий décennie jahrzehnt", "11": "eleventh",
        "12": "twelfth dozen docena дюжина дюжины", "20": "twentieth score",
        "1": "first firstly top champion champions gold winner won inaugural single "
        "sole only once an primero primera primer único única первый "
        "первая первого первое первой единственный один premier première erste a each every per "
        "another каждый cada un una",
        "100": "century centuries siglo век hundreds сотни centenares",
        "1000": "thousands miles тысячи", "1000000": "millions миллионы millones",
        "0.5": "half halves mitad medio media половина половины половину половиной пол moitié "
        "hälfte halb", "0.25": "quarter cuarto четверть", "24": "daily overnight сутки",
        "14": "fortnight", "0": "no none zero zeros nil cero ninguno ноль ни zéro null",
    }.items()
    for word in words.split()
}  # fmt: skip
_RUSSIAN_PREFIXES = {
    "двух": 2, "трех": 3, "трёх": 3, "четырех": 4, "четырёх": 4, "пяти": 5, "шести": 6, "семи": 7,
    "восьми": 8, "девяти": 9, "десяти": 10, "двадцати": 20,
}  # fmt: skip


_FROM_THIRD = (
    "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = {word: value for value, word in enumerate(_FROM_THIRD.split(), 3)} | {
    "thirtieth": 30,
    "fortieth": 40,
    "fiftieth": 50,
    "sixtieth": 60,
    "hundredth": 100,
}
SMALL["en"] |= ORDINALS
_UNITS_ALONE = frozenset({"hundred", "mil", "cent", "mille", "hundert", "tausend"})


NUMERALS = (
    frozenset().union(*SMALL.values()) | SCALES.keys() | {"a", "an", "dozen", "docena", "medio"}
)


# For texts too short to tell their language; "once" is eleven in Spanish only.
_UNSURE = {
    **{word: n for word, n in SMALL["es"].items() if n > 1 and word != "once"},
    **SMALL["en"],
}


def spoken(words: Sequence[Token], text: str, language: str) -> Iterator[Spoken]:
    """Numbers of one or more words, twenty-two or two hundred and five million.

    Runs of words are read as one number while they add up; "one" and lone scales (millions of)
    are offered, never asserted.
    """
    small = SMALL.get({"pt": "es", "it": "es"}.get(language, language), _UNSURE)
    place = 0
    while place < len(words):
        if words[place][2] not in small:
            yield from _of_scale(words, place)
            place += 1
            continue
        total, taken = _add_up(words, place, text, small)
        first, last = words[place], words[place + taken - 1]
        alone = first[2] in _UNITS_ALONE or first[2] in ORDINALS
        certain = taken > 1 or total >= 2 and not alone
        value, step = Decimal(total), _step(total)
        yield Spoken(first[0], last[1], value, step, certain)
        place += taken


def _of_scale(words: Sequence[Token], place: int) -> Iterator[Spoken]:
    """A million, half a million: the number before the scale; a lone scale is one of it."""
    start, end, word = words[place]
    if word in SCALES:
        one = Decimal(1).scaleb(SCALES[word])
        yield Spoken(start, end, one, one, False)
    elif word in ("dozen", "docena", "дюжина"):
        yield Spoken(start, end, Decimal(12), Decimal(1), False)
    if place + 1 == len(words) or word not in ("a", "an", "medio"):
        return
    following, _, scale = words[place + 1]
    if scale in SCALES and following == end + 1:
        half = place > 0 and words[place - 1][2] == "half"
        value = Decimal("0.5") if half or word == "medio" else Decimal(1)
        yield Spoken(words[place - half][0], end, value, value, True)


def loose(words: Sequence[Token]) -> Iterator[Decimal]:
    """Numbers that single words suggest: both, third."""
    return (LOOSE[word] for _, _, word in words if word in LOOSE)


def compounds(words: Sequence[Token]) -> Iterator[Spoken]:
    """The numbers in двухлетний, четырёхдневный."""
    for start, end, word in words:
        if word[0] in "двтчпшс" and len(word) > 6:
            for prefix, value in _RUSSIAN_PREFIXES.items():
                if word.startswith(prefix):
                    yield Spoken(start, end, Decimal(value), Decimal(1), False)


def _add_up(
    words: Sequence[Token], place: int, text: str, small: dict[str, int]
) -> tuple[int, int]:
    """Value of the number that begins at `place`, and how many words it takes."""
    total = current = taken = ahead = 0
    while place + ahead < len(words):
        start, _, word = words[place + ahead]
        value = small.get(word)
        if ahead and text[words[place + ahead - 1][1] : start] not in (" ", "-"):
            break
        if value is None:
            if word in ("and", "y", "und", "et") and taken and ahead == taken:
                ahead += 1
                continue
            break
        if value in (100, 1000) and 0 < current < 1000:
            current *= value
            if value == 1000:
                total, current = total + current, 0
        elif not current or _fits(current, value):
            current += value
        else:
            break
        ahead += 1
        taken = ahead
    return total + current, taken


def _fits(current: int, value: int) -> bool:
    """Whether a smaller number may follow: 22 after 20, 5 after 200; not 3 after 2."""
    tail = Decimal(10) ** (len(str(value)))
    return current % tail == 0 and value < current


def _step(value: int) -> Decimal:
    digits = str(value)
    return Decimal(1).scaleb(len(digits) - len(digits.rstrip("0"))) if value else Decimal(1)
