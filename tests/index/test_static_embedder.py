import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from index.embedder import (
    BUNDLED,
    POOLING,
    SentenceTransformerEmbedder,
    fingerprint,
    load_embedder,
    normalised,
)
from index.errors import EmbedderError
from index.static_embedder import BATCH, StaticEmbedder, _distinct, open_static
from index.unigram import SOME, Tokens

TEXTS = [
    "长江大桥于1957年10月通车。" * 20,
    "",
    "，。 \n",
    "長江大橋何時通車？",
    "How long is the new bridge?",
    "e\u0301te\u0301 中\u0301文",
    "龘龘龘",
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The bundled model with the pooling that sentence-transformers has, the plain mean."""
    folder = Path(shutil.copytree(BUNDLED, tmp_path / "model"))
    (folder / POOLING).unlink()
    return folder


def opened(folder: Path) -> StaticEmbedder:
    embedder = open_static(folder)
    assert embedder is not None
    return embedder


def assert_same_as_the_library(folder: Path) -> None:
    texts = TEXTS + [f"第{i}座桥长{i * i}米。" * 20 for i in range(BATCH + 1)]
    assert sum(map(len, texts)) > SOME
    expected = SentenceTransformerEmbedder(folder).embed(texts, kind="passage")
    embedder = opened(folder)
    assert embedder.dimension == expected.shape[1]
    for some in (texts, texts[1:7], []):
        vectors = embedder.embed(some, kind="passage")
        assert vectors.dtype == np.float32
        start = 0 if some is texts else 1
        np.testing.assert_allclose(vectors, expected[start : start + len(some)], atol=2e-6)


def test_the_bundled_table_gives_the_vectors_of_sentence_transformers(copy: Path) -> None:
    assert_same_as_the_library(copy)
    assert opened(BUNDLED).fingerprint == fingerprint(BUNDLED) != fingerprint(copy)


def test_a_repeated_piece_counts_less_than_each_time_anew(copy: Path) -> None:
    plain = opened(copy)
    bridge, lake = plain.embed(["桥", "湖"], kind="passage")
    lengths = [np.linalg.norm(_row(copy, piece)) for piece in "桥湖"]
    (copy / POOLING).write_text('{"term_power": 0.5}')
    found = opened(copy).embed(["桥，桥。湖，桥，桥", "桥，湖"], kind="passage")
    expected = normalised(
        np.stack(
            [
                2 * lengths[0] * bridge + lengths[1] * lake,
                lengths[0] * bridge + lengths[1] * lake,
            ]
        )
    )
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("content", ["", "{}", '{"term_power": 2}', '{"term_power": "much"}'])
def test_a_damaged_pooling_is_reported(copy: Path, content: str) -> None:
    (copy / POOLING).write_text(content)
    with pytest.raises(EmbedderError, match="restore its files"):
        load_embedder(str(copy))


def _row(folder: Path, piece: str) -> NDArray[np.float32]:
    vocabulary = [known for known, _ in json.loads(_tokenizer(folder))["model"]["vocab"]]
    table = load_file(folder / "model.safetensors")
    number = vocabulary.index(piece)
    return np.asarray(table["embeddings"][number] * table["weights"][number], np.float32)


def test_tables_of_fractions_and_shared_rows_give_the_vectors_of_the_library(copy: Path) -> None:
    path = copy / "model.safetensors"
    table = load_file(path)
    rows = table["embeddings"] * table["weights"][:, None]
    save_file({"embedding.weight": rows}, path)
    assert_same_as_the_library(copy)
    mapping = (np.arange(len(rows)) % 1000).astype(np.int64)
    shared = rows[:1000].astype(np.float16)
    save_file({"embeddings": shared, "mapping": mapping, "weights": table["weights"]}, path)
    assert_same_as_the_library(copy)


def test_a_vector_is_the_normalised_sum_of_the_rows(copy: Path) -> None:
    vocabulary = [piece for piece, _ in json.loads(_tokenizer(copy))["model"]["vocab"]]
    rows = np.zeros((len(vocabulary), 2), np.int8)
    rows[vocabulary.index("桥")] = (3, 0)
    rows[vocabulary.index("の")] = (0, 2)
    weights = np.ones(len(rows), np.float32)
    weights[vocabulary.index("の")] = 2
    save_file({"embeddings": rows, "weights": weights}, copy / "model.safetensors")
    (vector,) = opened(copy).embed(["桥の"], kind="query")
    assert vector.tolist() == pytest.approx([0.6, 0.8])


def _tokenizer(folder: Path) -> str:
    return (folder / "tokenizer.json").read_text("utf-8")


def test_a_text_of_many_tokens_is_summed_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = opened(BUNDLED)
    before = embedder.embed(TEXTS, kind="passage")
    monkeypatch.setattr("index.static_embedder.BLOCK", 3)
    np.testing.assert_allclose(embedder.embed(TEXTS, kind="passage"), before, atol=1e-6)


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = opened(BUNDLED)
    before = embedder.embed(TEXTS, kind="passage")
    monkeypatch.setattr("index.static_embedder.BATCH_CHARACTERS", 10)
    np.testing.assert_allclose(embedder.embed(TEXTS, kind="passage"), before, atol=1e-6)


def test_other_models_take_the_ordinary_path(static_model: Path) -> None:
    assert open_static(static_model) is None
    assert isinstance(load_embedder(str(static_model)), SentenceTransformerEmbedder)


@pytest.mark.parametrize("case", ["prompts", "pooling", "bytes", "short"])
def test_what_the_table_alone_cannot_do_takes_the_ordinary_path(copy: Path, case: str) -> None:
    if case == "prompts":
        path = copy / "config_sentence_transformers.json"
        path.write_text(json.dumps({"prompts": {"query": "query: ", "document": ""}}))
    elif case == "pooling":
        path = copy / "modules.json"
        modules = json.loads(path.read_text())
        modules[1]["type"] = "sentence_transformers.sentence_transformer.modules.Dense"
        path.write_text(json.dumps(modules))
    else:
        path = copy / "model.safetensors"
        table = load_file(path)
        if case == "bytes":
            del table["weights"]
        save_file({name: t[: len(t) - (case == "short")] for name, t in table.items()}, path)
    assert open_static(copy) is None


def test_damaged_files_are_reported_with_the_remedy(copy: Path) -> None:
    (copy / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(EmbedderError, match="cannot be loaded"):
        load_embedder(str(copy))


def test_the_bundled_model_needs_no_torch() -> None:
    program = (
        "import sys; from index.embedder import load_embedder\n"
        "load_embedder().embed(['新桥有多长'] * 300, kind='passage')\n"
        "print({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("set()\n", "")


def test_ids_are_counted_text_by_text() -> None:
    ids = np.array([7, 3, 7, 3, 0, 7], np.int32)  # of four texts, the second and last empty
    distinct, counts, bounds = _distinct(Tokens(ids, np.array([0, 3, 3, 6, 6])))
    assert (distinct.tolist(), counts.tolist()) == ([3, 7, 0, 3, 7], [1, 2, 1, 1, 1])
    assert bounds == [0, 2, 2, 5, 5]
