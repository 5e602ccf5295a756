"""What a model's folder may ask for: only modules that are known, and weights without pickle.

A folder of sentence-transformers names classes to import, and a pickled file of weights can run
code when it is read. Nothing is loaded before all of this is checked.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from index.errors import EmbedderError

WEIGHTS, SHARDS = "model.safetensors", "model.safetensors.index.json"

_MODULE = re.compile(
    r"sentence_transformers\."
    r"(?:models|(?:base|sentence_transformer|cross_encoder)\.modules)(?:\.[a-z_]+)?\.([A-Za-z]+)"
)
_WEIGHTED = ("Transformer", "Dense", "LayerNorm", "StaticEmbedding")
# Activations of a Dense module; sentence-transformers takes Tanh, silently, for one it refuses.
_ACTIVATION = re.compile(
    r"torch\.nn\.modules\.(?:activation|linear)\."
    "(?:Identity|Tanh|ReLU|LeakyReLU|GELU|SiLU|ELU|SELU|Sigmoid|Mish|Softplus)"
)
# Settings of a Transformer module that change how text is read, and nothing else.
_TRANSFORMER = {
    "max_seq_length", "do_lower_case", "transformer_task", "modality_config", "module_output_name",
    "processing_kwargs", "unpad_inputs", "query_length", "document_length", "query_expansion",
}  # fmt: skip
_ARGUMENTS = {
    "add_pooling_layer", "attn_implementation", "do_lower_case", "dtype", "max_length",
    "model_max_length", "padding_side", "torch_dtype", "truncation_side", "use_fast", "use_cache",
    "trust_remote_code",
}  # fmt: skip
_ARGUMENTS_OF = (
    "model_args", "model_kwargs", "tokenizer_args", "processor_kwargs", "config_args",
    "config_kwargs",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """What a folder is meant to be: the class that loads it, and the modules it may have."""

    name: str  # in messages, and as an option: --embedder
    loader: str
    modules: tuple[str, ...]


EMBEDDER = Kind(
    "embedder",
    "SentenceTransformer",
    (
        "Transformer", "Pooling", "Normalize", "Dense", "LayerNorm", "Dropout", "StaticEmbedding",
        "Router", "Asym",
    ),
)  # fmt: skip
RERANKER = Kind("reranker", "CrossEncoder", ("Transformer", "LogitScore", "Dense", "Normalize"))


def check_folder(folder: Path, kind: Kind = EMBEDDER) -> tuple[str, ...]:
    """The class names of a model's modules, in order, once nothing speaks against loading it.

    A folder without modules.json is a plain transformers model, whose pooling
    sentence-transformers chooses: it has the one module "Transformer".

    Raises:
        EmbedderError: the folder asks to run code, brings pickled weights, leads out of itself,
            or is of another kind.
    """
    _check_links(folder)
    loader = _read(folder / "config_sentence_transformers.json").get("model_type")
    if loader not in (None, kind.loader):
        raise EmbedderError(f"{folder} is a {loader}, no {kind.name}; choose another --{kind.name}")
    if not (folder / "modules.json").exists():
        if not (folder / "config.json").exists():
            raise EmbedderError(
                f"{folder} is no sentence-transformers model (modules.json is missing, and so is "
                f"config.json); give a folder saved by {kind.loader}.save"
            )
        _check_module(folder, "Transformer", kind)
        return ("Transformer",)
    modules = _modules(folder, kind)
    for name, path in modules:
        _check_module(path, name, kind)
    return tuple(name for name, _ in modules)


def _check_links(folder: Path) -> None:
    """Refuse links that lead out of the folder; those of the hub's cache lead to its blobs."""
    inside = [folder.resolve()]
    if inside[0].parent.name == "snapshots":
        inside.append(inside[0].parents[1] / "blobs")
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(parent, name)
            # realpath: it ends where links lead in a circle
            target = Path(os.path.realpath(path))
            if path.is_symlink() and not any(map(target.is_relative_to, inside)):
                raise EmbedderError(
                    f"{path} is a link that leads out of the model's folder; put a copy of the "
                    "file in its place"
                )


def _modules(folder: Path, kind: Kind) -> list[tuple[str, Path]]:
    """Class name and folder of each module that modules.json lists."""
    try:
        rows = json.loads((folder / "modules.json").read_text("utf-8"))
        found = [(_known(folder, row["type"], kind), _inside(folder, row["path"])) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise EmbedderError(
            f"{folder} is no sentence-transformers model (modules.json is broken); "
            f"give a folder saved by {kind.loader}.save"
        ) from error
    if not found:
        raise EmbedderError(f"{folder / 'modules.json'} lists no module; restore the file")
    return found


def _known(folder: Path, reference: str, kind: Kind) -> str:
    found = _MODULE.fullmatch(reference)
    if found is None or found.group(1) not in kind.modules:
        raise EmbedderError(
            f"{folder} asks to run the module {reference}, which no {kind.name} needs; only plain "
            "models load: choose one made of the modules of sentence-transformers alone"
        )
    return found.group(1)


def _inside(folder: Path, name: str) -> Path:
    """The folder of a module, which must lie in that of the model."""
    path = PureWindowsPath(name)  # knows the separators and roots of all systems
    if path.anchor or ".." in path.parts:
        raise EmbedderError(f"{folder} asks for a module outside of itself, in {name}")
    return folder / name


def _check_module(path: Path, module: str, kind: Kind) -> None:
    if module in ("Router", "Asym"):
        _check_router(path, kind)
    if module in _WEIGHTED:
        _check_weights(path, kind)
    if module == "Transformer":
        _check_transformer(path)
        _check_settings(path)
    if module == "Dense":
        _check_activation(path)


def _check_router(path: Path, kind: Kind) -> None:
    """A router has modules of its own, one folder each."""
    config = _read(path / "router_config.json") or _read(path / "config.json")
    types = config.get("types")
    if not isinstance(types, dict):
        raise EmbedderError(f"{path} does not say which modules it has; restore its files")
    for name, reference in types.items():
        inner = _inside(path, str(name))
        _check_module(inner, _known(path, str(reference), kind), kind)


def _check_weights(path: Path, kind: Kind) -> None:
    """Weights must be safetensors, here: other formats are pickle, which can run code."""
    shards = _object(path / SHARDS, _read(path / SHARDS).get("weight_map"))
    names = set(map(str, shards.values()))
    for name in names:
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise EmbedderError(f"{path / SHARDS} names the file {name!r}; restore the model")
    missing = [name for name in names if not (path / name).is_file()]
    if (path / WEIGHTS).is_file() or (names and not missing):
        return
    pickled = sorted(p.name for pattern in ("*.bin", "*.pt", "*.pth") for p in path.glob(pattern))
    brings = f"only {pickled[0]}, a pickle, which can run code" if pickled else "no weights"
    raise EmbedderError(
        f"the model in {path} brings {brings}; {WEIGHTS} is needed. Take a version of the model "
        'with safetensors, or, if you trust its makers, convert it once: python -c "from '
        f"sentence_transformers import {kind.loader} as S; S('MODEL', device='cpu')"
        f".save('FOLDER')\" and give --{kind.name} FOLDER"
    )


def _check_transformer(path: Path) -> None:
    """Refuse what would fetch or run more than the architecture that config.json names."""
    if (path / "adapter_config.json").exists():
        raise EmbedderError(
            f"{path} holds an adapter, which needs another model; merge the two and save the result"
        )
    for name in ("config", "tokenizer_config", "processor_config", "preprocessor_config"):
        config = _read(path / f"{name}.json")
        for key, value in _pairs(config):
            if key == "auto_map" and value:
                raise EmbedderError(
                    f"{path / name}.json asks to run code of the model's own (auto_map), which is "
                    "never done; choose a model that transformers knows by itself"
                )
            if key in ("attn_implementation", "_attn_implementation") and "/" in str(value):
                raise EmbedderError(
                    f"{path / name}.json asks to run the kernel {value}, which is never done; "
                    f"take the line {key!r} out of it"
                )
            if key in ("backbone", "experts_implementation") and value:
                raise EmbedderError(
                    f"{path / name}.json asks for {value} besides ({key}); choose a model of text"
                )


def _check_settings(path: Path) -> None:
    """The settings of a Transformer module: known ones only, and no method but plain reading."""
    for file in sorted(path.glob("sentence_*_config.json")):
        config = _read(file)
        asked = set(config) - _TRANSFORMER - set(_ARGUMENTS_OF)
        for name in _ARGUMENTS_OF:
            arguments = _object(file, config.get(name))
            asked |= set(arguments) - _ARGUMENTS
            if "/" in str(arguments.get("attn_implementation", "")):
                asked.add("attn_implementation")
        for how in _object(file, config.get("modality_config")).values():
            method = str(_object(file, how).get("method"))
            if method != "forward" and not re.fullmatch("get_[a-z]+_features", method):
                asked.add(f"method {method}")
        if asked:
            raise EmbedderError(
                f"{file} has settings that are not taken from a model: {', '.join(sorted(asked))};"
                " take them out of it, or choose another model"
            )


def _check_activation(path: Path) -> None:
    name = _read(path / "config.json").get("activation_function")
    if name is not None and not _ACTIVATION.fullmatch(str(name)):
        raise EmbedderError(
            f"{path / 'config.json'} asks to run {name}; an activation of torch.nn is needed"
        )


def _read(path: Path) -> dict[str, Any]:
    """A JSON object of the model, {} where there is no such file."""
    if not path.exists():
        return {}
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise EmbedderError(f"{path} cannot be read ({error}); restore it") from error
    return _object(path, value)


def _object(path: Path, value: object) -> dict[str, Any]:
    """A value of a file that must be a JSON object; {} where it is null."""
    if not isinstance(value, dict | None):
        raise EmbedderError(f"{path} holds no JSON object where one is needed; restore it")
    return value or {}


def _pairs(value: object) -> Iterator[tuple[str, object]]:
    """All keys with their values, of nested objects too."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key), inner
            yield from _pairs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pairs(inner)
