"""Each extra alone carries its adapters, and without them the rest works and tells what lacks."""

import re
from pathlib import Path

import pytest

from tests.extras.only import ASYNCIO, PYTEST, needed, run

STANDARD = "tests/extras/langchain_standard.py"


def test_what_an_extra_brings() -> None:
    base, langchain = needed(""), needed("langchain")
    assert {"yinzheng", "numpy", "torch", "trafilatura", "jinja2"} <= base
    assert langchain - base >= {"langchain-core", "langsmith", "httpx"}
    assert {"langchain-core", "haystack-ai", "gradio", "fastapi", "mcp", "pytest"}.isdisjoint(base)
    assert {"haystack-ai", "llama-index-core", "gradio", "pytest"}.isdisjoint(langchain)
    assert needed("ui") > needed("serve")  # an extra of ours that names another
    assert needed("", ["langchain-core"]) == langchain
    with pytest.raises(KeyError, match="no-such"):
        needed("no-such")


def test_what_is_not_of_an_extra_is_not_there() -> None:
    code = (
        "import importlib.metadata as m, importlib.util as u\n"
        "import httpx\n"
        "names = {d.metadata['Name'].lower() for d in m.distributions()}\n"
        "print(sorted(names & {'langchain-core', 'numpy', 'pytest', 'gradio', 'haystack-ai'}))\n"
        "for name in ('langchain_core', 'gradio', 'haystack', 'pytest'):\n"
        "    try:\n"
        "        print(bool(u.find_spec(name)))\n"
        "    except ModuleNotFoundError as error:\n"
        "        print(error)\n"
    )
    done = run("langchain", "-c", code)
    assert done.stdout.splitlines() == [
        "['langchain-core', 'numpy']",
        "True",
        *(f"No module named '{n}' (not in this extra)" for n in ("gradio", "haystack", "pytest")),
    ], done.stderr


def test_without_any_extra_search_works_and_the_adapter_says_what_to_install(
    sample_store: Path,
) -> None:
    code = (
        "from rag import Assistant, Retriever\n"
        "from tests.conftest import HashEmbedder\n"
        f"found = Retriever({str(sample_store)!r}, embedder=HashEmbedder())\n"
        "print(len(found.search('新桥有多长？', k=3)), Assistant(found).ask('新桥有多长？').llm)\n"
        "try:\n"
        "    import rag.adapters.langchain\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    done = run("+pytest", "-c", code)  # which the embedder of the tests needs
    assert done.stdout.splitlines() == [
        "3 quote",
        'this needs LangChain, which is not installed: pip install "yinzheng[langchain]"',
    ], done.stderr


def test_langchain_s_own_tests_pass() -> None:
    tests = needed("", ["langchain-tests"])  # which bring nothing that an adapter might lean on
    assert {"haystack-ai", "llama-index-core", "gradio", "fastapi", "mcp"}.isdisjoint(tests)
    done = run("langchain+langchain-tests", *PYTEST, *ASYNCIO, "--benchmark-disable", STANDARD)
    passed = re.search(r"^(\d+) passed, \d+ skipped, 3 xfailed", done.stdout, re.M)
    assert passed, done.stdout + done.stderr
    assert int(passed[1]) >= 25  # 5 of retrievers; skipped are tools, images and the like
    assert done.returncode == 0
