from pathlib import Path

import pytest

from index.embedder import BUNDLED
from index.embedding.folder import fingerprint, open_folder
from index.embedding.prompts import Prompts
from index.errors import EmbedderError
from tests.tiny_encoder import save_encoder, save_plain


def test_a_static_model_is_told_from_a_transformer(tmp_path: Path, static_model: Path) -> None:
    for folder in (BUNDLED, static_model):
        found = open_folder(str(folder))
        assert (found.is_static, found.is_plain) == (True, False)
    encoder = open_folder(str(save_encoder(tmp_path / "model")))
    assert (encoder.is_static, encoder.is_plain) == (False, False)
    assert open_folder(str(save_plain(tmp_path / "plain"))).is_plain


def test_prompts_that_no_file_tells_are_part_of_the_fingerprint(static_model: Path) -> None:
    plain = fingerprint(static_model)
    assert fingerprint(static_model, Prompts("in the config", "too")) == plain
    named = fingerprint(static_model, Prompts("query: ", "passage: ", told=False))
    assert named not in (plain, fingerprint(static_model, Prompts("q", "", told=False)))


def test_a_model_in_the_hubs_cache_is_known_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = tmp_path / "models--intfloat--multilingual-e5-small" / "snapshots" / "0123"
    snapshot.parent.mkdir(parents=True)
    save_encoder(tmp_path / "model").rename(snapshot)
    asked: list[str] = []

    def cached(name: str, **_: object) -> str:
        asked.append(name)
        return str(snapshot)

    monkeypatch.setattr("huggingface_hub.snapshot_download", cached)
    by_name, by_path = open_folder("intfloat/multilingual-e5-small"), open_folder(str(snapshot))
    assert asked == ["intfloat/multilingual-e5-small"]
    assert by_name == by_path
    assert by_name.prompts.query == "query: "


def test_an_interrupted_download_is_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, whole = tmp_path / "part", save_encoder(tmp_path / "whole")
    part.mkdir()

    def download(name: str, *, local_files_only: bool = False, **_: object) -> str:
        return str(part if local_files_only else whole)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    assert open_folder("someone/bge-small-zh-v1.5").path == whole  # .5 is no kind of file


@pytest.mark.parametrize("name", ["./none", "/none", "a/b/c", "~/none-such", "model.safetensors"])
def test_a_path_is_never_looked_up_on_the_hub(name: str) -> None:
    with pytest.raises(EmbedderError, match="there is no model folder"):
        open_folder(name)
