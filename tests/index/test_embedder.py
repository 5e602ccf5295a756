import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.embedder import (
    BUNDLED,
    SentenceTransformerEmbedder,
    fingerprint,
    load_embedder,
    normalised,
)
from index.errors import EmbedderError
from tests.tiny_encoder import DIMENSION, LONGEST, pooled, save_encoder, save_plain, token_vectors


@pytest.fixture
def copy(static_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(static_model, tmp_path / "model"))


def test_vectors_have_length_one_and_prompts_are_used(static_model: Path) -> None:
    embedder = SentenceTransformerEmbedder(static_model)
    assert embedder.dimension == 64
    texts = ["方舱医院", "床位"]
    passages = embedder.embed(texts, kind="passage")
    assert passages.dtype == np.float32
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-5)
    queries = embedder.embed(texts, kind="query")
    prefixed = embedder.embed(["问" + text for text in texts], kind="passage")
    assert np.allclose(queries, prefixed, atol=1e-5)
    assert not np.allclose(queries, passages, atol=1e-2)
    assert embedder.embed([], kind="query").shape == (0, 64)


def test_an_empty_text_has_no_direction(static_model: Path) -> None:
    (vector,) = SentenceTransformerEmbedder(static_model).embed([""], kind="passage")
    assert np.isfinite(vector).all()


def test_the_fingerprint_sees_every_model_file_but_no_documentation(copy: Path) -> None:
    before = fingerprint(copy)
    (copy / "README.md").write_text("other words")
    assert fingerprint(copy) == before
    weights = next(copy.rglob("*.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert fingerprint(copy) != before


def test_a_folder_that_brings_its_own_code_is_refused(copy: Path) -> None:
    path = copy / "modules.json"
    modules = json.loads(path.read_text())
    modules[0]["type"] = "evil.Module"
    path.write_text(json.dumps(modules))
    (copy / "evil.py").write_text("raise SystemExit('ran')")
    with pytest.raises(EmbedderError, match=r"asks to run the module evil\.Module"):
        SentenceTransformerEmbedder(copy)


def test_missing_and_broken_models_say_what_to_do(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="there is no model folder"):
        SentenceTransformerEmbedder(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EmbedderError, match=r"modules\.json is missing"):
        SentenceTransformerEmbedder(tmp_path / "empty")
    next(copy.rglob("*.safetensors")).write_bytes(b"broken")
    with pytest.raises(EmbedderError, match="cannot be loaded"):
        SentenceTransformerEmbedder(copy)
    with pytest.raises(EmbedderError, match="neither a folder nor in the hub cache"):
        SentenceTransformerEmbedder("nobody/no-such-model")


def test_the_environment_names_the_embedder(
    static_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_EMBEDDER", str(static_model))
    assert load_embedder().fingerprint == fingerprint(static_model)


def test_the_bundled_embedder_is_small_and_multilingual() -> None:
    assert sum(p.stat().st_size for p in BUNDLED.rglob("*") if p.is_file()) <= 40_000_000
    embedder = load_embedder()
    texts = ["新桥有多长", "新橋有多長", "How long is the new bridge?", "小麦今年丰收"]
    vectors = embedder.embed(texts, kind="passage")
    simplified, traditional, english, wheat = vectors
    assert simplified @ traditional > 0.999
    assert simplified @ english > simplified @ wheat + 0.1


TEXTS = ["桥", "a bridge is long", "甲地有桥。", "湖", "x" * 20, "乙地有湖 and a hill"]
E5 = {"query": "query: ", "passage": "passage: "}


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_vectors_are_those_of_the_transformer_pooled(tmp_path: Path, pooling: str) -> None:
    folder = save_encoder(tmp_path / "model", pooling=pooling)
    embedder = SentenceTransformerEmbedder(folder)
    assert embedder.dimension == DIMENSION
    found = embedder.embed(TEXTS, kind="passage")
    assert np.allclose(found, pooled(folder, TEXTS, pooling=pooling), atol=1e-6)
    assert np.array_equal(found, embedder.embed(TEXTS, kind="query"))  # it has no prompts


def test_a_query_and_a_passage_have_the_prompts_of_the_config(tmp_path: Path) -> None:
    folder = save_encoder(tmp_path / "model", prompts=E5)
    embedder = SentenceTransformerEmbedder(folder)
    for kind, prompt in E5.items():
        expected = pooled(folder, [prompt + text for text in TEXTS], pooling="mean")
        assert np.allclose(embedder.embed(TEXTS, kind=kind), expected, atol=1e-6)


def test_a_model_named_after_a_family_has_its_prompts(tmp_path: Path) -> None:
    folder = save_encoder(tmp_path / "multilingual-e5-small")
    found = SentenceTransformerEmbedder(folder)
    for kind, prompt in E5.items():
        expected = pooled(folder, [prompt + text for text in TEXTS], pooling="mean")
        assert np.allclose(found.embed(TEXTS, kind=kind), expected, atol=1e-6)
    renamed = SentenceTransformerEmbedder(folder.rename(tmp_path / "other"))
    assert found.fingerprint != renamed.fingerprint  # for the prompts change the vectors
    assert renamed.fingerprint == fingerprint(tmp_path / "other")


def test_batches_by_length_keep_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.embedding.batches.BUDGET", 40)
    embedder = SentenceTransformerEmbedder(save_encoder(tmp_path / "model"))
    sizes: list[int] = []
    encode = embedder._encode

    def counted(texts, kind):
        sizes.append(len(texts))
        return encode(texts, kind)

    monkeypatch.setattr(embedder, "_encode", counted)
    together = embedder.embed(TEXTS, kind="passage")
    # 22 tokens alone, 18 and 17, then 7, 3 and 3
    assert sizes == [1, 2, 3]
    alone = np.concatenate([embedder.embed([text], kind="passage") for text in TEXTS])
    assert np.allclose(together, alone, atol=1e-6)


def test_what_is_too_long_is_cut_off_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = SentenceTransformerEmbedder(save_encoder(tmp_path / "model"))
    long = "x" * 40
    embedder.embed([long], kind="query")
    embedder.embed(["short"], kind="passage")
    assert not caplog.messages
    (vector,) = embedder.embed([long], kind="passage")
    (cut,) = embedder.embed([long[: LONGEST - 2]], kind="passage")  # all but [CLS] and [SEP]
    assert np.allclose(vector, cut, atol=1e-6)
    embedder.embed([long, long], kind="passage")
    assert len(caplog.messages) == 1
    assert f"reads {LONGEST} tokens of a paragraph" in caplog.messages[0]


def test_a_dense_layer_follows_the_pooling(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    folder = save_encoder(tmp_path / "model", dense=True)
    embedder = SentenceTransformerEmbedder(folder)
    weights = load_file(folder / "2_Dense" / "model.safetensors")
    mean = np.stack([token_vectors(folder, text).mean(axis=0) for text in TEXTS])
    expected = normalised(np.tanh(mean @ weights["linear.weight"].T + weights["linear.bias"]))
    assert embedder.dimension == 8
    assert np.allclose(embedder.embed(TEXTS, kind="passage"), expected, atol=1e-6)


def test_a_plain_transformers_model_is_pooled_by_the_mean_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = save_plain(tmp_path / "plain")
    embedder = SentenceTransformerEmbedder(folder)
    assert [line for line in caplog.messages if "taken: mean pooling" in line]
    expected = pooled(folder, TEXTS, pooling="mean")
    assert np.allclose(embedder.embed(TEXTS, kind="passage"), expected, atol=1e-6)
