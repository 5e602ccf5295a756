"""Western European text in Windows-1252: is it that, and not another one-byte encoding?"""

import re

_SAMPLE = 1 << 16
_OWN = 0.9  # share of those letters that one language must have; the rest is in foreign names
_LEAST = 20  # characters; fewer prove nothing
_MOST_FOREIGN = 0.25  # share of characters beyond ASCII in text of these languages
_SYMBOLS = set("“”‘’„‚–—…«»‹›•·°§©®™€£ªº¡¿²½´\u00a0")
# Letters beyond ASCII, each language's own: text that mixes them is in another encoding.
_ALPHABETS = tuple(
    map(
        set,
        (
            "àâæçèéêëîïôœùûüÿñ",  # French
            "áéíñóúüç",  # Spanish, Catalan words
            "àáâãçéêíóôõúü",  # Portuguese
            "äöüßéèàç",  # German
            "àèéìíîòóùú",  # Italian
            "éëïöüèêçóáäâôñ",  # Dutch, English
            "åäöéàüæøèôóòê",  # Swedish, Finnish, Danish, Norwegian
        ),
    )
)
_UNLIKELY = re.compile(r"[^\x00-\x7f]{4}|\w¿|[a-zß-ÿ][À-Þ]")
_IN_A_WORD = re.compile(r"[A-Za-z][ß-ÿœ]|[À-ÿŒœ][a-z]")


def is_western(data: bytes) -> bool:
    """Whether bytes that are not UTF-8 are surely text in Windows-1252.

    charset-normalizer must find no reading better than it, and the letters must be those of
    one language: the encodings of Central Europe and Turkey differ in a few letters only.
    """
    sample = data[:_SAMPLE]
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    if not _one_language(text):
        return False
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_isolation=["cp1252", "cp1250", "cp1251", "cp1254", "cp1257"])
    best = matches.best()
    return best is not None and any(
        "cp1252" in (match.encoding, *match.could_be_from_charset)
        and (match.chaos, -match.coherence) <= (best.chaos, -best.coherence)
        for match in matches
    )


def _one_language(text: str) -> bool:
    """Whether the characters beyond ASCII stand as they do in words of one language."""
    foreign = [character for character in text if not character.isascii()]
    letters = [c.lower() for c in foreign if c not in _SYMBOLS]
    runs = re.findall(r"[^\x00-\x7f]+", text)
    return (
        any(sum(c in own for c in letters) >= _OWN * len(letters) for own in _ALPHABETS)
        and len(text) >= _LEAST
        and len(foreign) <= _MOST_FOREIGN * len(text)
        and 2 * sum(len(run) == 1 for run in runs) >= len(runs)
        and not _UNLIKELY.search(text)
        and (not letters or bool(_IN_A_WORD.search(text)))
    )
