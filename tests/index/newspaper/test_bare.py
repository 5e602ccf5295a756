"""Articles without a headline: which texts are weighed, by what evidence, and what is decided."""

import numpy as np
import pytest

from index.newspaper import bare
from index.newspaper.borders import Chain, Group, Habits, Headline
from index.newspaper.flows import Flow, Paragraph, Topics
from index.newspaper.lines import printed_lines

TEXTS = (
    "双月桥昨天重新开放步行，镇里的人都来了。",
    "双月桥的石匠说，糯米灰浆要熬三天三",
    "茶农抗旱保住新芽，收购站的价格上涨了三成。",
    "茶农把水从山下挑上来,茶树没有枯死,新芽比去年晚了七天。",
)
HABITS = Habits(headlines=3, cues=2, datelines=0, likeness=0.1)


def page() -> tuple[list[Chain], dict[int, Group], Topics]:
    """Four texts; a headline stands before the first, a notice before the third."""
    lines = printed_lines("\n".join(TEXTS))
    flows = [Flow([Paragraph([line])], begins=place - 7.0) for place, line in enumerate(lines)]
    chains = [
        Chain([place], flow, flow, flow.text, before=place - 1 if place else None)
        for place, flow in enumerate(flows)
    ]
    groups = {place: Group(after=place) for place in range(4)}
    groups[0].headlines.append(Headline(printed_lines("双月桥重新开放")))
    groups[2].ended = True
    groups[2].continued_from = 2
    return chains, groups, Topics.of(TEXTS)


def named(row: np.ndarray[tuple[int], np.dtype[np.float32]]) -> dict[str, float]:
    return dict(zip(bare.FEATURES, row.tolist(), strict=True))


def test_only_texts_without_a_headline_are_weighed() -> None:
    chains, groups, topics = page()
    places, features = bare.candidates(chains, groups, topics, HABITS)
    assert places == [1, 2, 3]
    assert features.shape == (3, len(bare.FEATURES))


def test_evidence_of_a_text_behind_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    chains, groups, topics = page()
    leads = {TEXTS[1]: -1.5, TEXTS[2]: 9.0, TEXTS[3]: 0.5}
    monkeypatch.setattr(bare, "begins_article", lambda texts: np.array([leads[t] for t in texts]))
    places, features = bare.candidates(chains, groups, topics, HABITS)
    found = named(features[places.index(2)])
    assert (found["ended"], found["continued"], found["rich, no cue"]) == (1, 1, 0)
    assert (found["first"], found["before open"], found["before brief"]) == (0, 1, 1)
    assert (found["begins"], found["lead"]) == (-5, 5)  # as far as they count
    assert [named(row)["lead"] for row in features] == [-1.5, 5, 0.5]
    assert found["headlines"] == pytest.approx(0.3)
    # No pair of characters stands in the bridge's texts, several stand in the next one.
    assert found["topic"] == found["topic, earlier"] == pytest.approx(-1)
    assert found["topic, next"] > -0.9


def test_evidence_of_a_text_that_goes_on() -> None:
    chains, groups, topics = page()
    places, features = bare.candidates(chains, groups, topics, HABITS)
    found = named(features[places.index(3)])
    assert (found["ended"], found["before open"], found["rich, no cue"]) == (0, 0, 1)
    assert found["other marks"] == 1  # its commas are those of another typist
    assert found["topic"] == pytest.approx(found["topic, earlier"])
    assert found["topic"] > -0.9
    assert found["topic, next"] == pytest.approx(-1)  # nothing stands behind it


def test_where_a_text_ended_less_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    chains, groups, topics = page()

    def even(value: float) -> None:
        weights = np.zeros(len(bare.FEATURES), np.float32)
        weights[bare.FEATURES.index("always")] = value
        monkeypatch.setattr(bare, "table", lambda decision, features: weights)

    for value, expected in ((-1.5, {}), (0.0, {2: 0.0}), (1.5, {1: 1.5, 2: 1.5, 3: 1.5})):
        even(value)
        assert bare.beginnings(chains, groups, topics, HABITS) == expected


def test_nothing_to_weigh() -> None:
    chains, groups, topics = page()
    assert bare.beginnings(chains[:1], groups, topics, HABITS) == {}


def test_what_was_learnt_speaks_for_new_matter() -> None:
    """A lead and a stop speak for a beginning, likeness to earlier texts against it."""
    learnt = dict(zip(bare.FEATURES, bare.table("bare", bare.FEATURES).tolist(), strict=True))
    assert learnt["lead"] > 0.3
    assert learnt["dateline"] > 1
    assert learnt["topic, earlier"] < 0
