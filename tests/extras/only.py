"""Python as it is where one extra alone is installed: everything else cannot be imported.

    python -m tests.extras.only langchain -c "import rag.adapters.langchain"
    python -m tests.extras.only langchain+langchain-tests -m pytest -q FILE
    python -m tests.extras.only "" -c "import rag"             # no extra at all

An adapter that leans on a library of another extra works in an environment where all are installed
and fails at its users'. Here whatever is not among the requirements of `yinzheng[EXTRA]`, theirs,
and so on, can neither be imported (ModuleNotFoundError) nor seen by `importlib.metadata`, so that
pytest loads no plugin of it. Further distributions follow after a plus; pytest comes with
`-m pytest`.

From a test: `run("langchain", "-c", code)`, or `run("serve+httpx2", *PYTEST, FILE)` for a file of
tests that is not collected with the others. What such a process starts is free of all this, unless
it begins with a `command` of its own.
"""

import importlib.metadata as installed
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
OURS = "yinzheng"
# pytest without the options of the main suite, which switch other libraries' plugins off.
PYTEST = ("-m", "pytest", "-q", "-o", "addopts=--import-mode=importlib -p no:cacheprovider")
# After it, where pytest-asyncio comes with the tests' library: `async def test_…` are tests.
ASYNCIO = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")


def command(extras: str, *arguments: str) -> list[str]:
    """The command that runs Python so: `extras` as above, then `-m MODULE …` or `-c CODE …`."""
    return [sys.executable, "-m", "tests.extras.only", extras, *arguments]


def run(extras: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What comes of it, in the root of the project, so that `rag` and `tests` are found."""
    return subprocess.run(
        command(extras, *arguments), cwd=ROOT, capture_output=True, text=True, timeout=300
    )


def needed(extra: str, plus: Iterable[str] = ()) -> set[str]:
    """Canonical names of the distributions that come with `yinzheng[extra]` and with `plus`."""
    wanted = [Requirement(f"{OURS}[{extra}]" if extra else OURS), *map(Requirement, plus)]
    seen: set[tuple[str, str]] = set()
    while wanted:
        requirement = wanted.pop()
        for one in ("", *requirement.extras):
            key = (canonicalize_name(requirement.name), one)
            if key not in seen:
                seen.add(key)
                wanted += _requirements(*key)
    return {name for name, _ in seen}


def only(extra: str, plus: Iterable[str] = ()) -> set[str]:
    """From now on nothing but `yinzheng[extra]` and `plus` is installed; what is gone is given.

    To be called before anything else is imported: what was imported already is forgotten.
    """
    kept = needed(extra, plus)
    gone = {
        module
        for module, distributions in installed.packages_distributions().items()
        if not kept & set(map(canonicalize_name, distributions))
    }
    for name in [name for name in sys.modules if name.partition(".")[0] in gone]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Gone(gone))
    _hide_metadata(kept)
    return gone


def _requirements(name: str, extra: str) -> list[Requirement]:
    if name == OURS:  # what the project file says now, not what was once installed from it
        texts = _project()["optional-dependencies"][extra] if extra else _project()["dependencies"]
        return [Requirement(text) for text in texts]
    try:
        texts = installed.requires(name) or []
    except installed.PackageNotFoundError:
        return []
    found = [Requirement(text) for text in texts]
    return [r for r in found if r.marker is None or r.marker.evaluate({"extra": extra})]


@cache
def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return project


class _Gone:
    """A finder that refuses what is not installed."""

    def __init__(self, modules: set[str]) -> None:
        self._modules = modules

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in self._modules:
            raise ModuleNotFoundError(f"No module named {name!r} (not in this extra)", name=name)
        return None


def _hide_metadata(kept: set[str]) -> None:
    everything = installed.MetadataPathFinder.find_distributions

    def find_distributions(*arguments: Any, **options: Any) -> Iterator[Any]:
        for found in everything(*arguments, **options):
            if canonicalize_name(found.metadata["Name"]) in kept:
                yield found

    installed.MetadataPathFinder.find_distributions = staticmethod(find_distributions)


def main(extras: str, how: str, what: str, *arguments: str) -> None:
    """Run a module (`-m`) or code (`-c`) where only `extras` are installed."""
    extra, *plus = extras.split("+")
    if how == "-m":
        plus += installed.packages_distributions().get(what.partition(".")[0], [])
    only(extra, plus)
    sys.argv[:] = [what if how == "-m" else "-c", *arguments]
    if how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<command>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    main(*sys.argv[1:])
