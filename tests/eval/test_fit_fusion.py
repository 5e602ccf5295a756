import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest

from eval.__main__ import main
from eval.bench.fit_fusion import Case, _expect_unseen, learn
from eval.bench.made_up import related, thinned
from eval.bench.stores_to_learn import UNSEEN, stores
from index.training import readers
from rag.errors import InputError
from rag.fusion import SCORES, Fusion, Sides, first_look

NUMERALS = "一二三四五六七八九十"


@pytest.fixture
def train(tmp_path: Path) -> Path:
    folder = tmp_path / "train"
    for name, thing in (("cmrc2018", "桥"), ("jaquad", "湖")):
        (folder / name).mkdir(parents=True)
        blocks = [
            {
                "context": f"第{n}座{thing}在城里。它有{n}百米长。",
                "qas": [{"question": f"第{n}座{thing}多长？", "answers": [{"text": f"{n}百米"}]}],
            }
            for n in NUMERALS
        ]
        with gzip.open(folder / name / "all.json.gz", "wt", encoding="utf-8") as file:
            json.dump({"data": [{"paragraphs": blocks}]}, file)
    titles = [*(f"江城第{n}座大桥今日建成通车" for n in NUMERALS[:9]), "快讯"]
    bodies = [f"市民说，{n}号桥很方便。" for n in NUMERALS]
    headlines = "\n".join(
        json.dumps({"date": "20310518", "title": title, "body": f"<p>{body}</p>"})
        for title, body in zip(titles, bodies, strict=True)
    )
    news = "\n".join(f"2031-05-18，正文：船队{n}号从江城起航。船上有{n}十人。" for n in NUMERALS)
    pairs = "\n".join(f"The bridge number {n} is {n} metres long\t第{n}桥" for n in range(9))
    for path, text in (
        ("news_zh/part_01.txt.gz", news),
        ("headlines_zh.jsonl.gz", headlines),
        ("parallel/ntrex.eng-zho-CN.tsv.gz", pairs),
        ("parallel/wmt.eng-zho.tsv.gz", pairs),
        ("parallel/tatoeba.eng-zho.tsv.gz", pairs),
    ):
        (folder / path).parent.mkdir(exist_ok=True)
        with gzip.open(folder / path, "wt", encoding="utf-8") as file:
            file.write(text)
    return folder


def test_stores_hold_the_unseen_questions_and_their_paragraphs(train: Path) -> None:
    found = {store.name: store for store in stores(train, 1, 100)}
    assert sorted(found) == ["cmrc2018, small", "jaquad, small", "large", "ntrex eng"]
    large = found["large"]
    assert sorted(large.questions) == [
        "cmrc2018", "headlines", "jaquad", "news made up", "news related", "ntrex abroad",
        "wmt abroad",
    ]  # fmt: skip
    asked = large.questions["cmrc2018"]
    assert len(asked) == round(UNSEEN * len(NUMERALS))
    for known in asked:
        assert known.question[:3] in large.paragraphs[known.paragraphs[0]]
        assert known.question[1] in NUMERALS[-3:]
    for known in large.questions["wmt abroad"]:
        assert "桥" in large.paragraphs[known.paragraphs[0]]
        assert known.question.isascii()
    for known in large.questions["news made up"]:
        assert set(known.question) <= set(large.paragraphs[known.paragraphs[0]])
    told = {
        known.question: large.paragraphs[known.paragraphs[0]]
        for known in large.questions["headlines"]
    }
    assert told == {
        f"江城第{n}座大桥今日建成通车": f"市民说，{n}号桥很方便。" for n in NUMERALS[7:9]
    }  # the last tells no news apart
    assert "市民说，十号桥很方便。" in large.paragraphs


def test_the_rest_is_what_an_embedder_may_be_trained_on(train: Path, tmp_path: Path) -> None:
    out = tmp_path / "seen"
    arguments = ["bench", "fit-fusion", "--train", str(train), "--write-seen", str(out)]
    assert main(arguments) == 0
    seen = [question for question, _ in readers.questions(out / "train" / "cmrc2018")]
    assert seen == [f"第{n}座桥多长？" for n in NUMERALS[:7]]
    learnt = {k.question for s in stores(train, 1, 9) for k in s.questions.get("cmrc2018", ())}
    assert learnt == {f"第{n}座桥多长？" for n in NUMERALS[7:]}
    kept = [title for title, _ in readers.headlines(out)]
    assert kept == [f"江城第{n}座大桥今日建成通车" for n in NUMERALS[:7]]
    assert [path.name for path in readers.parallel_files(out)] == ["tatoeba.eng-zho.tsv.gz"]
    assert main([*arguments[:-1], str(tmp_path / "all"), "--keep-translated"]) == 0
    assert len(readers.parallel_files(tmp_path / "all")) == 3
    assert list(readers.news_articles(out)) == list(readers.news_articles(train.parent))


def test_an_embedder_that_knows_the_questions_by_heart_is_refused() -> None:
    right = np.array([True, False])
    known = Sides(np.array([0.9, 0.1]), *[np.array([1.0, 2.0])] * 2, 10.0, 0.0, 0.1)
    cases = [Case("asked", "x", known, {}, (), ("y", "z"), right)] * 5
    with pytest.raises(InputError, match=r"1\.000 by cosine alone.*--write-seen"):
        _expect_unseen(cases, 300)
    _expect_unseen(cases, 3)  # in so small a store it means nothing
    other = Sides(np.array([0.1, 0.9]), *[np.array([1.0, 2.0])] * 2, 10.0, 0.0, 0.1)
    _expect_unseen([*cases, Case("asked", "x", other, {}, (), ("y", "z"), right)], 300)


def test_a_question_made_from_a_sentence_is_a_part_of_it() -> None:
    rng = random.Random(1)
    for sentence in ("一二三四五六七八九十" * 4, " ".join(map(str, range(40)))):
        for _ in range(20):
            question = thinned(sentence, rng)
            rest = iter(sentence.split() if " " in sentence else sentence)
            parts = question.split() if " " in sentence else question
            assert all(part in rest for part in parts)  # in order
            assert len(parts) <= (12 if " " in sentence else 24)


def test_related_passages_are_the_others_of_an_article() -> None:
    lines = ["海港船队起航" * 9, "农民开始春耕" * 9, "江城桥梁通车" * 9]
    news = [([line], article) for line, article in zip(lines, (0, 1, 0), strict=True)]
    found = {known.paragraphs: known.question for known in related(news, random.Random(3))}
    assert set(found) == {(2,), (0,)}  # the second is alone in its article
    assert set(found[2,]) <= set(lines[0]) and set(found[0,]) <= set(lines[2])


def test_words_decide_at_home_and_cosines_abroad() -> None:
    rng = np.random.default_rng(1)

    def case(home: bool) -> Case:
        right = np.zeros(8, dtype=np.bool_)
        right[rng.integers(8)] = True
        good, noise = np.where(right, 1.0, 0.5), rng.uniform(0.2, 1.0, 8)
        bm25 = 8 * good if home else noise
        cosines = noise if home else 0.4 * good
        facts = Sides(cosines, bm25, bm25, 10.0, 0.0, 0.1)
        return Case("home" if home else "abroad", "x", facts, {}, (), ("y",) * 8, right)

    cases = [case(home=bool(n % 2)) for n in range(60)]
    found = learn(cases)
    for c in cases:
        scores = found.first.scores(first_look(c.sides))
        assert c.right[np.argmax(scores)]
    assert found.first.home[SCORES.index("lexical")] > found.first.abroad[SCORES.index("lexical")]
    assert found.first.abroad[SCORES.index("dense")] > found.first.home[SCORES.index("dense")]


def test_the_command_writes_weights_that_can_be_read(
    train: Path, static_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fusion.json"
    arguments = ["bench", "fit-fusion", "--train", str(train), "--embedder", str(static_model)]
    assert main([*arguments, "--out", str(out), "--passages", "50"]) == 0
    told = capsys.readouterr().out
    assert "large, cmrc2018:" in told and str(out) in told
    content = json.loads(out.read_text("utf-8"))
    assert Fusion.read(content).to_json() == content
    assert main([*arguments[:3], str(tmp_path / "nowhere")]) == 1
