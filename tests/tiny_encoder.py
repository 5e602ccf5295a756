"""A tiny BERT encoder with random weights, saved the way sentence-transformers saves models."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
from torch import nn
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, PreTrainedTokenizerFast

DIMENSION = 16
LONGEST = 24  # tokens that the model reads, with [CLS] and [SEP]


def save_plain(folder: Path) -> Path:
    """A plain transformers model: one token a character, weights drawn with a fixed seed."""
    characters = [chr(c) for c in range(32, 127)] + list(
        "甲乙丙地有桥湖山长米的在是段第一二三问：。"
    )
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = {token: i for i, token in enumerate([*special, *characters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=LONGEST,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    )
    fast.save_pretrained(folder)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=DIMENSION,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=LONGEST,
        initializer_range=0.5,  # wide, so that texts differ
    )
    BertModel(config).save_pretrained(folder)
    return folder


def save_encoder(
    folder: Path,
    *,
    pooling: str = "mean",
    prompts: Mapping[str, str] | None = None,
    default_prompt: str | None = None,
    dense: bool = False,
) -> Path:
    """The same model as a folder of sentence-transformers."""
    plain = save_plain(folder.with_name(folder.name + "-plain"))
    modules: list[nn.Module] = [Transformer(str(plain)), Pooling(DIMENSION, pooling)]
    if dense:
        torch.manual_seed(6)
        modules.append(Dense(DIMENSION, 8, activation_function=nn.Tanh()))
    model = SentenceTransformer(modules=modules, device="cpu")
    model.prompts = dict(prompts or {})
    model.default_prompt_name = default_prompt
    model.save(str(folder), create_model_card=False)
    return folder


def token_vectors(folder: Path, text: str) -> np.ndarray:
    """The last hidden states of one text by transformers alone, shape (tokens, dimension)."""
    tokens = AutoTokenizer.from_pretrained(folder)(
        text, truncation=True, max_length=LONGEST, return_tensors="pt"
    )
    with torch.no_grad():
        return np.asarray(AutoModel.from_pretrained(folder).eval()(**tokens).last_hidden_state[0])


def pooled(folder: Path, texts: Sequence[str], *, pooling: str) -> np.ndarray:
    """What the vectors of texts must be, worked out with numpy, each of length 1."""
    rows = [token_vectors(folder, text) for text in texts]
    vectors = np.stack([r.mean(axis=0) if pooling == "mean" else r[0] for r in rows])
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
