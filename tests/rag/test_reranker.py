import json
from pathlib import Path

import numpy as np
import pytest

from index.build import build
from rag.errors import ModelError
from rag.reranker import CrossEncoderReranker, load_reranker
from rag.retriever import Retriever
from tests.conftest import HashEmbedder

_MODULES = "sentence_transformers.base.modules"


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny CrossEncoder with random weights, one token a character."""
    return save_cross_encoder(tmp_path_factory.mktemp("models") / "cross", labels=1)


def save_cross_encoder(folder: Path, *, labels: int) -> Path:
    import torch
    from sentence_transformers import CrossEncoder
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"新桥湖水长深米五百三十。"]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        num_labels=labels,
        initializer_range=1.0,
    )
    made = folder.with_name(folder.name + "-made")
    BertForSequenceClassification(config).save_pretrained(made)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    ).save_pretrained(made)
    CrossEncoder(str(made)).save_pretrained(str(folder))
    return folder


def test_logits_are_those_of_the_model(cross_encoder: Path) -> None:
    from sentence_transformers import CrossEncoder
    from torch.nn import Identity

    texts = ["新桥长五百米。", "湖水深三十米。"]
    oracle = CrossEncoder(str(cross_encoder)).predict(
        [("桥长", text) for text in texts], activation_fn=Identity()
    )
    reranker = CrossEncoderReranker(str(cross_encoder))
    assert reranker.scores("桥长", texts) == pytest.approx(oracle, rel=1e-4)
    assert reranker.scores("桥长", []).shape == (0,)


def test_the_reranker_decides_the_order(
    cross_encoder: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    rows = [{"text": text} for text in ("新桥长五百米。", "湖水深三十米。", "新桥新。")]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    build([tmp_path / "a.jsonl"], tmp_path / "store", embedder)
    reranker = CrossEncoderReranker(str(cross_encoder))
    retriever = Retriever(tmp_path / "store", embedder=embedder, reranker=reranker)
    hits = retriever.search("新桥有多长")
    texts = [hit.paragraph.text for hit in hits]
    logits = reranker.scores("新桥有多长", texts)
    assert list(logits) == sorted(logits, reverse=True)
    powers = np.exp(logits - logits.max())
    assert [hit.score for hit in hits] == pytest.approx(list(powers / powers.sum()))


def test_off_unless_named(cross_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAG_RERANKER", raising=False)
    assert load_reranker() is None
    monkeypatch.setenv("RAG_RERANKER", str(cross_encoder))
    assert load_reranker() is not None


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "config.json").unlink(), "cannot be loaded"),
        (lambda f: (f / "config.json").write_text("[" * 9999), "config.json cannot be read"),
        (lambda f: change(f, auto_map={"AutoModel": "code.Model"}), "code of the model's own"),
        (lambda f: change(f, parts=[{"auto_map": {"AutoModel": "code.Model"}}]), "auto_map"),
        (lambda f: change(f, attn_implementation="someone/kernel"), "someone/kernel"),
        (lambda f: modules(f, "evil.Module"), "evil.Module"),
        (lambda f: modules(f, f"{_MODULES}.Router"), "Router, which no reranker needs"),
        (lambda f: modules(f, f"{_MODULES}.Transformer", path="../other"), "outside of itself"),
        (lambda f: (f / "settings").symlink_to(f.parent), "leads out"),
        (lambda f: (f / "modules.json").write_text("{"), "saved by CrossEncoder.save"),
        (
            lambda f: (f / "model.safetensors").rename(f / "pytorch_model.bin"),
            "a pickle.*CrossEncoder.*--reranker FOLDER",
        ),
        (lambda f: (f / "model.safetensors").write_bytes(b"\x80\x04K\x01."), "cannot be loaded"),
    ],
)
def test_folders_that_are_refused(
    cross_encoder: Path, tmp_path: Path, spoil: object, message: str
) -> None:
    import shutil

    folder = tmp_path / "spoilt"
    shutil.copytree(cross_encoder, folder)
    spoil(folder)  # type: ignore[operator]
    with pytest.raises(ModelError, match=message):
        CrossEncoderReranker(str(folder))


def modules(folder: Path, *types: str, path: str = "") -> None:
    rows = [{"idx": i, "name": str(i), "path": path, "type": t} for i, t in enumerate(types)]
    (folder / "modules.json").write_text(json.dumps(rows), "utf-8")


def test_an_embedder_is_no_reranker(static_model: Path) -> None:
    with pytest.raises(ModelError, match="is a SentenceTransformer, no reranker"):
        CrossEncoderReranker(str(static_model))


def change(folder: Path, **fields: object) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | fields), "utf-8")


def test_missing_models_and_several_outputs(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="--reranker"):
        CrossEncoderReranker("./nowhere")
    with pytest.raises(ModelError, match="neither a folder nor in the hub cache"):
        CrossEncoderReranker("nobody/nothing")
    save_cross_encoder(tmp_path / "three", labels=3)
    with pytest.raises(ModelError, match="3 outputs"):
        CrossEncoderReranker(str(tmp_path / "three"))


def test_a_version_in_a_name_is_no_kind_of_file(
    cross_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(cross_encoder))
    assert load_reranker("someone/reranker-v1.5") is not None
