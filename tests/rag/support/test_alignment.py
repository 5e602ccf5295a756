from hypothesis import given, settings
from hypothesis import strategies as st

from rag.support.alignment import MOST_SAID, Edit, align, align_tokens, best_window
from rag.support.tokens import read


def differences(sentence: str, source: str) -> list[tuple[str, str]]:
    """What of the sentence stands where what of the source does."""
    alignment = align(read(sentence), source)
    return [
        (alignment.sentence.printed(e.first, e.last), alignment.window.printed(e.at, e.to))
        for e in alignment.edits
    ]


def test_tokens_are_characters_words_and_figures() -> None:
    tokens = read("長さ２３,０９５mの「マイル」橋 isn't Bell's.")
    assert tokens.words == (
        "长", "さ", "23095", "m", "の", "マイル", "桥", "isn't", "bell",
    )  # fmt: skip
    assert tokens.printed(2, 4) == "２３,０９５m"
    assert tokens.light == (False, True, False, False, True, False, False, False, False)


def test_inflected_words_have_one_key() -> None:
    for one, other in (
        ("workers", "worker"), ("opened", "opens"), ("мосты", "мост"), ("aprobada", "aprobado"),
    ):  # fmt: skip
        assert read(one).keys == read(other).keys
    assert read("news").keys != read("new").keys


def test_an_accent_that_stands_by_itself_belongs_to_its_letter() -> None:
    assert read("Cafe\u0301s").words == read("Cafés").words


def test_the_window_is_the_shortest_run_of_sentences_with_most_words() -> None:
    text = "江上有桥。新桥长五百米，宽二十米。湖水深三十米。"
    one = best_window(read("新桥宽二十米。"), read(text))
    assert one.printed(0, len(one)) == "新桥长五百米，宽二十米"
    both = best_window(read("新桥长五百米，湖水深三十米。"), read(text))
    assert both.printed(0, len(both)) == "新桥长五百米，宽二十米。湖水深三十米"


def test_edits_say_what_stands_in_place_of_what() -> None:
    source = "The council approved the Harrow Ferry bridge on Monday."
    assert differences("The council approved the Harrow Ferry bridge.", source) == [
        ("", "on Monday")
    ]
    assert differences("The mayor approved the Harrow Ferry bridge on Monday.", source) == [
        ("mayor", "council")
    ]
    assert differences("新桥昨日长五百米", "新桥长五百米。") == [("昨日", "")]


def test_the_same_words_have_no_edits() -> None:
    alignment = align(read("新橋長５００米。"), "雨停了。新桥长500米！人们来了。")
    assert alignment.edits == ()
    assert alignment.share == 1.0
    assert list(alignment.runs()) == [(0, 5, 0, 5)]
    assert alignment.window.printed(0, 5) == "新桥长500米"


def test_a_stray_word_far_away_is_not_matched() -> None:
    source = (
        "新的图书馆今天上午在江边开放。"
        "馆里有书、有报、有地图、有钢琴，还有一间给孩子们的屋子，"
        "从早到晚都坐满了人，没有一天例外"
    )
    matched = align(read("新的图书馆今天上午没有开放"), source)
    words = [matched.sentence.printed(e.first, e.last) for e in matched.edits]
    assert any("没有" in word for word in words)


def test_a_window_without_ends_of_sentences_is_cut_down() -> None:
    source = "船" * 3000 + "新桥长五百米" + "船" * 3000
    alignment = align(read("新桥长五百米"), source)
    assert len(alignment.window) <= 600
    assert alignment.share == 1.0
    long = align(read("桥" * 1000), "桥" * 1000)
    assert len(long.sentence) == MOST_SAID


TEXT = st.text(alphabet="新桥长不没有 1234,.。，a b c", max_size=40)


@settings(deadline=None, derandomize=True)
@given(TEXT, TEXT)
def test_edits_and_matched_runs_rebuild_both_sides(sentence: str, source: str) -> None:
    ours, theirs = read(sentence), read(source)
    alignment = align_tokens(ours, theirs)
    first = at = 0
    for run in sorted(
        [*alignment.runs(), *((e.first, e.last, e.at, e.to) for e in alignment.edits)]
    ):
        assert (run[0], run[2]) == (first, at)
        first, at = run[1], run[3]
    assert (first, at) == (len(ours), len(theirs))
    for start, end, there, to in alignment.runs():
        assert ours.keys[start:end] == theirs.keys[there:to]
    assert Edit(0, 0, 0, 0) not in alignment.edits


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_tokens_point_into_the_text(text: str) -> None:
    tokens = read(text)
    assert all(s < e for s, e in zip(tokens.starts, tokens.ends, strict=True))
    assert list(tokens.starts) == sorted(tokens.starts)
    assert all(tokens.words)
