import gzip
from pathlib import Path

import numpy as np
import pytest

from eval.bench.ranker_cases import Case, Integers, Passage, read_cases, switched
from eval.bench.reader import made_up as rules
from eval.bench.reader import sources as sources_module
from eval.bench.reader.made_up import SPAN, Asking, made_up
from eval.bench.reader.sources import Sources, read_sources
from rag.errors import InputError
from rag.ranker_pieces import bundled_pieces

# Only 鼹鼠 stands in two of the sentences and is rare.
ARTICLE = ["一只鼹鼠昨天在公园里散步。", "天空晴朗无云，", "大家都说鼹鼠是很好的。"]


@pytest.fixture(scope="module")
def asking() -> Asking:
    return Asking.of(bundled_pieces())


def pieces(texts: list[str]) -> list[Integers]:
    return bundled_pieces().ids(texts)


def find(answer: Integers, ids: Integers) -> list[int]:
    """Where all of `answer` stands in `ids`."""
    size = len(answer)
    return [i for i in range(len(ids) - size + 1) if ids[i : i + size].tolist() == answer.tolist()]


def made(asking: Asking, seed: int, article: list[str] = ARTICLE) -> Case | None:
    rng = np.random.RandomState(seed)
    return made_up(pieces(article), "zh", bundled_pieces(), asking, rng)


def test_a_question_from_another_sentence(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "OTHER_SENTENCE", 1.0)
    whole = [ids.tolist() for ids in pieces(ARTICLE)]
    first, last = (np.array(whole[i]) for i in (0, 2))
    shared = np.intersect1d(first, last)
    found = [case for seed in range(30) if (case := made(asking, seed)) is not None]
    assert len(found) > 20
    for case in found:
        kept = [ids.tolist() for ids in case.passage.sentences]
        assert len(kept) == 2 and all(ids in whole for ids in kept)
        source = next(ids for ids in whole if ids not in kept)
        assert source in (whole[0], whole[2])
        flat = np.concatenate(case.passage.sentences)
        answer = flat[case.passage.answers]
        assert 0 < len(answer) <= SPAN and np.isin(answer, shared).all()
        assert find(answer, np.array(source))
        assert case.passage.right.tolist() == [len(ids) != len(whole[1]) for ids in kept]


def test_a_question_from_the_sentence_itself(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "OTHER_SENTENCE", 0.0)
    for seed in range(30):
        case = made(asking, seed)
        if case is None:
            continue
        assert [ids.tolist() for ids in case.passage.sentences] == [
            ids.tolist() for ids in pieces(ARTICLE)
        ]
        flags = np.split(
            case.passage.answers, np.cumsum([len(s) for s in case.passage.sentences])[:-1]
        )
        assert case.passage.right.tolist() == [bool(f.any()) for f in flags]
        assert case.passage.right.any()


def test_an_article_without_rare_words_has_no_question(asking: Asking) -> None:
    common = [int(i) for i in np.flatnonzero(bundled_pieces().rarity == 0)[:12]]
    article = [np.array(common), np.array(common[::-1]), np.array(common)]
    rng = np.random.RandomState(0)
    assert made_up(article, "zh", bundled_pieces(), asking, rng) is None


def test_the_run_that_two_sentences_share_is_found() -> None:
    one, other = np.array([1, 7, 8, 9, 2]), np.array([7, 8, 9, 3])
    for start, at in ((1, 0), (2, 1), (3, 2)):
        assert rules._grown(one, start, other, at) == (1, 4)
    long = np.arange(20)
    assert rules._grown(long, 10, long, 10) == (10, 10 + SPAN)
    assert rules._grown(long, 18, long, 18) == (15, 20)


def test_words_with_more_companions_are_drawn_rather() -> None:
    # The first two stand in sentences 0 and 1, the last in 1 and 2.
    shared = [[(0, 1), (1, 2)], [(0, 4), (1, 1)], [(1, 2), (2, 2)]]
    assert rules._weights(shared) == pytest.approx([2**1.5, 2**1.5, 1])


def test_all_places_of_the_answer_are_told() -> None:
    ids, answer = np.array([5, 1, 2, 3, 1, 2, 1]), np.array([1, 2])
    assert np.flatnonzero(rules._standing(ids, answer)).tolist() == [1, 2, 4, 5]
    assert not rules._standing(answer[:1], answer).any()


@pytest.mark.parametrize(
    ("before", "word", "behind", "kind"),
    [
        ("他", "1999", "年", "when"),
        ("有", "30", "人", "number"),
        ("", "鼹鼠", "表示", "person"),
        ("在", "鼹鼠", "开会", "place"),
        ("的", "鼹鼠", "多", "thing"),
    ],
)
def test_what_stands_beside_a_word_tells_its_kind(
    asking: Asking, before: str, word: str, behind: str, kind: str
) -> None:
    parts = pieces([before, word, behind])
    start, end = len(parts[0]), len(parts[0]) + len(parts[1])
    assert asking.kind(np.concatenate(parts), start, end) == kind


def test_the_question_asks_in_the_place_of_the_word(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("UNASKED", 0.0), ("AT_END", 0.0), ("DROPPED", 0.0)):
        monkeypatch.setattr(rules, name, value)
    left, word, right = pieces(["的", "鼹鼠", "多"])
    sentence = np.concatenate([left, word, right])
    start, end = len(left), len(left) + len(word)
    words = [w.tolist() for w in asking.words["zh"]["thing"]]
    for seed in range(10):
        asked = rules._question(
            sentence, start, end, False, "zh", asking, np.random.RandomState(seed)
        ).tolist()
        around = [w for w in words if [*left, *w, *right] == asked or [*left, *w] == asked
                  or [*w, *right] == asked]  # fmt: skip
        assert around
        assert not find(word, np.array(asked))


def test_pieces_are_switched_into_one_script() -> None:
    asked = pieces(["大桥什么时候通车"])[0]
    names = bundled_pieces().names
    others = switched(asked, np.random.RandomState(2), script=1)
    changed = [names[i] for i, j in zip(others, asked, strict=True) if i != j]
    assert changed and all("a" <= name[0] <= "ÿ" for name in changed)
    again = switched(asked, np.random.RandomState(2), script=1)
    assert again.tolist() == others.tolist()


def test_a_switched_passage_has_the_same_word_everywhere() -> None:
    asked, *told = pieces(["大桥", "大桥大桥", "通车"])
    passage = Passage(tuple(told), np.array([True, False]), np.zeros(sum(map(len, told)), np.bool_))
    asked_now, (now,) = sources_module._all_switched(asked, [passage], np.random.RandomState(1))
    both = [(*zip(asked.tolist(), asked_now.tolist(), strict=True),)]
    both += [
        (*zip(a.tolist(), b.tolist(), strict=True),)
        for a, b in zip(told, now.sentences, strict=True)
    ]
    pairs = {pair for part in both for pair in part}
    assert len(pairs) == len({before for before, _ in pairs})
    assert any(before != after for before, after in pairs)
    assert now.right is passage.right


def test_sources_are_the_articles_by_language(files: list[Path], sources: Sources) -> None:
    # The paragraphs of the questions are too short to be asked about; three of four news are read.
    assert [(a.language, len(a.texts)) for a in sources.articles] == [("zh", 3)]
    assert sources.shares == [1.0]
    assert sum(map(len, sources.real)) + len(read_cases(files, 100)[1]) == 72
    first = bundled_pieces().ids(["一号渡轮昨天从东渡口开往西渡口。"])[0]
    assert sources.articles[0].texts[0][0].tolist() == first.tolist()


def test_the_shares_of_languages(files: list[Path], news: Path, tmp_path: Path) -> None:
    lines = [f"Sentence {i} tells of a harbour and of ships.\tx" for i in range(24)]
    with gzip.open(tmp_path / "wmt.eng-zho.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join([*lines, *lines[:3]]))
    found = read_sources(files, news, tmp_path, bundled_pieces(), 4)
    assert [a.language for a in found.articles] == ["zh", "en"]
    assert found.shares == pytest.approx([0.75, 0.25])  # .6 and .2, without Japanese
    assert len(found.articles[1].texts[0]) == 12  # sentences


def test_a_folder_without_news_is_told(files: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="check --news"):
        read_sources(files, tmp_path, None, bundled_pieces(), 4)


def test_texts_that_are_too_short_are_told(files: list[Path]) -> None:
    with pytest.raises(InputError, match="give --news"):
        read_sources(files, None, None, bundled_pieces(), 4)
