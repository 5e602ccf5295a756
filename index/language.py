"""Which language a short text is in: by script, and by small words where scripts are shared."""

import re

_SCRIPTS = {
    "ja": re.compile("[\u3041-\u30ff\uff66-\uff9d]"),
    "ko": re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]"),
    "han": re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"),
    "cyrillic": re.compile("[\u0400-\u04ff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "latin": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
}
_SMALL_WORDS = {
    "en": "the of and in to a is was were did does do how many what when where who which why for "
    "on by at with are has had have much that it from",
    "es": "el la los las de que y en un una cuántos cuántas cuánto cuál qué quién dónde cuándo "
    "por para con del se al es fue cómo su ¿cuándo ¿qué ¿quién ¿dónde ¿cuántos ¿cuál",
    "fr": "le la les des de et en un une du que qui est était où quand combien pourquoi quel "
    "quelle dans pour sur au aux a été il",
    "de": "der die das und in den von zu mit ist war wie viele wann wo wer was warum welche "
    "welcher ein eine im auf für dem des hat wurde",
    "pt": "o a os as de que e em um uma quantos quantas quando onde quem qual do da no na por "
    "para com foi é são",
    "it": "il lo la i gli le di che e in un una quanti quante quando dove chi quale perché del "
    "della nel per con è stato sono",
}
_WORD_SETS = {code: frozenset(words.split()) for code, words in _SMALL_WORDS.items()}
# Words that say nothing of a question's subject, in the languages written with spaces.
SMALL_WORDS = frozenset().union(*_WORD_SETS.values()) | {"s", "t", "d", "l", "сколько", "когда"}
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")


def language(text: str) -> str:
    """ISO 639-1 code of the text's language, `und` when no letter tells.

    Latin script is told apart by small words (en, es, fr, de, pt, it), English when none occurs.
    """
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    if counts["ja"] and counts["ja"] + counts["han"] >= counts["latin"]:
        return "ja"
    # A Latin name in a Chinese question must not outweigh it: a Han character is a whole word.
    counts["han"] *= 3
    script = max(counts, key=lambda name: counts[name])
    if not counts[script]:
        return "und"
    if script == "han":
        return "zh"
    if script == "cyrillic":
        return "uk" if _UKRAINIAN.search(text) else "ru"
    return _latin(text) if script == "latin" else script


def small_words(text: str) -> dict[str, int]:
    """How many small words of each language in Latin script a text has."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    return {code: sum(word in known for word in words) for code, known in _WORD_SETS.items()}


def _latin(text: str) -> str:
    votes = small_words(text)
    return max(votes, key=lambda code: votes[code])  # ties and no votes: English, listed first
