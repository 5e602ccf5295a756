"""Baselines against independent computations of what they are said to be."""

import hashlib
import json
from pathlib import Path

import pytest

from eval.baselines import BASELINES, SEED, baseline_answer, baseline_row
from eval.metrics import measure
from eval.sets import Question
from index.build import build
from index.generation import Generation
from index.store import Store
from tests.conftest import HashEmbedder

TEXTS = [
    "渡船停航三天。船员休息。",
    "大桥长五百米。桥面宽二十米。",
    "大桥收费十元。",
    "图书馆周一闭馆。",
]


def question(text: str, id: str = "q1") -> Question:
    return Question(id, text, "zh", "numeric", answerable=False)


@pytest.fixture
def generation(tmp_path: Path) -> Generation:
    for number, text in enumerate(TEXTS):
        (tmp_path / f"{number}.txt").write_text(f"标题{number}\n\n{text}\n", "utf-8")
    build([tmp_path], tmp_path / "store", HashEmbedder())
    return Store(tmp_path / "store").current()


def test_bm25_quotes_the_first_sentence_of_its_best_paragraph(generation: Generation) -> None:
    answer = baseline_answer("bm25", question("桥面有多宽？大桥"), generation, 3)
    assert answer.hits[0].paragraph.text == TEXTS[1]
    (sentence,) = answer.sentences
    (citation,) = sentence.citations
    assert sentence.text == citation.quote_text == "大桥长五百米。"
    assert (citation.number, citation.hit) == (1, answer.hits[0])
    assert sentence.support == "supported"
    assert answer.text == "大桥长五百米。[1]"
    assert answer.hits[1].paragraph.text == TEXTS[2]  # the other one with a word asked for
    assert not answer.abstained


def test_bm25_ranks_what_has_no_word_of_the_question_in_the_order_of_the_store(
    generation: Generation,
) -> None:
    answer = baseline_answer("bm25", question("zzz"), generation, 3)
    expected = generation.paragraphs(generation.positions[:3])
    assert [hit.paragraph.id for hit in answer.hits] == [p.id for p in expected]
    whole = baseline_answer("bm25", question("桥面有多宽？"), generation, 50)
    ids = [hit.paragraph.id for hit in whole.hits]
    assert len(ids) == len(set(ids)) == generation.size


def test_bm25_orders_by_the_scores_of_the_lexical_side(sample_store: Path) -> None:
    generation = Store(sample_store).current()
    asked = question("岚浦二号线的纪念票首日卖掉了多少？")
    scores = generation.lexical.scores(asked.text)
    expected = sorted(generation.positions.tolist(), key=lambda p: (-scores[p], p))[:8]
    answer = baseline_answer("bm25", asked, generation, 8)
    assert [hit.paragraph.id for hit in answer.hits] == [
        paragraph.id for paragraph in generation.paragraphs(expected)
    ]


def test_random_draws_by_the_hashes_of_seed_and_question(sample_store: Path) -> None:
    generation = Store(sample_store).current()
    for name in ("q1", "问题"):
        drawn: list[int] = []
        number = 0
        while len(drawn) < 8:
            digest = hashlib.sha256(f"{SEED}:{name}:{number}".encode()).hexdigest()
            place = int(digest, 16) % generation.size
            drawn += [place] if place not in drawn else []
            number += 1
        expected = generation.paragraphs([generation.positions[place] for place in drawn])
        answer = baseline_answer("random", question("？", name), generation, 8)
        assert [hit.paragraph.id for hit in answer.hits] == [p.id for p in expected]
        assert answer.sentences[0].citations[0].hit == answer.hits[0]


def test_random_gives_every_paragraph_an_equal_chance(generation: Generation) -> None:
    counts = {p.id: 0 for p in generation.paragraphs(generation.positions)}
    n = 400
    for number in range(n):
        (hit,) = baseline_answer("random", question("？", f"q{number}"), generation, 1).hits
        counts[hit.paragraph.id] += 1
    expected = n / len(counts)
    statistic = sum((count - expected) ** 2 / expected for count in counts.values())
    assert statistic < 4 * len(counts)  # chi squared has a mean of len(counts) - 1


def test_small_stores_give_all_they_have(generation: Generation) -> None:
    for name in BASELINES:
        answer = baseline_answer(name, question("桥"), generation, 100)
        ids = {hit.paragraph.id for hit in answer.hits}
        assert len(ids) == len(answer.hits) == generation.size


def test_rows_are_like_those_of_answers_and_take_every_metric(generation: Generation) -> None:
    asked = question("大桥多长？")
    row = baseline_row("bm25", asked, generation, 2)
    assert row == json.loads(json.dumps(row))
    assert (row["id"], row["baseline"], row["llm"]) == ("q1", "bm25", "bm25")
    assert "timings" not in row
    assert "confidence" not in row
    values = measure(asked, {**row, "gold": []}, k=2)
    assert (values["false_answer"], values["citation_validity"]) == (1.0, 1.0)
