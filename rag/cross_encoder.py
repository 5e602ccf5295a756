"""Opening a cross-encoder, a model that reads two texts together; nothing in its folder is run."""

from pathlib import Path
from typing import TYPE_CHECKING

from index.embedding.folder import find_model
from index.embedding.trust import Kind, check_folder
from index.errors import EmbedderError
from rag.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


def open_cross_encoder(name: str, kind: Kind) -> "CrossEncoder":
    """The CrossEncoder called `name`: a folder, else from the hub's cache, else downloaded.

    It gives logits, whatever activation its folder asks for. `kind` is what messages call it.

    Raises:
        ModelError: it cannot be found or loaded, or asks to run code (`index.embedding.trust`).
    """
    try:
        folder = find_model(name, kind.name)
        check_folder(folder, kind)
    except EmbedderError as error:
        raise ModelError(str(error)) from error
    return _load(folder, kind.name)


def _load(folder: Path, called: str) -> "CrossEncoder":
    from safetensors import SafetensorError
    from sentence_transformers import CrossEncoder
    from torch.nn import Identity

    try:
        model: CrossEncoder = CrossEncoder(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": "float32"},
            activation_fn=Identity(),  # also keeps the folder from naming a function to call
        )
    except (
        SafetensorError, OSError, ValueError, LookupError, RuntimeError, TypeError, ImportError,
        AttributeError,
    ) as error:  # fmt: skip
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else repr(error)
        raise ModelError(
            f"the {called} in {folder} cannot be loaded ({reason}); restore its files"
        ) from error
    return model
