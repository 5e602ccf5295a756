"""Hostile folders: what they ask for must not run, so the traps must leave no file behind."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.embedder import SentenceTransformerEmbedder
from index.embedding.folder import open_folder
from index.errors import EmbedderError
from tests.tiny_encoder import save_encoder

MARK = "it-ran"  # the file that a trap would write


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_encoder(tmp_path_factory.mktemp("trust") / "model", dense=True)


@pytest.fixture
def model(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(saved, tmp_path / "model"))
    monkeypatch.chdir(tmp_path)  # where a module of the folder's parent could be imported
    monkeypatch.syspath_prepend(str(folder))
    code = f"open({str(tmp_path / MARK)!r}, 'w')\n"
    for name in ("trap.py", "modeling_trap.py"):
        (folder / name).write_text(code + "class Trap: pass\n")
    return folder


def change(path: Path, edit: Callable[[Any], object]) -> None:
    value = json.loads(path.read_text("utf-8")) if path.exists() else {}
    edit(value)
    path.write_text(json.dumps(value), "utf-8")


def refused(model: Path, message: str) -> None:
    with pytest.raises(EmbedderError, match=message):
        SentenceTransformerEmbedder(model)
    assert not (model.parent / MARK).exists()


def test_the_plain_folder_loads_and_its_python_files_are_never_read(model: Path) -> None:
    assert SentenceTransformerEmbedder(model).dimension == 8
    assert open_folder(str(model)).modules == ("Transformer", "Pooling", "Dense")
    assert not (model.parent / MARK).exists()


@pytest.mark.parametrize(
    "reference",
    [
        "trap.Trap",
        "modeling_trap.Trap",
        "torch.nn.Identity",
        "sentence_transformers.util.import_from_string",
        "sentence_transformers.models.Transformer.load",
        "sentence_transformers.base.modules.trap.Trap",
        "xsentence_transformers.models.Transformer",
    ],
)
def test_modules_of_their_own_are_refused(model: Path, reference: str) -> None:
    change(model / "modules.json", lambda rows: rows[1].update(type=reference))
    refused(model, r"asks to run the module .*choose one made of the modules")


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "processor_config.json"])
def test_an_auto_map_is_refused(model: Path, name: str) -> None:
    mapped = {"AutoModel": "modeling_trap.Trap", "AutoConfig": "modeling_trap.Trap"}
    change(model / name, lambda config: config.update(auto_map=mapped))
    refused(model, "auto_map.*which is never done; choose a model that transformers knows")


def test_an_auto_map_is_found_in_nested_settings(model: Path) -> None:
    nested = {"parts": [{"auto_map": {"AutoModel": "modeling_trap.Trap"}}]}
    change(model / "config.json", lambda config: config.update(text_config=nested))
    refused(model, "auto_map")


class Trap:
    """A pickle that writes a file when it is read."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self.target), "w")


@pytest.mark.parametrize("where", ["", "2_Dense"])
def test_pickled_weights_are_refused(model: Path, where: str) -> None:
    (model / where / "model.safetensors").unlink()
    with (model / where / "pytorch_model.bin").open("wb") as file:
        pickle.dump(Trap(model.parent / MARK), file)
    refused(model, r"only pytorch_model\.bin, a pickle.*model\.safetensors is needed.*convert it")


def test_no_weights_at_all(model: Path) -> None:
    (model / "model.safetensors").unlink()
    refused(model, r"brings no weights; model\.safetensors is needed")


@pytest.mark.parametrize("name", ["../evil.safetensors", "part.bin", "sub/part.safetensors"])
def test_shards_of_weights_lie_beside_their_list(model: Path, name: str) -> None:
    shards = {"weight_map": {"embeddings": name}}
    (model / "model.safetensors.index.json").write_text(json.dumps(shards))
    refused(model, "names the file")


def test_missing_shards_are_told(model: Path) -> None:
    (model / "model.safetensors").unlink()
    shards = {"weight_map": {"embeddings": "model-00001-of-00001.safetensors"}}
    (model / "model.safetensors.index.json").write_text(json.dumps(shards))
    refused(model, "brings no weights")


def test_an_activation_of_its_own_is_refused(model: Path) -> None:
    for name in ("trap.Trap", "torch.load", "torch.nn.modules.module.Module"):
        change(model / "2_Dense" / "config.json", lambda c, n=name: c.update(activation_function=n))
        refused(model, f"asks to run {name}; an activation of torch.nn is needed")


def test_a_router_is_looked_through(model: Path) -> None:
    change(
        model / "modules.json",
        lambda rows: rows[2].update(
            type="sentence_transformers.base.modules.router.Router", path="2_Router"
        ),
    )
    (model / "2_Router").mkdir()
    refused(model, "does not say which modules it has")
    types = {"0_Trap": "trap.Trap"}
    (model / "2_Router" / "router_config.json").write_text(json.dumps({"types": types}))
    refused(model, "asks to run the module trap.Trap")
    types = {"../../elsewhere": "sentence_transformers.models.Pooling"}
    (model / "2_Router" / "router_config.json").write_text(json.dumps({"types": types}))
    refused(model, "a module outside of itself")
    types = {"0_Dense": "sentence_transformers.models.Dense"}
    (model / "2_Router" / "router_config.json").write_text(json.dumps({"types": types}))
    refused(model, "brings no weights")


@pytest.mark.parametrize("path", ["../other", "/etc", "C:\\x", "a/../../b"])
def test_a_module_outside_of_the_folder_is_refused(model: Path, path: str) -> None:
    change(model / "modules.json", lambda rows: rows[1].update(path=path))
    refused(model, "a module outside of itself")


def test_links_out_of_the_folder_are_refused(model: Path) -> None:
    outside = model.parent / "outside"
    shutil.move(model / "1_Pooling", outside)
    (model / "1_Pooling").symlink_to(outside)
    refused(model, "1_Pooling is a link that leads out of the model's folder")
    (model / "1_Pooling").unlink()
    shutil.move(outside, model / "1_Pooling")
    (model / "more.json").symlink_to(model / "config.json")
    assert SentenceTransformerEmbedder(model).dimension == 8  # links inside do no harm


def test_the_links_of_the_hubs_cache_are_its_way_of_keeping_files(
    model: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "models--someone--tiny"
    blobs, snapshot = cache / "blobs", cache / "snapshots" / "0123"
    blobs.mkdir(parents=True)
    for number, path in enumerate(sorted(p for p in model.rglob("*") if p.is_file())):
        (blobs / str(number)).write_bytes(path.read_bytes())
        link = snapshot / path.relative_to(model)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blobs / str(number))
    assert SentenceTransformerEmbedder(snapshot).dimension == 8
    (snapshot / "more.json").symlink_to(model / "config.json")
    refused(snapshot, "leads out of the model's folder")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"model_kwargs": {"trust_remote_code": True, "allow_all_kernels": True}}, "allow_all"),
        ({"model_args": {"attn_implementation": "someone/kernel"}}, "attn_implementation"),
        ({"tokenizer_name_or_path": "/elsewhere"}, "tokenizer_name_or_path"),
        (
            {"modality_config": {"text": {"method": "push_to_hub", "method_output_name": None}}},
            "push_to_hub",
        ),
    ],
)
def test_settings_that_do_more_than_read_are_refused(
    model: Path, settings: dict[str, Any], named: str
) -> None:
    change(model / "sentence_bert_config.json", lambda config: config.update(settings))
    refused(model, f"settings that are not taken from a model: .*{named}")


def test_kernels_and_adapters_are_refused(model: Path) -> None:
    change(model / "config.json", lambda c: c.update(_attn_implementation="someone/kernel"))
    refused(model, "asks to run the kernel someone/kernel")
    change(model / "config.json", lambda c: c.pop("_attn_implementation"))
    (model / "adapter_config.json").write_text("{}")
    refused(model, "holds an adapter")


def test_other_kinds_of_models_are_told(model: Path) -> None:
    path = model / "config_sentence_transformers.json"
    change(path, lambda config: config.update(model_type="CrossEncoder"))
    refused(model, "is a CrossEncoder, no embedder")


def test_broken_files_name_themselves(model: Path) -> None:
    (model / "modules.json").write_text("[]")
    refused(model, r"modules\.json lists no module")
    (model / "modules.json").write_text("[{}]")
    refused(model, r"modules\.json is broken")
    (model / "modules.json").unlink()
    (model / "config.json").write_text("[" * 100_000)
    refused(model, r"config\.json cannot be read")
    (model / "config.json").write_text("[]")
    refused(model, r"config\.json holds no JSON object")


@pytest.mark.parametrize(
    "settings", [{"model_args": ["x"]}, {"modality_config": []}, {"modality_config": {"text": 1}}]
)
def test_settings_of_another_shape_name_their_file(model: Path, settings: dict[str, Any]) -> None:
    change(model / "sentence_bert_config.json", lambda config: config.update(settings))
    refused(model, r"sentence_bert_config\.json holds no JSON object where one is needed")
