import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.embedder import BUNDLED, SentenceTransformerEmbedder, fingerprint, load_embedder
from index.errors import EmbedderError


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
    embedder = SentenceTransformerEmbedder()
    texts = ["新桥有多长", "新橋有多長", "How long is the new bridge?", "小麦今年丰收"]
    vectors = embedder.embed(texts, kind="passage")
    simplified, traditional, english, wheat = vectors
    assert simplified @ traditional > 0.999
    assert simplified @ english > simplified @ wheat + 0.1
