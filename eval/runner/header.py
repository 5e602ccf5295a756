"""What makes the answers of a run, as its header keeps it."""

import hashlib
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eval.baselines import SEED
from eval.runner.kept import SCHEMA
from eval.sets import QuestionSet
from index.files import sha256
from index.generation import Generation
from index.manifest import MANIFEST
from rag import Assistant, prompt
from rag.llama_settings import VARIABLE
from rag.model_files import parts

_ROOT = Path(__file__).parents[2]
_CODE = ("index/*", "index/embedding/*", "rag/**/*")
_OF_CODE = (".py", ".toml", ".json", ".txt", ".safetensors")
_PACKAGES = ("numpy", "faiss-cpu", "llama-cpp-python", "sentence-transformers", "opencc", "torch")
_PIECE = 2**23  # bytes that are hashed at a time
_PATIENCE = 2.0  # seconds before progress is shown


def header_of(
    questions: QuestionSet,
    assistant: Assistant,
    generation: Generation,
    *,
    missing: Sequence[dict[str, str]],
    k: int,
    verbatim: bool,
    filters: Sequence[tuple[str, str]],
    limit: int | None,
    model_file: Path | None,
) -> dict[str, Any]:
    """The header; a run goes on only where all of it but `machine` is the same.

    `questions` has the bytes that the run keeps, `missing` are the evidences that the store does
    not have.

    Raises:
        OSError: the model's file cannot be read.
    """
    return {
        "schema": SCHEMA,
        "set": questions.name,
        "sets": [asdict(file) for file in questions.files],
        "set_sha256": questions.sha256,
        "questions": len(questions.questions),
        "filters": [f"{field}={value}" for field, value in filters],
        "limit": limit,
        "store": sha256(generation.folder / MANIFEST),
        "paragraphs": generation.size,
        "articles": generation.manifest.articles,
        "evidence_missing": list(missing),
        "llm": assistant.llm_name,
        "llm_sha256": model_sha256(model_file) if model_file else None,
        "llama_settings": os.environ.get(VARIABLE, ""),
        "embedder": assistant.retriever.embedder.fingerprint,
        "reranker": os.environ.get("RAG_RERANKER") if assistant.retriever.reranker else None,
        "answer_style": assistant.answer_style,
        "unsupported": assistant.unsupported,
        "judge": assistant.judge.name if assistant.judge else "none",
        "k": k,
        "verbatim": verbatim,
        "seed": SEED,
        "prompts": {path.name: sha256(path) for path in sorted(prompt.FOLDER.glob("*.md"))},
        "code": code_hash(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "yinzheng": _version("yinzheng"),
        "machine": {
            "platform": platform.platform(),
            "processor": _processor(),
            "cpus": os.cpu_count(),
        },
    }


def model_sha256(path: Path) -> str:
    """SHA-256 of a model's file; of a model in parts, that of all parts one after the other.

    Raises:
        OSError: a file cannot be read.
    """
    files = [path.with_name(name) for name in parts(path.name)]
    found = hashlib.sha256()
    bar = tqdm(
        total=sum(file.stat().st_size for file in files),
        desc="hashing the language model",
        unit="B",
        unit_scale=True,
        delay=_PATIENCE,
        leave=False,
        disable=None,
    )
    with bar:
        for path in files:
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    found.update(piece)
                    bar.update(len(piece))
    return found.hexdigest()


def code_hash(*more: str) -> str:
    """A hash of the code and the weights that answers come from.

    `more` are patterns of further files, from the root of the project.
    """
    files = sorted(
        {
            path
            for pattern in (*_CODE, *more)
            for path in _ROOT.glob(pattern)
            if path.suffix in _OF_CODE and path.is_file()
        }
    )
    listing = "".join(f"{path.relative_to(_ROOT)}\n{sha256(path)}\n" for path in files)
    return hashlib.sha256(listing.encode()).hexdigest()


def _version(name: str) -> str | None:
    """The installed version of a package; None if it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    """What the processor calls itself, as far as it can be told."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
