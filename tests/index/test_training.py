"""The embedder's training scripts on a toy corpus: folding, pairs, quantisation, whole path."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer

from index.training import charsmap, readers, tokeniser
from index.training.embedder import TERM_POWER, Embedder, bags, contrastive_loss
from index.training.evaluate import figures, ranks
from index.training.export import export, quantise
from index.training.grams import SHARED_WEIGHT, composition
from index.training.lexicon import alignment, as_table, prune
from index.training.pairs import load_sources, passage_bounds
from index.training.ragged import Ragged, encode
from index.training.sources import Batch, Passages
from index.training.train import Settings, pieces, train
from index.training.translations import SURE, save, translations

THINGS = [
    ("地震", "earthquake"), ("洪水", "flood"), ("选举", "election"), ("铁路", "railway"),
    ("医院", "hospital"), ("学校", "school"), ("桥梁", "bridge"), ("渔船", "boat"),
    ("粮食", "grain"), ("石油", "oil"), ("卫星", "satellite"), ("足球", "football"),
]  # fmt: skip
PLACES = [
    ("北京", "Beijing"), ("上海", "Shanghai"), ("广州", "Guangzhou"), ("东京", "Tokyo"),
    ("伦敦", "London"), ("巴黎", "Paris"), ("柏林", "Berlin"), ("罗马", "Rome"),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny matrices are slower on two threads than on one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf8") as stream:
        stream.write(text)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of made-up news about things in places."""
    folder = tmp_path_factory.mktemp("data")
    pairs = [(p, t) for p in PLACES for t in THINGS]
    news = [
        f"2020-01-01，正文：{p[0]}昨天有{t[0]}的消息。记者说{t[0]}与{p[0]}有关。{p[0]}市民谈论{t[0]}。"
        for p, t in pairs
    ]
    _write(folder / "train/news_zh/part_01.txt.gz", "\n".join(news))
    lines = [f"News about the {t[1]} in {p[1]}.\t{p[0]}的{t[0]}消息。" for p, t in pairs]
    _write(folder / "train/parallel/toy.eng-zho.tsv.gz", "\n".join(lines))
    entries = [f"{t[0]} {t[0]} [pin1 yin1] /{t[1]}/CL:個|个[ge4]/" for t in THINGS + PLACES]
    _write(folder / "train/parallel/cedict_toy.txt.gz", "\n".join(entries))
    asked = [
        {
            "context": f"{p[0]}は{t[0]}の都市。",
            "qas": [{"question": f"{t[0]}の都市?"}, {"question": f"{p[0]}は何の都市?"}],
        }
        for p, t in pairs[::5]
    ]
    squad = {"data": [{"paragraphs": asked}]}
    _write(folder / "train/jaquad/a.json.gz", json.dumps(squad))
    return folder


@pytest.fixture(scope="module")
def toy_tokenizer(data: Path) -> Tokenizer:
    return tokeniser.train_tokenizer(tokeniser.sample(data), size=400)


def test_normaliser_folds_width_case_and_traditional_characters() -> None:
    normalizer = charsmap.folding_normalizer()
    assert normalizer.normalize_str("漢語") == "汉语"
    assert normalizer.normalize_str("ＡＢＣ Ёлка É") == "abc ёлка é"
    assert normalizer.normalize_str("什麼著名東京駅") == "什么著名东京驿"
    assert normalizer.normalize_str("给予研究 ひらがな") == "给予研究 ひらがな"


def test_tokeniser_cuts_scripts_digits_and_survives_a_file(
    toy_tokenizer: Tokenizer, tmp_path: Path
) -> None:
    toy_tokenizer.save(str(tmp_path / "tokenizer.json"))
    again = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    for text in ("東京的鐵路，Tokyo 20230816!", "东京的铁路 tokyo 20230816"):
        assert again.encode(text).ids == toy_tokenizer.encode("东京的铁路tokyo20230816").ids
    assert toy_tokenizer.get_vocab_size() <= 400
    assert all(len(piece) <= 4 for piece in toy_tokenizer.get_vocab() if piece.startswith("东"))


def test_readers_clean_sentences_and_glosses(data: Path) -> None:
    assert readers.sentences("第一句话。“第二句话！”第三") == ["第一句话。", "“第二句话！”"]
    assert ("地震", "earthquake") in list(readers.dictionary(data))
    assert readers.languages(Path("ntrex.eng-zho-CN.tsv.gz")) == ("ntrex", "eng", "zho-CN")


def test_passages_never_cross_articles() -> None:
    articles = [["字" * 90] * 7, ["字" * 30]]
    bounds = passage_bounds(articles, seed=1)
    assert bounds[0] == 0 and 7 in bounds and bounds[-1] == 8


def test_passage_source_takes_its_sentence_out() -> None:
    sentences = Ragged(np.arange(8, dtype=np.int32), np.arange(0, 9, 2))
    source = Passages(sentences, np.array([0, 2, 4]))
    rng = np.random.default_rng(3)
    for _ in range(20):
        batch = source.draw(rng, 2)
        for row in range(2):
            query = batch.query.take(np.array([row]), 9).tokens
            document = batch.document.take(np.array([row]), 9).tokens
            assert (query[0] // 4 == document // 4).all()
            assert len(document) in (2, 4)
            assert set(query) <= set(document) or len(document) == 2


def test_clashes_mark_equal_documents_only() -> None:
    query = Ragged(np.array([1, 2, 3], dtype=np.int32), np.arange(4))
    document = Ragged(np.array([7, 8, 8, 7, 9], dtype=np.int32), np.array([0, 2, 4, 5]))
    expected = np.zeros((3, 3), dtype=bool)
    expected[0, 1] = expected[1, 0] = True
    assert (Batch(query, document, True, document.keys()).clashes() == expected).all()


def test_one_step_follows_the_gradient_of_autograd() -> None:
    whole = composition(["学", "大", "大学", "学大", "river", "rival"])
    assert whole.shape == (6, 7)  # "riv" is shared by two pieces
    embedder = Embedder(whole, dimensions=4, seed=1)
    query = Ragged(np.array([0, 2, 2, 4], dtype=np.int32), np.array([0, 3, 4]))
    document = Ragged(np.array([3, 0, 5], dtype=np.int32), np.array([0, 1, 3]))
    before = embedder.vectors.clone()
    vectors = embedder.vectors.clone().requires_grad_()
    rows = torch.from_numpy(whole.toarray()) @ vectors
    twice = 2**TERM_POWER
    asked = torch.stack([(rows[0] + twice * rows[2]) / (1 + twice), rows[4]])
    told = torch.stack([rows[3], (rows[0] + rows[5]) / 2])
    batch = Batch(query, document, False, document.keys())
    expected = contrastive_loss(asked, told, batch)
    expected.backward()
    assert embedder.train_step(batch, rate=1e-3) == pytest.approx(float(expected.detach()))
    assert vectors.grad is not None
    moved = (before - embedder.vectors) / 1e-3
    known = vectors.grad.abs() > 1e-6  # the first step of RMSProp has length `rate` everywhere
    assert torch.allclose(moved[known], vectors.grad.sign()[known], atol=1e-3)
    assert torch.equal(moved[vectors.grad == 0], torch.zeros(int((vectors.grad == 0).sum())))


def test_a_piece_is_its_own_vector_and_those_of_its_parts() -> None:
    matrix = composition(["学", "大", "大学", "river", "rival"]).toarray()
    share = SHARED_WEIGHT / 2**0.5
    assert matrix[0].tolist() == [1, 0, 0, 0, 0, 0]
    assert matrix[2] == pytest.approx([share, share, 1, 0, 0, 0])
    assert matrix[3] == pytest.approx([0, 0, 0, 1, 0, SHARED_WEIGHT])  # "riv" alone is shared
    assert matrix[4] == pytest.approx([0, 0, 0, 0, 1, SHARED_WEIGHT])


def test_translations_are_found_in_translated_sentences() -> None:
    # Pieces 0 to 4 mean 5 to 9; 10 and 11 stand everywhere, as words of grammar do.
    rng = np.random.default_rng(2)
    words = [rng.choice(5, size=2, replace=False) for _ in range(200)]
    first = Ragged(np.array([[a, b, 10] for a, b in words], np.int32).ravel(), np.arange(0, 601, 3))
    second = Ragged(
        np.array([[11, b + 5, a + 5] for a, b in words], np.int32).ravel(), np.arange(0, 601, 3)
    )
    found = prune(alignment(first, second, 12), choices=1, least=0.1)
    assert [found[i].indices.tolist() for i in range(5)] == [[5], [6], [7], [8], [9]]
    copied = np.zeros(12, dtype=bool)
    copied[10] = True
    plain = as_table(found[:, :10].tocsr()) if found[10].nnz == 0 else as_table(found)
    texts = Ragged(np.array([0, 3, 11, 4], np.int32), np.array([0, 2, 4]))
    told = plain.translate(rng, texts, rng.random(12), copied)
    assert told.tokens.tolist()[:2] == [5, 8] and told.tokens.tolist()[-1] == 9


def test_a_piece_with_two_translations_gets_each_by_its_weight() -> None:
    weights = csr_matrix(np.array([[0, 0.6, 0.2], [0, 0, 0], [0, 0, 0]]))
    table = as_table(weights)
    texts = Ragged(np.zeros(4000, np.int32), np.array([0, 4000]))
    nothing = np.zeros(3, dtype=bool)
    drawn = table.translate(np.random.default_rng(0), texts, np.full(3, 0.9), nothing).tokens
    # Six in ten follow the steady 0.9, which lies in the second's quarter.
    assert np.mean(drawn == 2) == pytest.approx(0.6 + 0.4 * 0.25, abs=0.03)
    assert set(drawn) == {1, 2}
    other = Ragged(np.array([1, 2], np.int32), np.array([0, 2]))
    keep_last = np.array([False, False, True])
    left = table.translate(np.random.default_rng(0), other, np.zeros(3), keep_last)
    assert left.tokens.tolist() == [2] and left.offsets.tolist() == [0, 1]


def test_translations_go_both_ways_and_words_of_grammar_have_none() -> None:
    names = ["医院", "床", "hospital", "clinic", "the", "cama", "42"]
    number = {name: i for i, name in enumerate(names)}

    def table(**cells: float) -> csr_matrix:
        found = csr_matrix((len(names), len(names)), dtype=np.float32).tolil()
        for pair, weight in cells.items():
            first, second = pair.split("_")
            found[number[first], number[second]] = weight
        return found.tocsr()

    chinese = table(医院_hospital=0.6, 医院_clinic=0.2, 医院_the=0.5, 床_42=0.9)
    whole = translations({("zh", "en"): chinese, ("zh", "es"): table(床_cama=0.15)}, names)

    def of(name: str) -> dict[str, float]:
        row = whole[number[name]]
        return dict(zip([names[i] for i in row.indices], row.data.tolist(), strict=True))

    assert of("医院") == pytest.approx({"hospital": 0.75, "clinic": 0.25})
    assert of("hospital") == pytest.approx({"医院": 1.0})
    assert of("clinic") == pytest.approx({"医院": 0.2 / SURE})  # together less than what is sure
    assert of("床") == pytest.approx({"cama": 0.15 / SURE})
    assert of("the") == of("42") == {}


def test_translations_are_kept_as_bytes(tmp_path: Path) -> None:
    save(csr_matrix(np.array([[0, 0.5, 0.001], [0, 0, 0], [1, 0, 0]])), tmp_path / "t.safetensors")
    kept = load_file(tmp_path / "t.safetensors")
    assert kept["starts"].tolist() == [0, 2, 2, 3]
    assert kept["pieces"].tolist() == [1, 2, 0]
    assert kept["weights"].tolist() == [128, 1, 255]  # what is there stays there


def test_quantisation_keeps_the_direction() -> None:
    table = np.random.default_rng(0).normal(size=(500, 64)).astype(np.float32)
    table[3] = 0.0
    table[4, 0] = 9.0  # an outlier
    rows, scales = quantise(table)
    back = rows * scales[:, None]
    norms = np.linalg.norm(back, axis=1) * np.linalg.norm(table, axis=1)
    cosine = (back * table).sum(axis=1)[norms > 0] / norms[norms > 0]
    assert rows.dtype == np.int8 and len(cosine) == 499
    assert cosine.min() >= 0.99


def _recall(embedder: Embedder, tokenizer: Tokenizer) -> float:
    """Share of English headlines whose Chinese counterpart comes first."""
    pairs = [(p, t) for p in PLACES for t in THINGS]
    queries = encode(tokenizer, [f"{t[1]} in {p[1]}" for p, t in pairs])
    documents = encode(tokenizer, [f"{p[0]}市民谈论{t[0]}。" for p, t in pairs])
    table = embedder.table()
    sides = [torch.from_numpy(bags(t, len(table)) @ table.numpy()) for t in (queries, documents)]
    unit = [torch.nn.functional.normalize(side).numpy() for side in sides]
    return figures(ranks(unit[0], unit[1], np.arange(len(pairs))))["recall@1"]


def test_training_end_to_end(data: Path, toy_tokenizer: Tokenizer, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    settings = Settings(steps=150, batch=64, dimensions=32, rate=0.02, seed=1)
    sources = load_sources(data, toy_tokenizer, tmp_path / "encoded", seed=1)
    plain = {"news", "dictionary", "jaquad", "translations"}
    assert {s.name for s in sources} == plain | {"news in others"}
    embedder = Embedder(composition(pieces(toy_tokenizer)), settings.dimensions, settings.seed)
    before = _recall(embedder, toy_tokenizer)
    train(embedder, sources, settings, tmp_path / "checkpoint.safetensors")
    assert _recall(embedder, toy_tokenizer) > max(0.8, before + 0.5)

    embedder.save(tmp_path / "checkpoint.safetensors")
    again = Embedder(embedder.composition, 32, seed=0)
    again.restore(tmp_path / "checkpoint.safetensors")
    assert again.step_number == 150 and torch.equal(again.table(), embedder.table())

    export(embedder.table().numpy(), toy_tokenizer, TERM_POWER, tmp_path / "model")
    model = SentenceTransformer(str(tmp_path / "model"), device="cpu")
    vectors = model.encode(["北京的鐵路與醫院", "北京的铁路与医院", "school in Rome"])
    assert model.similarity_fn_name == "cosine"
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(vectors[0], vectors[1])
