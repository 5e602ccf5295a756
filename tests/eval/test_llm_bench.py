"""The short forms of the measurements of a model's process, and whether their parts can fail."""

import os
import struct
from pathlib import Path
from random import Random

import pytest

if "CI" not in os.environ:  # there, a missing llama.cpp is a failure
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")

from eval.bench.llm import cancel, chats, kills, mutations
from eval.bench.llm.gguf_layout import STRING, layout, text, texts, with_value
from eval.bench.llm.hostile_templates import HOSTILE
from eval.bench.llm.made_models import make
from eval.bench.llm.mutants import KINDS, mutant
from eval.bench.llm.mutations import TINY, Case, Outcome
from eval.bench.llm.outcomes import LONGEST, fault_of, spread
from rag.worker import Limits
from tests.tiny_gguf import write_tiny_gguf

TEMPLATE = "tokenizer.chat_template"
HARMLESS = [name for name in KINDS if name != "templates"]  # its first ones take half a minute


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make(tmp_path_factory.mktemp("models"), TINY, "q8_0").read_bytes()


def test_the_model_is_free_at_once(model: Path) -> None:
    rows = cancel.bench(model, 8)
    assert [row["cases"] for row in rows] == [5, 2, 2, 2, 2]
    assert [row for row in rows if row["bad"]] == []


def test_a_kill_costs_one_answer(model: Path) -> None:
    rows = kills.bench(model, 2, limits=Limits(pause=0.0))
    assert [row["cases"] for row in rows] == [2, 0, 1]
    assert [row for row in rows if row["bad"]] == []
    assert "switched off after 5 failures" in str(rows[-1]["detail"])


def test_chats_do_not_mix(model: Path) -> None:
    (row,) = chats.bench(model, 3)
    assert row["mixed"] == row["errors"] == row["alike"] == 0, row
    assert int(str(row["cases"])) > 2 * chats.CHATS


def test_another_answer_is_noticed() -> None:
    chat = chats._Chat(0, "桥", expected=["一"] * chats.TURNS, answers=3, mixed=["二"])
    others = [chats._Chat(n, "灯", expected=[str(n)], answers=1) for n in range(1, chats.CHATS)]
    memory = [100] * 20 + [104] * 30
    row = chats._row([chat, *others], memory, 3)
    assert (row["mixed"], row["bad"]) == (1, 1)
    assert chats._row(others, [100] * 20 + [106] * 30, 3)["bad"] == 1


def test_a_damaged_file_gives_one_clear_line() -> None:
    rows = mutations.bench(len(HARMLESS), kinds=HARMLESS)
    assert [row["cases"] for row in rows[: len(HARMLESS)]] == [1] * len(HARMLESS)
    assert [row for row in rows if row["bad"]] == []


def test_what_is_bad_is_told() -> None:
    outcome = Outcome(Case("pages", 3, 1), 31.0, False, "late", 10**6, "31 s: late")
    assert mutations._row("pages", [outcome])["bad"] == 1
    assert mutations._fault(outcome)["test"] == "  pages 3 (seed 1)"


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_mutants_from_the_same_seed(kind: str, whole: bytes) -> None:
    start = len(HOSTILE)
    made = [mutant(whole, kind, number) for number in range(start, start + 8)]
    assert made == [mutant(whole, kind, number) for number in range(start, start + 8)]
    assert len(set(made)) > 6 and whole not in made
    assert mutant(whole, kind, start, seed=2) != made[0]


def test_a_value_is_replaced_or_added(whole: bytes) -> None:
    parts = layout(whole)
    pair = parts.pairs[TEMPLATE]
    assert with_value(whole, TEMPLATE, STRING, whole[pair.start + 4 : pair.end]) == whole
    assert parts.data + 4 < len(whole) and not any(whole[parts.end : parts.data])
    longer = with_value(whole, TEMPLATE, STRING, text(b"x" * 10_001))
    added = with_value(longer, "a.b", 4, struct.pack("<I", 7))
    after = layout(added)
    assert list(after.pairs) == [*parts.pairs, "a.b"]
    assert len(after.tensors) == len(parts.tensors)
    assert added[after.data :] == whole[parts.data :]
    pair = after.pairs["a.b"]
    assert added[pair.start : pair.end] == struct.pack("<II", 4, 7)
    assert texts([b"a", b""]) == struct.pack("<IQQ", 8, 2, 1) + b"a" + bytes(8)


def test_messages_that_are_not_one_clear_line() -> None:
    assert fault_of("the file is damaged; download it again") == ""
    for message in ("", " ", "two\nlines", "a\x1b[2J", "x" * (LONGEST + 1)):
        assert fault_of(message)


def test_the_spread_of_seconds() -> None:
    seconds = [n / 100 for n in range(101)]
    Random(1).shuffle(seconds)
    assert spread(seconds, "s") == {"p50 s": 0.5, "p95 s": 0.95, "worst s": 1.0}
    assert spread([]) == {}
