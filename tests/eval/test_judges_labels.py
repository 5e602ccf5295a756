import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.judges import LABELS, Labelled, read_labels
from index.store import Store
from index.text import fold
from rag.errors import InputError
from rag.support import Source

MADE = {
    "verbatim": "supported",
    "paraphrase": "supported",
    "two_facts": "supported",
    "cross_lingual": "supported",
    "half_true": "partial",
    "number": "unsupported",
    "unit": "unsupported",
    "date": "unsupported",
    "negation": "unsupported",
    "name": "unsupported",
    "overgeneral": "unsupported",
    "cause": "unsupported",
    "other_paragraph": "unsupported",
}


def test_our_labels_are_well_formed_and_balanced() -> None:
    found = read_labels().sentences
    assert len(found) >= 160
    labels = Counter(each.label for each in found)
    assert 0.35 <= labels["supported"] / len(found) <= 0.5
    assert labels["partial"] >= 35 and labels["unsupported"] <= 0.5 * len(found)
    assert {each.kind: each.label for each in found} == MADE
    assert all(MADE[each.kind] == each.label for each in found)
    assert min(Counter(each.kind for each in found).values()) >= 12
    languages = Counter(each.language for each in found)
    assert min(languages[code] for code in ("zh", "zh-Hant", "en", "ja", "es")) >= 20
    assert languages["zh"] <= len(found) / 2 and len(languages) >= 8
    assert len({each.sentence for each in found}) == len(found)


def test_our_labels_quote_the_sample_articles(sample_store: Path) -> None:
    generation = Store(sample_store).current()
    known = {
        Source(paragraph.text, article.date, article.title)
        for article in generation.articles()
        for paragraph in generation.article_paragraphs(article.id)
    }
    assert len(known) > 150
    for each in read_labels().sentences:
        assert set(each.sources) <= known, each.id


def test_only_verbatim_sentences_stand_in_their_sources() -> None:
    for each in read_labels().sentences:
        words = fold(each.sentence).rstrip(".。")
        stands = any(words in fold(source.text) for source in each.sources)
        assert stands == (each.kind == "verbatim"), each.id


LINE = {
    "id": "a",
    "language": "zh",
    "sentence": "桥长五百米。",
    "sources": [{"text": "新桥长五百米。", "date": None, "title": "桥"}],
    "label": "supported",
}


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def test_labels_of_readers_have_an_origin(tmp_path: Path) -> None:
    line = {**LINE, "question": "桥多长？", "origin": "reader"}
    file = read_labels(write(tmp_path / "labels.jsonl", line))
    source = Source("新桥长五百米。", None, "桥")
    assert file.sentences == (
        Labelled("a", "zh", "桥长五百米。", (source,), "supported", "reader"),
    )
    assert file.name == "labels.jsonl"


def test_all_faults_are_told(tmp_path: Path) -> None:
    path = write(
        tmp_path / "labels.jsonl",
        LINE,
        LINE,
        {**LINE, "id": "b", "label": "true"},
        {**LINE, "id": "c", "sources": []},
        {**LINE, "id": "d", "sentence": " "},
        {**LINE, "id": "e", "judge": "x"},
        [],
    )
    with path.open("a") as file:
        file.write("{\n")
    with pytest.raises(InputError) as error:
        read_labels(path)
    assert str(error.value) == (
        f"{path} holds no labelled sentences: line 2: id a stands there twice; "
        "line 3: label has to be supported, partial or unsupported; "
        "line 4: sources has to be a list of objects with text, date and title; "
        "line 5: sentence has to be a text; line 6: there is no field judge; "
        "line 7: not an object; line 8: not JSON; mend it"
    )
    with pytest.raises(InputError, match="no line; mend it"):
        read_labels(write(tmp_path / "empty.jsonl"))
    with pytest.raises(InputError, match="cannot be read"):
        read_labels(tmp_path / "nowhere.jsonl")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=6,
)


@settings(derandomize=True, deadline=None)
@given(st.sampled_from(sorted(LINE)), anything)
def test_any_value_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: object
) -> None:
    path = tmp_path_factory.mktemp("labels") / "labels.jsonl"
    write(path, {**LINE, field: value})
    try:
        assert len(read_labels(path).sentences) == 1
    except InputError as error:
        assert "line 1" in str(error) and field in str(error)


def test_ours_are_the_default() -> None:
    assert read_labels().name == LABELS.name == "sentences.jsonl"
