"""Models that are loaded by hand: a test says when and how each loading ends."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rag import Assistant, Retriever
from rag.errors import ModelError
from rag.found_models import Found
from tests.conftest import HashEmbedder, ScriptedLLM
from ui.models.choice import ModelChoice
from ui.models.memory import Memory

GGUF = b"GGUF\x03\x00\x00\x00"
SOON = 10  # seconds, at most


class Model(ScriptedLLM):
    """A model that knows whether it is open."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.open = True
        self.ended = threading.Event()

    def close(self) -> None:
        self.open = False
        self.ended.set()


class Loader:
    """`rag.llm.load`, of which each call waits for `let`."""

    def __init__(self) -> None:
        self.models: list[Model] = []
        self.begun: list[str] = []
        self._calls: dict[str, Callable[[float], None]] = {}
        self._ends: dict[str, ModelError | str] = {}
        self._news = threading.Condition()

    def __call__(self, name: str, *, progress: Callable[[float], None]) -> Model:
        stem = Path(name).stem
        with self._news:
            self.begun.append(stem)
            self._calls[stem] = progress
            self._news.notify_all()
            assert self._news.wait_for(lambda: stem in self._ends, SOON)
            end = self._ends.pop(stem)
            del self._calls[stem]
        if isinstance(end, ModelError):
            raise end
        progress(1.0)
        self.models.append(Model(stem))
        return self.models[-1]

    def until_begun(self, stem: str) -> None:
        with self._news:
            assert self._news.wait_for(lambda: stem in self._calls, SOON), self.begun

    def tell(self, stem: str, share: float) -> None:
        """So much is loaded."""
        self.until_begun(stem)
        self._calls[stem](share)

    def let(self, stem: str, end: ModelError | str = "loaded") -> None:
        """Let a loading end: with a model, or with an error."""
        self.until_begun(stem)
        with self._news:
            self._ends[stem] = end
            self._news.notify_all()


class Bench:
    """A choice over models in a folder."""

    def __init__(self, folder: Path, assistant: Assistant) -> None:
        self.folder = folder
        self.loader = Loader()
        self.free = 10**12  # bytes of memory
        self.assistant = assistant
        self.faults: dict[str, str] = {}

    def file(self, stem: str) -> str:
        """A file that looks like a model; returns its name."""
        path = self.folder / f"{stem}.gguf"
        path.write_bytes(GGUF)
        return str(path)

    def choice(self, assistant: Assistant | None = None, name: str | None = None) -> ModelChoice:
        memory = Memory(lambda: self.free, lambda: 10**12)
        return ModelChoice(
            assistant or self.assistant,
            name=name,
            load=self.loader,
            find=self._find,
            memory=memory,
        )

    def with_model(self, stem: str, **options: object) -> tuple[Assistant, Model]:
        """An assistant that answers with a model of its own."""
        model = Model(stem)
        return Assistant(self.assistant.retriever, model, **options), model  # type: ignore[arg-type]

    def _find(self, folders: Sequence[Path]) -> list[Found]:
        files = {*self.folder.glob("*.gguf"), *(path for path in folders if path.is_file())}
        return [
            Found(str(path), path, path.stat().st_size, self.faults.get(path.stem))
            for path in sorted(files)
        ]


def settled(choice: ModelChoice) -> None:
    """Wait until nothing is loaded any more."""
    while choice._thread is not None and choice._thread.is_alive():
        choice._thread.join(SOON)


@pytest.fixture
def settle() -> Callable[[ModelChoice], None]:
    return settled


@pytest.fixture
def bench(tmp_path: Path, sample_store: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.delenv("RAG_LLM", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "models").mkdir()
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    return Bench(tmp_path / "models", Assistant(retriever))
