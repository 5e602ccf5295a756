"""True sentences in other words: what a checker must leave alone."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from random import Random

from opencc import OpenCC

from eval.bench.fidelity.names import Name
from eval.bench.fidelity.other_figures import other_date, other_figure
from eval.bench.fidelity.pairs import Pair
from eval.bench.fidelity.quotations import is_closed, quotations_in
from eval.bench.fidelity.spots import EASTERN
from eval.bench.fidelity.synonyms import with_synonyms

Rewording = Callable[[Pair, Random], str | None]

_ATTRIBUTIONS = {
    "zh": ("据报道，", "文章指出，", "根据该报道，"),
    "ja": ("記事によると、", "報道によれば、"),
    "en": ("According to the article, ", "The article says that "),
    "es": ("Según el artículo, ", "El artículo dice que "),
    "ru": ("Согласно статье, ", "В статье говорится, что "),
}
_OPENINGS = {
    "zh": r"^(?:但是|但|此外|另外|然而|而且|不过|同时|因此|所以|其中|不過|同時)，?",
    "ja": r"^(?:しかし|また|さらに|なお|そして|そのため|一方)、?",
    "en": r"^(?:However|Moreover|Furthermore|In addition|Also|Thus|Therefore|Additionally|But),? ",
    "es": r"^(?:Sin embargo|Además|Asimismo|Por tanto|Por lo tanto|Pero|Y),? ",
    "ru": r"^(?:Однако|Кроме того|Также|Таким образом|Поэтому|Но|И),? ",
}
_LOWERED = {  # words that begin a sentence with a capital of its own only
    "en": "The A An In On At It This These That Those He She They His Her Its Their There By From "
    "With For As After Before When While During Because Since Some Many Most All One However Other",
    "es": "El La Los Las Un Una En Este Esta Estos Estas Su Sus Se Por De A Los "
    "Para Con Cuando Aunque También Sin Entre Desde Durante Es Hay Otros Muchos Según Como",
    "ru": "В На Он Она Они Это Эти Этот Эта Его Её По С Из К У При До После "
    "Для Во От Однако Некоторые Многие Если Когда Хотя Все Также Для",
}
_JOINTS = {"zh": "，", "ja": "、また", "en": ", and ", "es": ", y ", "ru": ", и "}
_CONDITION = re.compile(
    r"如果|若|假如|除非|即使|虽|雖|尽管|儘管|否则|不是|なら|場合|ても|\b(?:if|unless|although|except|si|aunque|"
    r"если|хотя|кроме)\b",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r" ?(?:\([^()]*\)|（[^（）]*）)")
_TIME_FIRST = {
    "zh": r"^((?:在|于|於)?\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?)，(?=[^，；]{4}[^；年]*$)",
    "ja": r"^(\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?(?:に|には)?)、(.{1,14}?は)(?!、)",
    "en": r"^((?:In|On|By|Since|From|During) [^,.;]{3,40}), (?=[^,;]*[.]?$)",
    "es": r"^((?:En|Desde|Durante|Hasta) [^,.;]{3,40}), (?=[^,;]*[.]?$)",
    "ru": r"^((?:В|С|До|После) \d{4} год[ау]) (?=[^,;]*[.]?$)",
}
_CHINESE_SUBJECT = re.compile(
    r"[^，。在于於被由]{2,12}?(?=[在于於被由][^，。]|开始|開始|正式|首次|成为|成為|加入|进入|進入|前往|宣布)"
)
_EASTERN_MARKS = str.maketrans("“”「」；《》", "「」“”，「」")
_WESTERN_MARKS = str.maketrans("“”«»’‘—–;", '""""\'\'--,')
_WIDE = {ord(c): ord(c) + 0xFEE0 for c in "0123456789%,()"}
_NARROW = {wide: narrow for narrow, wide in _WIDE.items()}


def reworded(pair: Pair, name: str, random: Random) -> Pair | None:
    """The pair with its sentence in other words, or None where this rewording does not apply."""
    text = REWORDINGS[name](pair, random)
    if text is None or text == pair.sentence or len(text) < 6:
        return None
    if name != "script":
        return replace(pair, sentence=text)
    convert = _converter(pair.label).convert
    here, elsewhere = (
        tuple(Name(convert(n.text), n.kind) for n in names) for names in (pair.here, pair.elsewhere)
    )
    return replace(pair, sentence=text, here=here, elsewhere=elsewhere)


def _script(pair: Pair, random: Random) -> str | None:
    """Simplified becomes traditional, or the other way round."""
    return _converter(pair.label).convert(pair.sentence) if pair.language == "zh" else None


@cache
def _converter(label: str) -> OpenCC:
    return OpenCC("t2s" if label == "zh-Hant" else "s2t")


def _width(pair: Pair, random: Random) -> str | None:
    """Digits, brackets and percent signs become as wide as characters, or narrow."""
    if pair.language not in ("zh", "ja"):
        return None
    wide = re.search(r"[０-９]", pair.sentence)
    return pair.sentence.translate(_NARROW if wide else _WIDE)


def _shorter(pair: Pair, random: Random) -> str | None:
    """What stands in brackets is left out, or the last of three clauses or more."""
    text = _BRACKETS.sub("", pair.sentence) if not quotations_in(pair.sentence) else pair.sentence
    if text != pair.sentence and len(text) >= 10:
        return text
    if _CONDITION.search(pair.sentence) or re.search(r"[“”「」\"«»『』]", pair.sentence):
        return None
    if pair.language == "zh":
        clauses = pair.sentence.split("，")
        return "，".join(clauses[:-1]) + "。" if len(clauses) >= 3 else None
    which = {
        "en": r", (?:which|where) [^,]+\.$",
        "es": r", (?:que|donde) [^,]+\.$",
        "ru": r", котор[^,]+\.$",
    }
    pattern = which.get(pair.language)
    return re.sub(pattern, ".", pair.sentence) if pattern else None


def _joined(pair: Pair, random: Random) -> str | None:
    """Two neighbouring sentences become one."""
    first, second = pair.sentence, pair.following
    if not second or first[-1] not in ".。" or second[-1] not in ".。" or len(second) > 200:
        return None
    if not (is_closed(first) and is_closed(second)):
        return None  # the words that join them would stand in a quotation
    return first[:-1] + _JOINTS[pair.language] + _lowered(second, pair.language)


def _moved(pair: Pair, random: Random) -> str | None:
    """The time, said first, is said elsewhere."""
    match = re.search(_TIME_FIRST[pair.language], pair.sentence)
    if not match:
        return None
    time, rest = match.group(1), pair.sentence[match.end() :]
    if pair.language == "zh":
        subject = _CHINESE_SUBJECT.match(rest)
        return f"{subject.group()}{time}{rest[subject.end() :]}" if subject else None
    if pair.language == "ja":
        return f"{match.group(2)}{time}、{rest}"
    return f"{rest[0].upper()}{rest[1:].rstrip('.')} {time[0].lower()}{time[1:]}."


def _punctuation(pair: Pair, random: Random) -> str | None:
    """Other quotation marks and dashes, and no full stop; quotations stay as they are."""
    marks = _EASTERN_MARKS if pair.language in EASTERN else _WESTERN_MARKS
    quoted = {i for span in quotations_in(pair.sentence) for i in range(span.start, span.end)}
    kept = (c if i in quoted else c.translate(marks) for i, c in enumerate(pair.sentence))
    return "".join(kept).rstrip(".。")


def _attributed(pair: Pair, random: Random) -> str | None:
    """Words of saying stand before it."""
    words = _in_script(random.choice(_ATTRIBUTIONS[pair.language]), pair)
    return words + _lowered(pair.sentence, pair.language)


def _in_script(words: str, pair: Pair) -> str:
    """Our words in the script of the sentence."""
    return _converter("zh").convert(words) if pair.label == "zh-Hant" else words


def _synonym(pair: Pair, random: Random) -> str | None:
    """One word is another for the same, outside quotations."""
    if quotations_in(pair.sentence):
        return None
    if pair.label != "zh-Hant":
        return with_synonyms(pair.sentence, pair.language, random)
    text = with_synonyms(_converter("zh-Hant").convert(pair.sentence), "zh", random)
    return text and _converter("zh").convert(text)


def _lowered(text: str, language: str) -> str:
    """A sentence as it goes on behind other words."""
    common = text.split(" ")[0] in _LOWERED.get(language, "").split()
    return text[0].lower() + text[1:] if common else text


def _trimmed(pair: Pair, random: Random) -> str | None:
    """The joining word at its beginning is gone."""
    text = re.sub(_OPENINGS[pair.language], "", pair.sentence)
    return text[:1].upper() + text[1:] if text != pair.sentence else None


REWORDINGS: dict[str, Rewording] = {
    "script": _script,
    "width": _width,
    "figure": other_figure,
    "date": other_date,
    "shorter": _shorter,
    "joined": _joined,
    "moved": _moved,
    "punctuation": _punctuation,
    "attributed": _attributed,
    "trimmed": _trimmed,
    "synonym": _synonym,
}
