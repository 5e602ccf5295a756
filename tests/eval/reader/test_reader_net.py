import math
from pathlib import Path

import numpy as np
import pytest
import torch

from eval.bench.ranker_cases import Passage
from eval.bench.reader.batches import PLACES, STEP, Example, batch_of, batches, example
from eval.bench.reader.export import quantise, write
from eval.bench.reader.net import Batch, Net, Shape, loss
from eval.bench.reader.sources import Sources
from rag.ranker_pieces import Floats, bundled_pieces
from rag.reader.engine import ReaderEngine, sentence_scores
from rag.reader.inputs import ASKED, PIECE, QUESTION, SENTENCE, Window, width, window

QUESTION_TEXT = "新桥有多长？"
SENTENCES = ["新桥昨天开通。", "它长五百米。", "市民常来散步。"]


@pytest.fixture(scope="module")
def net() -> Net:
    torch.manual_seed(5)
    made = Net(Shape(width(bundled_pieces().dimensions), 64, 2, 2, 96)).eval()
    torch.nn.init.normal_(made.output.weight, std=0.5)  # else all scores are nearly equal
    for weight in (made.output_norm.weight, made.blk[0].attn_norm.weight):
        torch.nn.init.uniform_(weight, 0.5, 1.5)
    return made


@pytest.fixture(scope="module")
def plain(net: Net, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reader") / "plain.gguf"
    write(net.state_dict(), net.shape, path, "Apache-2.0")
    return path


@pytest.fixture(scope="module")
def seen() -> Window:
    table = bundled_pieces()
    asked, *told = table.ids([QUESTION_TEXT, *SENTENCES])
    return window(asked, told, table)


@pytest.fixture(scope="module")
def outputs(net: Net, seen: Window) -> Floats:
    """What torch computes of `seen`, with the weights of the input rounded as they are stored."""
    rounded = Net(net.shape).eval()
    stored = net.input.weight.detach().half().float()
    rounded.load_state_dict(net.state_dict() | {"input.weight": stored})
    present = torch.ones(1, len(seen.kinds), dtype=torch.bool)
    with torch.no_grad():
        found: Floats = rounded(torch.from_numpy(seen.rows)[None], present)[0].numpy()
    return found


def test_llama_cpp_computes_what_torch_computes_at_every_place(
    plain: Path, seen: Window, outputs: Floats
) -> None:
    engine = ReaderEngine(plain)
    try:
        found = engine._context.compute(seen.rows @ engine._input)
    finally:
        engine.close()
    assert outputs[:, 0].std() > 0.1
    assert found[:, :2] == pytest.approx(outputs, abs=2e-3)


@pytest.mark.parametrize(("kind", "near"), [("F16", 0.02), ("Q8_0", 0.2)])
def test_fewer_bits_give_nearly_the_same(
    plain: Path, seen: Window, outputs: Floats, kind: str, near: float
) -> None:
    path = plain.with_name(f"{kind}.gguf")
    quantise(plain, path, kind)
    path.with_suffix(".safetensors").write_bytes(plain.with_suffix(".safetensors").read_bytes())
    assert path.stat().st_size < plain.stat().st_size
    scores = sentence_scores(seen, outputs[:, 0])
    engine = ReaderEngine(path)
    read = engine.read(QUESTION_TEXT, [SENTENCES])
    engine.close()
    assert read is not None
    assert read.scores == pytest.approx(scores, abs=near)
    assert read.whether == pytest.approx([outputs[0, 1]], abs=near)
    assert int(read.scores.argmax()) == int(scores.argmax())


def batch(kinds: list[list[int]], marks: list[list[int]], right: list[list[int]],
          answers: list[list[int]], group: list[int]) -> Batch:  # fmt: skip
    kind = torch.tensor(kinds)
    flags = (torch.tensor(f, dtype=torch.bool) for f in (right, answers))
    rows = torch.zeros(*kind.shape, 3)
    return Batch(rows, kind >= 0, kind, torch.tensor(marks), *flags, torch.tensor(group))


# One question, two windows of one sentence each, then padding.
KINDS = [QUESTION, ASKED, SENTENCE, PIECE, PIECE]
MARKS = [0, 0, 2, 2, 2]
NONE = [0] * 5
OUTPUTS = torch.tensor(
    [
        [[0.0, 2.0], [9, 9], [1, 9], [0.5, 9], [-0.5, 9]],
        [[0.0, -1.0], [9, 9], [0, 9], [0.25, 9], [2, 9]],
    ]
)


def by_hand() -> float:
    first, second = [1.5, 0.5], [0.25, 2.0]  # pieces with their mark's score
    whole = math.log(sum(map(math.exp, first + second)))
    right = math.log(sum(map(math.exp, first)))
    answer = 0.5
    whether = (math.log1p(math.exp(-2)) + math.log1p(math.exp(-1))) / 2
    return (whole - right) + (whole - answer) + 0.3 * whether


def test_the_loss_of_two_windows_of_a_question() -> None:
    one = batch(
        [KINDS, KINDS], [MARKS, MARKS], [[0, 0, 0, 1, 1], NONE], [[0, 0, 0, 0, 1], NONE], [0, 0]
    )
    assert float(loss(OUTPUTS, one)) == pytest.approx(by_hand(), abs=1e-5)


def test_empty_rows_do_not_count_in_the_loss() -> None:
    empty = [-1] * 5
    one = batch(
        [KINDS, KINDS, empty, empty], [MARKS, MARKS, NONE, NONE],
        [[0, 0, 0, 1, 1], NONE, NONE, NONE], [[0, 0, 0, 0, 1], NONE, NONE, NONE], [0, 0, 1, 1],
    )  # fmt: skip
    padded = torch.cat([OUTPUTS, torch.full_like(OUTPUTS, 7)])
    assert float(loss(padded, one)) == pytest.approx(by_hand(), abs=1e-5)


def test_an_answer_without_pieces_of_its_own_costs_nothing_more() -> None:
    one = batch([KINDS], [MARKS], [[0, 0, 0, 1, 1]], [NONE], [0])
    whether = math.log1p(math.exp(-2))
    assert float(loss(OUTPUTS[:1], one)) == pytest.approx(0.3 * whether, abs=1e-5)


def toy(asked: int, *lengths: int, right: int) -> Example:
    sentences = tuple(np.full(size, 100 + i, np.int64) for i, size in enumerate(lengths))
    flags = np.arange(len(lengths)) == right
    ids = np.full(asked, 50, np.int64)
    return example(ids, Passage(sentences, flags, np.repeat(flags, lengths)), bundled_pieces())


def test_an_example_marks_the_pieces_of_the_right_sentence() -> None:
    one = toy(2, 2, 3, right=1)
    assert one.right.tolist() == [False] * 7 + [True] * 3
    assert one.answers.tolist() == one.right.tolist()


def test_batches_are_padded() -> None:
    groups = [[toy(2, 2, 3, right=1), toy(2, 4, right=0)], [toy(1, 70, right=0)]]
    made = batch_of(groups, 5)
    assert made.rows.shape == (5, 2 * STEP, width(bundled_pieces().dimensions))
    assert made.present.sum(1).tolist() == [10, 8, 73, 0, 0]
    assert made.group.tolist() == [0, 0, 1, 2, 2]
    assert made.mark_of[0, :10].tolist() == [0, 0, 0, 3, 3, 3, 6, 6, 6, 6]
    assert made.right.sum(1).tolist() == [3, 4, 70, 0, 0]
    assert made.kinds[0, 10:].unique().tolist() == [-1]
    assert not made.rows[0, 10:].any() and not made.rows[3:].any()
    expected = torch.from_numpy(groups[0][0].window.rows).bfloat16()
    assert torch.equal(made.rows[0, :10], expected)


def test_all_batches_of_a_length_have_one_size(sources: Sources) -> None:
    found = batches(sources, np.random.RandomState(1), 0.5)
    for one in found:
        count, places = one.kinds.shape
        assert places % STEP == 0 and count == PLACES // places
    again = batches(sources, np.random.RandomState(1), 0.5)
    assert all(torch.equal(a.rows, b.rows) for a, b in zip(found, again, strict=True))
