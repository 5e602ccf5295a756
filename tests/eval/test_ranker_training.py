import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from eval.bench.ranker_cases import LONGEST, Passage, clipped, read_cases, switched
from eval.bench.ranker_net import Net, example, loss
from eval.bench.ranker_training import train
from rag.errors import InputError
from rag.ranker import Ranker
from rag.ranker_pieces import bundled_pieces

NUMERALS = "一二三四五六七八九"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A set in two parts: bridges and lakes, each with its length and its depth."""
    found = []
    for number, thing in enumerate(("桥", "湖")):
        blocks = [
            {
                "context": f"第{n}座{thing}在城里。它有{n}百米长。市民常来散步。",
                "qas": [{"question": f"第{n}座{thing}多长？", "answers": [{"text": f"{n}百米"}]}],
            }
            for n in NUMERALS
        ]
        found.append(tmp_path / f"toy_000{number}.json")
        found[-1].write_text(json.dumps({"data": [{"paragraphs": blocks}]}), "utf-8")
    return found


def test_cases_tell_which_sentences_and_pieces_hold_the_answer(files: list[Path]) -> None:
    sets, held = read_cases(files, 100)
    assert len(sets) == 1
    assert len(sets[0]) + len(held) == 18
    case = sets[0][0]
    assert case.passage.right.tolist() == [False, True, False]
    assert sum(map(len, case.passage.sentences)) == len(case.passage.answers)
    first = len(case.passage.sentences[0])
    inside = np.flatnonzero(case.passage.answers) - first
    assert 0 < len(inside) <= 3
    assert ((inside >= 0) & (inside < len(case.passage.sentences[1]))).all()
    assert len(case.others) == 2
    assert not any(other.right.any() for other in case.others)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_cases([tmp_path / "none.json"], 10)


def test_long_paragraphs_are_clipped_around_an_answer() -> None:
    size = LONGEST // 4
    sentences = tuple(np.full(size, i, np.int64) for i in range(12))
    right = np.arange(12) == 7
    passage = clipped(Passage(sentences, right, np.repeat(right, size)), np.random.RandomState(0))
    kept = [int(ids[0]) for ids in passage.sentences]
    assert len(kept) == 4 and 7 in kept and kept == list(range(kept[0], kept[0] + 4))
    assert [kept[i] for i in np.flatnonzero(passage.right)] == [7]
    assert passage.answers.sum() == size and len(passage.answers) == LONGEST


def test_a_switched_question_is_in_other_words() -> None:
    asked = bundled_pieces().ids(["大桥什么时候通车"])[0]
    rng = np.random.RandomState(1)
    others = [switched(asked, rng).tolist() for _ in range(8)]
    assert all(len(other) == len(asked) for other in others)
    assert any(other != asked.tolist() for other in others)


def test_the_network_computes_what_the_ranker_computes(files: list[Path]) -> None:
    torch.manual_seed(3)
    table = bundled_pieces()
    net = Net(table.dimensions, 8, 6, 0.2).eval()
    cases = read_cases(files, 100)[0][0][:2]
    examples = [example(c.asked, [c.passage, *c.others], table) for c in cases]
    with torch.no_grad():
        scored = net(examples)
    ranker = Ranker({f"0.{n}": v.numpy() for n, v in net.state_dict().items()}, table)
    for case, one, by_piece in zip(cases, examples, scored, strict=True):
        owners = one.texts.sentence_of[one.texts.is_piece > 0]
        expected = [
            float(torch.logsumexp(by_piece[torch.from_numpy(owners == s)], 0))
            for s in range(len(one.texts.lengths))
        ]
        passages = [p.sentences for p in (case.passage, *case.others)]
        assert ranker.scores_of_pieces(case.asked, passages) == pytest.approx(expected, abs=1e-4)


def test_the_loss_is_that_of_the_sentences_and_of_the_pieces(files: list[Path]) -> None:
    case = read_cases(files, 100)[0][0][0]
    one = example(case.asked, [case.passage], bundled_pieces())
    pieces, lengths = len(case.passage.answers), [len(ids) for ids in case.passage.sentences]
    even = loss(torch.zeros(pieces), one)  # each piece is as likely as another
    inside = int(case.passage.answers.sum())
    expected = np.log(pieces / lengths[1]) + np.log(pieces / inside)
    assert float(even) == pytest.approx(expected, abs=1e-5)


def test_training_writes_what_the_ranker_reads_and_is_repeatable(
    files: list[Path], tmp_path: Path
) -> None:
    lines = list(train(files, tmp_path / "a.safetensors", drawn=36))
    assert "36 questions learnt from" in lines[-1]
    list(train(files, tmp_path / "b.safetensors", drawn=36))
    first, second = (load_file(tmp_path / f"{name}.safetensors") for name in "ab")
    assert all(np.array_equal(first[name], second[name]) for name in first)
    scores = Ranker(first, bundled_pieces()).scores("桥多长？", [["桥长。", "湖深。"]])
    assert scores.shape == (2,)
