"""All languages say the same things."""

import string
from dataclasses import asdict

from ui.texts import ALL
from ui.texts.models import MODELS
from ui.texts.reading import READING


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


def test_each_language_is_complete() -> None:
    for table in (READING, MODELS):
        assert set(table) == {texts.code for texts in ALL}
        english = asdict(table["en"])
        for own in table.values():
            for name, words in asdict(own).items():
                if isinstance(words, str):
                    assert words, name
                    assert fields(words) == fields(english[name]), name
