"""Who is next, and for whom there is a place."""

from hypothesis import given
from hypothesis import strategies as st

from rag.fair_queue import FairQueue


def filled(*names: str, places: int = 16, per_session: int = 2) -> FairQueue[str]:
    """A queue of items such as a1, of session a; those that begin with - have none."""
    queue: FairQueue[str] = FairQueue(places, per_session)
    for name in names:
        queue.add(name, name[0].strip("-"))
    return queue


def taken(queue: FairQueue[str]) -> list[str]:
    return [queue.take() for _ in range(len(queue))]


def test_sessions_take_turns() -> None:
    assert taken(filled("a1", "a2", "b1", "c1", "c2")) == ["a1", "b1", "c1", "a2", "c2"]
    assert taken(filled("-1", "a1", "-2", "a2", "-3")) == ["-1", "a1", "-2", "-3", "a2"]


def test_whoever_had_a_turn_goes_behind_the_others() -> None:
    queue = filled("a1", "a2", "b1")
    assert queue.take() == "a1"
    queue.add("c1", "c")
    queue.add("a3", "a")
    assert taken(queue) == ["b1", "a2", "c1", "a3"]


def test_the_order_is_that_of_the_turns() -> None:
    queue = filled("a1", "a2", "b1", "c1", "c2", "-1")
    assert list(queue) == ["a1", "b1", "c1", "-1", "a2", "c2"]
    assert queue.take() == "a1"
    assert list(queue) == taken(queue) == ["b1", "c1", "-1", "a2", "c2"]


def test_places_of_a_session() -> None:
    queue = filled("b1", "a1", "a2", "-1", "-2", "-3")
    assert [queue.turns_until_place(session) for session in ("a", "b", "c", "")] == [2, 0, 0, 0]
    queue.take()
    assert queue.turns_until_place("a") == 1
    queue.take()
    assert queue.turns_until_place("a") == 0


def test_places_in_all() -> None:
    queue = filled("-1", "a1", "-2", places=3, per_session=1)
    assert [queue.turns_until_place(session) for session in ("a", "b", "")] == [2, 1, 1]
    assert queue.remove("-2")
    assert [queue.turns_until_place(session) for session in ("a", "b", "")] == [2, 0, 0]


def test_removing() -> None:
    queue = filled("a1", "a2", "b1")
    assert queue.remove("a1") and not queue.remove("a1") and not queue.remove("x")
    assert list(queue) == taken(queue) == ["a2", "b1"]  # a keeps its turn
    assert len(queue) == 0 and queue.turns_until_place("a") == 0


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b", "c", "take", "remove"]), st.integers(0))))
def test_whatever_happens(events: list[tuple[str, int]]) -> None:
    queue: FairQueue[tuple[str, int]] = FairQueue(5, 2)
    waiting: list[tuple[str, int]] = []
    passed: dict[str, list[str]] = {}  # whose turns a session has seen while it waited
    for number, (event, index) in enumerate(events):
        if event not in ("take", "remove"):
            of_session = sum(session == event for session, _ in waiting)
            refused = len(waiting) >= 5 or (event != "" and of_session >= 2)
            assert bool(queue.turns_until_place(event)) == refused
            if not refused:
                queue.add((event, number), event)
                waiting.append((event, number))
        elif waiting and event == "remove":
            assert queue.remove(waiting.pop(index % len(waiting)))
        elif waiting:
            first = next(iter(queue))
            item = queue.take()
            assert item == first
            waiting.remove(item)
            passed[item[0]] = []
            for session in {session for session, _ in waiting} - {item[0]}:
                seen = passed.setdefault(session, [])
                assert item[0] == "" or item[0] not in seen
                seen.append(item[0])
        there = {session for session, _ in waiting}
        passed = {session: seen for session, seen in passed.items() if session in there}
        passed.pop("", None)  # they are no session
        assert sorted(queue) == sorted(waiting) and len(queue) == len(waiting)
