"""The seam model's recipe: lines are cut by the rules, and the file holds what was trained."""

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from index.newspaper.scorer import NOTHING, OPENING_PATTERNS, UNKNOWN, WINDOW, Scorer
from index.training import contiguity, seams
from index.training.contiguity import Network, Settings, area, calibration
from index.training.seams import Article, Corpus, character_classes, headlines, news, openings

TEXTS = (
    "春天到了，农民们在田里忙着播种，水渠里的水也放满了。",
    "工厂的烟囱冒着白烟，工人说：“今年的任务能提前完成。”大家听了都很高兴。",
    "學校門前停著三辆汽车，车上装的是新书ＡＢ和１２张课桌。",
)
LONE = "农民们说：今年的水渠里放满了水，工厂的工人都到田里忙着播种，大家很高兴。"


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    """Each text often enough that its characters are no rare ones."""
    return [Article(TEXTS, whole=False, dev=False), Article(TEXTS[:1], True, False)] * 20


@pytest.fixture(scope="module")
def corpus(articles: list[Article]) -> Corpus:
    return Corpus.of([articles[0], Article((LONE,), True, False)], character_classes(articles))


def test_classes_fold_and_count(articles: list[Article]) -> None:
    table = character_classes(articles)
    assert table[ord("學")] == table[ord("学")] > UNKNOWN
    assert table[ord("Ａ")] == table[ord("b")] == table[ord("Z")] > UNKNOWN
    assert table[ord("１")] == table[ord("7")] > UNKNOWN
    assert table[ord("，")] == table[ord(",")] > UNKNOWN
    assert table[ord("罕")] == UNKNOWN
    assert [table[ord(c)] for c in "\u3000 \u200b\n"] == [NOTHING] * 4
    assert len(set(table.tolist())) == int(table.max()) + 1


def test_windows_stop_at_the_paragraph(corpus: Corpus) -> None:
    second = int(corpus.starts[1])
    at = np.array([second, second + 2, int(corpus.starts[2]) - 3])
    after, before = corpus.window(at, forward=True), corpus.window(at, forward=False)
    text = corpus.characters[second : int(corpus.starts[2])]
    assert after[0].tolist() == text[:4].tolist()
    assert after[2].tolist() == [*text[-3:].tolist(), NOTHING]
    assert before[0].tolist() == [NOTHING] * 4
    assert before[1].tolist() == [text[1], text[0], NOTHING, NOTHING]


def test_lines_begin_and_end_as_printed(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seams, "AGAINST_RULE", 0.0)
    places = corpus.middles(np.random.default_rng(3), 5000)
    assert len(places) > 1000
    assert not corpus.closing[corpus.characters[places]].any()
    assert not corpus.opening[corpus.characters[places - 1]].any()
    assert (places - corpus.starts[corpus.paragraph(places)] >= seams.INDENT).all()


def test_repeated_passages_count_once(articles: list[Article]) -> None:
    table = character_classes(articles)
    other = Article((TEXTS[1][5:] + LONE,), True, False)
    corpus = Corpus.of([*articles[:1], other], table)
    text = corpus.starts[3]
    # 31 of the first 33 characters of the other article stand in the first article as well.
    repeated = len(TEXTS[1]) - 5
    half = seams.RUN // 2
    assert corpus.fresh[: text - half].all()
    assert not corpus.fresh[text + half : text + repeated - half + 1].any()
    assert corpus.fresh[text + repeated - half + 1 :].all()
    known = Corpus.of(articles[:1], table)
    assert not Corpus.of(articles[:1], table, known).fresh[half:-half].any()


def test_right_and_wrong_seams(corpus: Corpus) -> None:
    rows = seams.seams(corpus, np.random.default_rng(4), 4000, wrong=2)
    assert len(rows) == 3
    for wrong in rows[1:]:
        assert (wrong[:, :WINDOW] == rows[0][:, :WINDOW]).all()
    text = corpus.characters.tobytes()
    for row in rows[0][:200]:
        run = np.concatenate([row[WINDOW - 1 :: -1], row[WINDOW:]])
        assert run[run != NOTHING].tobytes() in text
    first = {corpus.window(corpus.starts[:1], True)[0].tobytes()} | {
        row.tobytes() for row in corpus.window(corpus.starts[:-1], True)
    }
    started = [row[WINDOW:].tobytes() in first for row in rows[1]]
    assert np.mean(started) == pytest.approx(seams.PARAGRAPH_STARTS, abs=0.03)


def test_openings_are_first_characters(corpus: Corpus) -> None:
    starts, lines = openings(corpus, np.random.default_rng(5), 400)
    assert len(starts) == len(lines) == 400
    first = {row.tobytes() for row in corpus.window(corpus.starts[:-1], True)}
    assert all(row.tobytes() in first for row in starts)
    assert not any(row.tobytes() in first for row in lines)


def test_held_out_articles_are_not_read(tmp_path: Path) -> None:
    titles = [f"第{number}条消息" for number in range(60)]
    path = tmp_path / "headlines.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf8") as file:
        for title in titles:
            body = f"<p>央视网消息（新闻联播）：{title}</p><p>甲&amp;<b>乙</b></p>"
            file.write(json.dumps({"title": title, "body": body}) + "\n")
    allowed = [t for t in titles if int(hashlib.sha256(t.encode()).hexdigest()[:8], 16) % 10 < 8]
    read = list(headlines(path))
    assert 0 < len(allowed) < len(titles)
    assert [[p for p in a.paragraphs if p] for a in read] == [[t, "甲&乙"] for t in allowed]


def test_news_are_read_without_their_date(tmp_path: Path) -> None:
    path = tmp_path / "news.txt.gz"
    with gzip.open(path, "wt", encoding="utf8") as file:
        file.write("2020-01-01 08:00:00，正文：今天晴。\n2020-01-02，正文：明天，正文：也晴。\n")
    assert [a.paragraphs for a in news(path)] == [("今天晴。",), ("明天，正文：也晴。",)]


def test_area_under_the_curve() -> None:
    right, wrong = np.array([3.0, 1.0], np.float32), np.array([2.0, 1.0, 0.0], np.float32)
    # 3 beats all three; 1 beats one and ties with one.
    assert area(right, wrong) == pytest.approx((3 + 1.5) / 6)


def _network(settings: Settings) -> Network:
    torch.manual_seed(5)
    vectors = nn.Embedding(40, settings.dimensions)
    network = Network(vectors, WINDOW, OPENING_PATTERNS, settings, settings.opening_bits)
    nn.init.normal_(network.ngrams, std=0.5)
    with torch.no_grad():
        network.ngrams[-1] = 0
    return network


def test_calibration_finds_the_slope() -> None:
    network = _network(Settings(dimensions=8, hidden=4))
    rng = np.random.default_rng(6)
    rows = rng.integers(1, 40, (40_000, WINDOW)).astype(np.uint16)
    with torch.no_grad():
        scores = network(rows).numpy()
    right = rng.random(len(rows)) < 1 / (1 + np.exp(-(2.0 * scores - 0.5)))
    slope, offset = calibration(network, [rows[right], rows[~right]])
    assert slope == pytest.approx(2.0, abs=0.1)
    assert offset == pytest.approx(-0.5, abs=0.1)


def test_the_file_scores_like_the_network(
    corpus: Corpus, articles: list[Article], tmp_path: Path
) -> None:
    """Trained for a few steps, written and read again."""
    kept: dict[int, Network] = {}

    def remember(network: Network, rows: list[np.ndarray]) -> tuple[float, float]:
        kept[network.first.in_features] = network
        return 0.5, 1.0

    settings = Settings(4096, 4096, 512, 8, 16, 12, 10, seed=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contiguity, "calibration", remember)
        table = character_classes(articles)
        contiguity.build(table, corpus, corpus, tmp_path / "model.npz", settings)
    model = contiguity.load(tmp_path / "model.npz")
    assert (model.characters == table).all()
    rng = np.random.default_rng(8)
    for scorer, columns in ((model.seam, 2 * WINDOW), (model.opening, WINDOW)):
        rows = seams.shortened(rng, np.concatenate(seams.seams(corpus, rng, 300)))[:, :columns]
        with torch.no_grad():
            wanted = kept[columns * 8](rows).numpy() * 0.5 + 1.0
        assert isinstance(scorer, Scorer)
        # Ten weights in steps of 0.08 are wrong by at most 0.4 together.
        np.testing.assert_allclose(scorer.score(rows), wanted, atol=0.42)
        assert np.abs(scorer.score(rows) - wanted).mean() < 0.1
