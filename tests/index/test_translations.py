import numpy as np
import pytest
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from index.lexical import Lexical, tokens
from index.translations import Translations, bundled, translated_tokens

PIECES = ["?", "hospital", "s", "医院", "方舱医院", "больниц", "bed", "床"]


@pytest.fixture
def table() -> Translations:
    """hospital → 医院, 方舱医院, больниц; bed → 床."""
    scores = [(piece, -float(rank)) for rank, piece in enumerate(PIECES)]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=0))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(" "), "removed")
    tensors = {
        "starts": np.array([0, 0, 3, 3, 3, 3, 3, 4, 4], np.int32),
        "pieces": np.array([3, 4, 5, 7], np.int32),
        "weights": np.array([204, 51, 255, 255], np.uint8),
    }
    return Translations(tokenizer, tensors)


def test_words_have_their_translations_once(table: Translations) -> None:
    words = table.words("Hospitals hospital bed 医院")
    hospital = pytest.approx({"医院": 0.8, "方舱医院": 0.2, "больниц": 1.0})
    assert words == [hospital, {"床": 1.0}]
    assert table.words("") == table.words("\ud800") == []


def test_translations_become_search_tokens() -> None:
    found = translated_tokens([{"方舱医院": 0.5, "床": 1.0}, {"方舱": 1.0, "hospital": 0.5}])
    assert found == pytest.approx(
        {
            # a pair of characters is a third of 方舱医院, and all of 方舱; the characters of a
            # word have 0.3 together
            "方舱": 0.5 / 3 + 1.0, "舱医": 0.5 / 3, "医院": 0.5 / 3,
            "方": 0.5 * 0.3 / 4 + 0.3 / 2, "舱": 0.5 * 0.3 / 4 + 0.3 / 2,
            "医": 0.5 * 0.3 / 4, "院": 0.5 * 0.3 / 4,
            "床": 1.0, "hospital": 0.5,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("How many hospitals were built?", "医院"),
        ("¿Cuántos hospitales hay?", "医院"),
        ("Сколько больниц построили?", "医院"),
        ("医院有多少张床？", "hospital"),
        ("¿Cuántos hospitales hay?", "hospital"),
    ],
)
def test_the_bundled_table_knows_words_of_the_news(question: str, word: str) -> None:
    assert any(words.get(word, 0) > 0.5 for words in bundled().words(question))


def test_a_question_finds_an_article_in_another_language_by_words() -> None:
    texts = ["全市建成方舱医院22处。", "农民开始春耕。", "桥梁通车了。", "医院的床位增加了。"]
    index = Lexical.build([tokens(text) for text in texts])
    asked = index.asked("How many hospital beds are there?")
    assert asked.scores.tolist() == [0, 0, 0, 0]
    assert np.argmax(asked.translated) == 3
    assert asked.translated[0] > asked.translated[[1, 2]].max()
    assert asked.abroad


def test_words_at_home_are_not_translated() -> None:
    texts = ["The hospital has 22 beds.", "全市有医院22处。", "A bridge opened."]
    index = Lexical.build([tokens(text) for text in texts])
    asked = index.asked("How many beds has the hospital?")
    assert not asked.abroad
    assert asked.translated.tolist() == asked.scores.tolist()
    chinese = index.asked("How many beds has the hospital?", among=np.array([1]))
    assert chinese.abroad
    assert chinese.translated[1] > chinese.scores[1] == 0
