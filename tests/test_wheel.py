"""The wheel: what is in it, and that what is in it is enough to build a store and search it."""

import subprocess
import sys
import tomllib
import zipfile
from email.parser import BytesParser
from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import SAMPLE
from tests.extras.only import needed

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NAME = f"{PROJECT['name']}-{PROJECT['version']}"
LARGEST = 60 * 2**20  # bytes; the embedder's table is most of it

# Builds an index of the files in argv, in a process that has nothing but the wheel and what it
# requires; prints the best paragraph for the question, and where the code came from.
_TRIAL = """
import sys
from pathlib import Path

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in REFUSED:
            raise ModuleNotFoundError(f"No module named {name!r} (not required)", name=name)

sys.meta_path.insert(0, Refused())
from index.build import build
from index.embedder import load_embedder
from rag import Assistant, Retriever, open_store
import index, prompts, rag

store, question, *files = sys.argv[1:]
build([Path(file) for file in files], Path(store), load_embedder())
retriever = Retriever(open_store(store))
print(retriever.search(question, k=1)[0].paragraph.text)
print(Assistant(retriever).ask(question).sentences[0].text)
print(*(Path(module.__file__).parent for module in (index, prompts, rag)), sep="\\n")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pip would put into site-packages."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def tracked(*rooms: str) -> set[str]:
    """The files of the project that belong to its rooms: no caches, nothing made meanwhile."""
    return {
        path.relative_to(ROOT).as_posix()
        for room in rooms
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def plain(requirement: Requirement) -> str:
    return f"{canonicalize_name(requirement.name)}{requirement.specifier}"


def whole(lines: list[str]) -> set[str]:
    """Requirements; those of our own extras in their place."""
    found = set()
    for requirement in map(Requirement, lines):
        if requirement.name == PROJECT["name"]:
            for extra in requirement.extras:
                found |= whole(PROJECT["optional-dependencies"][extra])
        else:
            found.add(plain(requirement))
    return found


def test_all_of_rag_index_and_prompts_is_in_it_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        about = {name for name in archive.namelist() if ".dist-info/" in name}
    learned = {name for name in tracked("index") if name.startswith("index/training/")}
    assert held == tracked("rag", "index", "prompts") - learned
    needed_by_users = {
        *("rag/py.typed", "rag/adapters/metadata.py", "rag/serve/address.py", "rag/fusion.json"),
        *("index/model/tokenizer.json", "index/model/model.safetensors", "prompts/answer.md"),
        *("index/translations.safetensors", "rag/ranker.safetensors", "index/py.typed"),
    }
    assert needed_by_users <= held
    assert {PurePosixPath(name).name for name in about} >= {"METADATA", "RECORD", "LICENSE"}
    assert wheel.stat().st_size < LARGEST


def test_it_says_what_pyproject_says(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"{NAME}.dist-info/METADATA")
    metadata = BytesParser().parsebytes(text)
    extras = PROJECT["optional-dependencies"]
    assert (metadata["Name"], metadata["Version"]) == (PROJECT["name"], PROJECT["version"])
    assert metadata["Requires-Python"] == PROJECT["requires-python"]
    assert set(metadata.get_all("Provides-Extra", [])) == set(extras)
    assert {"langchain", "llamaindex", "haystack", "serve", "mcp"} <= set(extras)
    required = list(map(Requirement, metadata.get_all("Requires-Dist", [])))
    assert {plain(r) for r in required if r.marker is None} == whole(PROJECT["dependencies"])
    for extra, lines in extras.items():
        marker = f'extra == "{extra}"'
        assert {plain(r) for r in required if str(r.marker) == marker} == whole(lines), extra


def test_it_builds_a_store_and_searches_with_what_it_requires(
    unpacked: Path, tmp_path: Path
) -> None:
    kept = needed("")
    refused = {
        module
        for module, names in packages_distributions().items()
        if not kept & set(map(canonicalize_name, names))
    }
    assert {"gradio", "fastapi", "starlette", "langchain_core", "llama_index"} <= refused
    assert {"haystack", "mcp", "uvicorn", "pytest", "hypothesis", "openai"} <= refused
    refused |= {"llama_cpp", "ui", "eval", "tests"}
    files = [SAMPLE / "bridge-double-moon.md", SAMPLE / "bees-rooftop-fengling.md"]
    site = next(path for path in sys.path if path.endswith("site-packages"))
    code = f"import sys; sys.path[:0] = [{str(unpacked)!r}]; sys.path.append({site!r})\n"
    code += f"REFUSED = {refused!r}\n{_TRIAL}"
    done = subprocess.run(
        # -I: no PYTHONPATH, no present folder; -S: no .pth file that leads to the checkout
        [sys.executable, "-I", "-S", "-c", code, str(tmp_path / "store"), "双月桥有多长？"]
        + [str(file) for file in files],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    paragraph, sentence, *places = done.stdout.splitlines()
    assert "长68.4米" in paragraph
    assert "长68.4米" in sentence
    assert places == [str(unpacked / name) for name in ("index", "prompts", "rag")]


def test_importing_rag_takes_no_time(unpacked: Path) -> None:
    """The best of five: what else the computer does slows some of them down, never all."""
    code = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r})\n"
        "from time import perf_counter\nstart = perf_counter()\nimport rag\n"
        "print(perf_counter() - start)"
    )
    command = [sys.executable, "-I", "-S", "-c", code]
    times = [float(subprocess.check_output(command)) for _ in range(5)]
    assert min(times) < 0.3


def test_importing_rag_loads_what_the_standard_library_has_and_one_module(unpacked: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r})\nbefore = set(sys.modules)\n"
        "import rag\nnew = set(sys.modules) - before\n"
        "print(sorted(n for n in new if n.partition('.')[0] not in sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("['rag']\n", "")
