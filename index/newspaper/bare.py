"""Articles that begin without a headline: it stands elsewhere on the page, or was not read.

Most texts without a headline simply go on with what stands before them, also behind a notice such
as （上接第二版） that the scan has put in the wrong place. Weights of a logistic regression over
the evidence below are learnt by `python -m eval bench fit-pages`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.newspaper.borders import Chain, Group, Habits, closes
from index.newspaper.ends import commas
from index.newspaper.flows import Topics
from index.newspaper.leads import begins_article
from index.newspaper.weights import table

FEATURES = (
    "always", "first", "ended", "continued", "dateline", "rich", "rich, no cue", "headlines",
    "text", "begins", "lead", "topic", "topic, earlier", "topic, next", "topic, all",
    "other column", "other marks", "before open", "before brief", "before linked",
)  # fmt: skip

# Log-odds from which an article begins: of a text behind the end of another, and of any other.
_ENDED, _ANY = -1.0, 1.0
_CLIP = 5.0


def beginnings(
    chains: Sequence[Chain], before: Mapping[int, Group], topics: Topics, habits: Habits
) -> dict[int, float]:
    """The flows without a headline that begin an article, with the log-odds that they do."""
    places, features = candidates(chains, before, topics, habits)
    if not places:
        return {}
    worth = (features @ table("bare", FEATURES)).tolist()
    flows = [chains[place].flows[0] for place in places]
    return {
        flow: value
        for flow, value in zip(flows, worth, strict=True)
        if value > (_ENDED if before[flow].ended else _ANY)
    }


def candidates(
    chains: Sequence[Chain], before: Mapping[int, Group], topics: Topics, habits: Habits
) -> tuple[list[int], NDArray[np.float32]]:
    """Places of the chains without a headline, and the evidence on each (chains, features)."""
    places = [
        place
        for place, chain in enumerate(chains)
        if (group := before.get(chain.flows[0])) is not None and not group.headlines
    ]
    leads = begins_article([chains[place].text for place in places]).tolist()
    rows = [
        _evidence(before[chains[place].flows[0]], place, chains, topics, lead, habits)
        for place, lead in zip(places, leads, strict=True)
    ]
    return places, np.array(rows, dtype=np.float32)


def _evidence(
    group: Group, place: int, chains: Sequence[Chain], topics: Topics, lead: float, habits: Habits
) -> list[float]:
    """The features of one chain; `lead` are the log-odds that it reads like a beginning."""
    chain = chains[place]
    values = {
        "always": 1.0,
        "first": float(chain.before is None),
        "ended": float(group.ended),
        "continued": float(group.continued_from is not None),
        "dateline": float(chain.dated),
        "rich": float(habits.cues > 1),
        "rich, no cue": float(habits.cues > 1 and not group.ended and not chain.dated),
        "headlines": min(10, habits.headlines) / 10,
        "text": min(3.0, len(chain.text) / 400),
        "begins": max(-_CLIP, min(_CLIP, chain.flow.begins)),
        "lead": max(-_CLIP, min(_CLIP, lead)),
        "topic, all": habits.likeness * 10,
        **_neighbours(place, topics.alike[place], habits),
    }
    if chain.before is not None:
        other = chains[chain.before]
        left, right = other.tail.last.column, chain.flow.first.column
        values |= {
            "topic": _above(float(topics.alike[chain.before, place]), habits),
            "other column": float(abs(left - right) > 2.6),
            "other marks": float(commas(other.text) * commas(chain.text) < 0),
            "before open": float(not closes(other.tail)),
            "before brief": float(len(other.text) < 60),
            "before linked": float(other.flows[-1] != chain.flows[0] - 1),
        }
    return [values.get(name, 0.0) for name in FEATURES]


def _neighbours(place: int, alike: NDArray[np.float32], habits: Habits) -> dict[str, float]:
    """How alike a chain is to the most alike of those before it, and to the one behind it.

    What goes on with an article is alike to it; what begins one is alike to nothing before it.
    """
    earlier = float(alike[:place].max()) if place else 0.0
    behind = float(alike[place + 1]) if place + 1 < len(alike) else 0.0
    return {"topic, earlier": _above(earlier, habits), "topic, next": _above(behind, habits)}


def _above(likeness: float, habits: Habits) -> float:
    """How much more alike two texts are than those of the page on the average."""
    return (min(0.5, likeness) - habits.likeness) * 10
