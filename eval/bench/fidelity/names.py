"""Names in a text, found by simple means, and which may stand for one another."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from eval.bench.squad import Asked
from index.text import fold


@dataclass(frozen=True)
class Name:
    """A name and its kind: only names of one kind are exchanged."""

    text: str
    kind: str


# What is asked for tells what the answer is. Checked in this order.
_ASKED = {
    "zh": (
        (
            "where",
            "哪里|哪裡|哪裏|哪儿|何处|何處|何地|哪[个個座]?(?:国家|國家|国|國|城市|省|县|縣|州|地方)",
        ),
        ("who", "[谁誰]|哪[位]|哪[个個]人|何人|什么人|什麼人"),
    ),
    "ja": (("where", "どこ|何県|何市|どの国|何という国"), ("who", "誰|だれ|何者")),
    "en": (
        ("where", r"\b(?:where|(?:what|which) (?:city|country|state|town|county))\b"),
        ("who", r"\b(?:who|whom)\b"),
    ),
    "es": (
        ("where", r"\b(?:dónde|qué (?:ciudad|país|estado|condado))\b"),
        ("who", r"\bquién(?:es)?\b"),
    ),
    "ru": (
        ("where", r"\b(?:где|какой стране|каком городе|какой город|какая страна|каком штате)\b"),
        ("who", r"\b(?:кто|кого|кому|кем)\b"),
    ),
}
_COUNTRIES = {
    "zh": "中国 美国 英国 法国 德国 日本 俄罗斯 韩国 印度 意大利 西班牙 加拿大 澳大利亚 巴西 泰国 "
    "越南 荷兰 瑞典 瑞士 波兰 奥地利 土耳其 埃及 墨西哥 新加坡 中國 美國 英國 法國 德國 俄羅斯 "
    "韓國 義大利 澳洲 泰國 荷蘭 瑞士 波蘭 奧地利",
    "ja": "日本 中国 アメリカ イギリス フランス ドイツ ロシア 韓国 インド イタリア スペイン カナダ "
    "オーストラリア ブラジル タイ オランダ スウェーデン スイス",
    "en": "China America Britain England France Germany Japan Russia Korea India Italy Spain "
    "Canada Australia Brazil Poland Sweden Turkey Egypt Mexico Kenya Scotland Ireland",
    "es": "China Inglaterra Francia Alemania Japón Rusia India Italia España Canadá Australia "
    "Brasil Polonia Suecia Turquía Egipto México Kenia Escocia Irlanda",
    "ru": "Китай Англия Франция Германия Япония Россия Индия Италия Испания Канада Австралия "
    "Китае Англии Франции Германии Японии России Индии Италии Испании",
}
_TITLE = re.compile(r"(?<=[《『])[^《》『』]{2,20}(?=[》』])")
_CAPITALS = re.compile(
    r"(?<![.!?:] )(?<!^)(?<!\w)[A-ZÁÉÍÓÚÑА-Я][\wáéíóúñ]+(?: [A-ZÁÉÍÓÚÑА-Я][\wáéíóúñ]+)+"
)
_KATAKANA = re.compile(r"[ァ-ヶー]{2,}(?:・[ァ-ヶー]{2,})+")
_LONGEST = {"zh": 10, "ja": 12}


def names_in(text: str, language: str) -> Iterator[Name]:
    """Titles in marks, countries, capitalised words in a row, foreign names in katakana."""
    yield from (Name(match.group(), "title") for match in _TITLE.finditer(text))
    for country in _country_pattern(language).finditer(text):
        yield Name(country.group(), "country")
    if language == "ja":
        yield from (Name(match.group(), "katakana") for match in _KATAKANA.finditer(text))
    elif language != "zh":
        yield from (Name(match.group(), "capitals") for match in _CAPITALS.finditer(text))


@cache
def _country_pattern(language: str) -> re.Pattern[str]:
    names = "|".join(sorted(_COUNTRIES[language].split(), key=len, reverse=True))
    return re.compile(names if language in ("zh", "ja") else rf"\b(?:{names})\b")


def names_of_questions(questions: Iterable[Asked], language: str) -> Iterator[tuple[int, Name]]:
    """Answers to questions for persons and places, each with the number of its paragraph."""
    for asked in questions:
        kind = asked_for(asked.question, language)
        answer = asked.answers[0]
        if kind and len(answer) <= _LONGEST.get(language, 40) and _is_name(answer, language):
            yield asked.paragraph, Name(answer, kind)


def asked_for(question: str, language: str) -> str | None:
    """“who” or “where”, if the question is for a person or a place."""
    for kind, pattern in _ASKED[language]:
        if re.search(pattern, question, re.IGNORECASE):
            return kind
    return None


def _is_name(text: str, language: str) -> bool:
    if len(text) < 2 or re.search(r"[\d，。、,;；()（）的が]", text):
        return False
    return language in ("zh", "ja") or (text[0].isupper() and len(text.split()) <= 4)


def may_replace(old: str, new: str, sentence: str, paragraph: str) -> bool:
    """Whether a sentence with `new` for `old` says something else.

    Not if they share a word (a name and its short form), if the sentence has the new one already,
    or if the paragraph prints one right beside the other (a city and its country).
    """
    one, other = fold(old), fold(new)
    if _parts(one) & _parts(other) or other in fold(sentence):
        return False
    text = fold(paragraph)
    near = (
        rf"{re.escape(one)}\W{{0,3}}{re.escape(other)}|{re.escape(other)}\W{{0,3}}{re.escape(one)}"
    )
    return not re.search(near, text)


def _parts(name: str) -> set[str]:
    """Words, or pairs of characters: what two forms of one name have in common."""
    words = {word for word in re.findall(r"[^\W\d_一-龥ぁ-ヿ]+", name) if len(word) > 2}
    eastern = re.sub(r"[^一-龥ぁ-ヿー]", "", name)
    return words | {eastern[i : i + 2] for i in range(len(eastern) - 1)}


def find_name(name: str, text: str, language: str) -> int:
    """Where a name stands in a text as words of its own, or -1."""
    if language in ("zh", "ja"):
        return text.find(name)
    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return match.start() if match else -1
