import pytest

from index.language import language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("长春有几处方舱医院？", "zh"),
        ("GDP 增长了多少？", "zh"),
        ("橋はいつ開通しますか", "ja"),
        ("When did Hong Kong return?", "en"),
        ("GDP", "en"),
        ("¿Cuántos visitantes tuvo el museo?", "es"),
        ("Combien de personnes ont été évacuées ?", "fr"),
        ("Wie viele Läufer gab es?", "de"),
        ("Сколько человек участвовало?", "ru"),
        ("Скільки людей? їх", "uk"),
        ("몇 명이 왔습니까?", "ko"),
        ("12345 ?!", "und"),
        ("", "und"),
    ],
)
def test_language(text: str, code: str) -> None:
    assert language(text) == code
