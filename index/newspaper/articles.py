"""Flows and headlines → articles: flows are ordered, every article gets its headline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from index.newspaper import bare
from index.newspaper.borders import (
    FEATURES,
    Chain,
    Group,
    Habits,
    Headline,
    Heads,
    closes,
    evidence,
    heads_of,
    is_subtitle,
    words_of,
)
from index.newspaper.flows import Flow, Topics
from index.newspaper.links import link, runs_into
from index.newspaper.seams import Seams
from index.newspaper.weights import table

# Log-odds of a beginning from which a headline is one: a beginning that is overlooked hides a
# title, a false one only parts an article.
_BEGINS = -0.5
_CERTAIN = 4.0  # log-odds of a beginning that needs no weighing
_NEAR = 100  # flows within which one is sought that another simply follows
_BETTER = 0.25  # share by which a headline must fit an article better than where it stands
_CLAIM = 0.3  # what a headline is worth more in its place
_FIT = 0.3  # share of a stray headline's words that its article must hold


@dataclass
class Draft:
    """An article in the making: its flows in reading order, with the groups before them."""

    flows: list[Flow] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # of the flows on the page
    crossheads: dict[int, Group] = field(default_factory=dict)  # before the flow at that place
    group: Group | None = None
    heads: Heads = field(default_factory=Heads)
    sure: float = 1.0
    continued_from: int | None = None  # the page before, by a notice where it begins

    @property
    def goes_on(self) -> bool:
        """Whether nothing begins it, so that it may go on with what stands before it."""
        return self.group is None and self.heads == Heads()

    def append(self, rest: "Draft") -> None:
        """Take over a draft that goes on with this one."""
        self.crossheads.update({len(self.flows) + k: g for k, g in rest.crossheads.items()})
        self.flows += rest.flows


def arrange(
    flows: Sequence[Flow], groups: Sequence[Group], seams: Seams
) -> tuple[list[Draft], list[Group]]:
    """The articles of a page in the order in which they begin, and headlines without a text."""
    if not flows:
        return [], [group for group in groups if group.headlines]
    topics = Topics.of([flow.text for flow in flows])
    link(flows, seams, topics)
    chains = chains_of(flows)
    before = {group.after: group for group in groups if group.after is not None}
    heads = _heads(chains, before, topics.merged([chain.flows for chain in chains]))
    successor = _successors(flows, heads, topics)
    drafts = []
    followers = set(successor.values())
    for start in range(len(flows)):
        if start in heads or start not in followers:
            drafts.append(_draft(start, flows, successor, before, heads))
    return drafts, _give_headlines(drafts, groups, topics)


def chains_of(flows: Sequence[Flow]) -> list[Chain]:
    """Linked flows together, in the order in which they begin on the page."""
    chains: list[Chain] = []
    owner: dict[int, int] = {}
    for start, flow in enumerate(flows):
        if flow.previous is not None:
            continue
        members = [start]
        while (after := flows[members[-1]].next) is not None:
            members.append(after)
        owner.update(dict.fromkeys(members, len(chains)))
        text = "".join(flows[i].text for i in members)
        chains.append(Chain(members, flow, flows[members[-1]], text))
    for place, chain in enumerate(chains):
        start = chain.flows[0]
        if start and owner[start - 1] != place:
            chain.before = owner[start - 1]
    return chains


def candidates(
    chains: Sequence[Chain], before: Mapping[int, Group], topics: Topics, habits: Habits
) -> tuple[list[int], NDArray[np.float32]]:
    """The flows with headlines before them that nothing runs into, and the evidence on each."""
    headed = _headed(chains, before)
    words = ["".join(headline.text for headline in group.headlines) for _, group in headed]
    covered = topics.covered(words).tolist()
    rows = [
        evidence(group, place, chains, topics, shares, habits)
        for (place, group), shares in zip(headed, covered, strict=True)
    ]
    return [chains[place].flows[0] for place, _ in headed], np.array(rows, dtype=np.float32)


def habits_of(chains: Sequence[Chain], before: Mapping[int, Group], topics: Topics) -> Habits:
    """What is usual on the page of some chains."""
    headed = _headed(chains, before)
    datelines = sum(chain.dated for chain in chains)
    cues = sum(bool(group.bylines) or group.ended for _, group in headed)
    return Habits(len(headed), cues + datelines, datelines, topics.likeness())


def _headed(chains: Sequence[Chain], before: Mapping[int, Group]) -> list[tuple[int, Group]]:
    """Places of the chains with headlines before them, and these."""
    return [
        (place, before[chain.flows[0]])
        for place, chain in enumerate(chains)
        if chain.flows[0] in before and before[chain.flows[0]].headlines
    ]


def _heads(
    chains: Sequence[Chain], before: Mapping[int, Group], topics: Topics
) -> dict[int, float]:
    """The flows that begin an article, with the log-odds that they do."""
    habits = habits_of(chains, before, topics)
    heads = bare.beginnings(chains, before, topics, habits)
    heads |= {chain.flows[0]: _CERTAIN for chain in chains if _certain(chain, before)}
    flows, features = candidates(chains, before, topics, habits)
    if flows:
        worth = (features @ table("heads", FEATURES)).tolist()
        for flow, value in zip(flows, worth, strict=True):
            if value > _BEGINS:
                heads[flow] = value
    return heads


def _certain(chain: Chain, before: Mapping[int, Group]) -> bool:
    """Whether nothing but an article begins so: a dateline, or an end mark stands before it.

    Notices such as （上接第二版） often stand before a later part of the text they belong to.
    """
    group = before.get(chain.flows[0])
    if not chain.flow.fresh or group is None:
        return False
    signed = group.signed and group.continued_from is None
    return signed or chain.dated


def _successors(
    flows: Sequence[Flow], heads: Mapping[int, float], topics: Topics
) -> dict[int, int]:
    """Which flow follows which: linked ones, and those that simply stand behind one another."""
    successor = {k: flow.next for k, flow in enumerate(flows) if flow.next is not None}
    for k, flow in enumerate(flows):
        if flow.previous is not None or k in heads or k == 0:
            continue
        near = range(max(0, k - _NEAR), min(len(flows), k + _NEAR))
        free = [j for j in near if j not in successor and not runs_into(successor, k, j)]
        if not free:
            continue
        successor[max(free, key=lambda j: (_nearness(flows, j, k, topics), j))] = k
    return successor


def _nearness(flows: Sequence[Flow], j: int, k: int, topics: Topics) -> float:
    """How well flow k follows flow j, where no sentence runs over."""
    value = 2.0 if j == k - 1 else -0.2 * min(10, abs(k - j)) - (0.5 if j > k else 0.0)
    return value + (0.0 if closes(flows[j]) else -1.0) + 8.0 * float(topics.alike[j, k])


def _draft(
    start: int, flows: Sequence[Flow], successor: dict[int, int], before: Mapping[int, Group],
    heads: Mapping[int, float],
) -> Draft:  # fmt: skip
    draft = Draft()
    at: int | None = start
    while at is not None:
        group = before.get(at)
        if at == start and start in heads:
            draft.group = group
            draft.sure = heads[start]
            draft.continued_from = group.continued_from if group else None
        elif group is not None and group.headlines and flows[at].previous is None:
            draft.crossheads[len(draft.flows)] = group
        draft.flows.append(flows[at])
        draft.places.append(at)
        at = successor.get(at)
    if draft.group is not None:
        text = "".join(flow.text for flow in draft.flows)
        draft.heads = heads_of(draft.group, text, first_on_page=start == 0)
    return draft


def _give_headlines(drafts: list[Draft], groups: Sequence[Group], of_flows: Topics) -> list[Group]:
    """Headlines that stand elsewhere go to the article they fit; returns those that fit none."""
    used = {id(group) for d in drafts for group in (d.group, *d.crossheads.values())}
    stray = [group for group in groups if group.headlines and id(group) not in used]
    if not stray and not any(_wants_headline(draft) for draft in drafts):
        return []
    topics = of_flows.merged([draft.places for draft in drafts])
    lost = _assign(stray, drafts, topics)
    for one, draft in enumerate(drafts):
        if _wants_headline(draft):
            _borrow(one, drafts, topics)
    return lost


def _wants_headline(draft: Draft) -> bool:
    """Whether a headline is missing; that of a continued article stands on another page."""
    return draft.heads.title is None and draft.continued_from is None


def _assign(stray: Sequence[Group], drafts: list[Draft], topics: Topics) -> list[Group]:
    """Give every headline to the article it fits, all together; returns those that fit none.

    A headline printed behind its article stands before the next one, whose own headline then
    stands elsewhere too: so headlines may move on, though each has a claim to its place.
    """
    from scipy.optimize import linear_sum_assignment

    owners = [i for i, draft in enumerate(drafts) if draft.heads.title is not None]
    offers = [(drafts[i].group, drafts[i].heads) for i in owners]
    offers += [(group, heads_of(group, "", first_on_page=False)) for group in stray]
    worth = np.zeros((len(offers), len(drafts)))
    fits = topics.covered([words_of(heads) for _, heads in offers]).tolist()
    for row in range(len(offers)):
        for column, draft in enumerate(drafts):
            fit = fits[row][column]
            own = row < len(owners) and owners[row] == column
            if own or (fit > _FIT and (draft.heads.title is not None or _wants_headline(draft))):
                worth[row, column] = fit + (_CLAIM if own else 0.0)
    taken = {
        int(row): int(column)
        for row, column in zip(*linear_sum_assignment(worth, maximize=True), strict=True)
        if worth[row, column] > 0
    }
    if any(row not in taken for row in range(len(owners))):  # better one too few than one lost
        taken = {row: column for row, column in taken.items() if row >= len(owners)}
        taken = {r: c for r, c in taken.items() if _wants_headline(drafts[c])}
        taken |= dict(enumerate(owners))
    for column in owners:
        drafts[column].heads, drafts[column].group = Heads(), None
    for row, column in taken.items():
        drafts[column].group, drafts[column].heads = offers[row]
    return [group for row, (group, _) in enumerate(offers) if row not in taken and group]


def _borrow(bare: int, drafts: Sequence[Draft], topics: Topics) -> None:
    """A bare article takes the headline that stands in another one but fits itself far better."""
    offers = [
        (other, headline)
        for other in range(len(drafts))
        if other != bare
        for headline in _not_needed(drafts[other])
    ]
    shares = topics.covered([headline.text for _, headline in offers]).tolist()
    best: tuple[float, int, Headline | None] = (_BETTER, -1, None)
    for (other, headline), share in zip(offers, shares, strict=True):
        gain = share[bare] - share[other]
        if share[bare] > _FIT and gain > best[0]:
            best = (gain, other, headline)
    if best[2] is None:
        return
    giver, headline = drafts[best[1]], best[2]
    giver.heads = replace(
        giver.heads,
        kickers=tuple(h for h in giver.heads.kickers if h is not headline),
        subtitles=tuple(h for h in giver.heads.subtitles if h is not headline),
    )
    for group in giver.crossheads.values():
        group.headlines[:] = [h for h in group.headlines if h is not headline]
    drafts[bare].heads = Heads(title=headline)


def _not_needed(draft: Draft) -> list[Headline]:
    """The headlines that an article can give to another one."""
    crossheads = [h for group in draft.crossheads.values() for h in group.headlines]
    plain = [h for h in draft.heads.subtitles if not is_subtitle(h)]
    return [*draft.heads.kickers, *plain, *crossheads]
