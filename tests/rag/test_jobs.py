"""Work in threads: every item once, errors and stops lose nothing, results in order."""

import threading
from collections.abc import Iterator

import pytest

from rag.errors import ModelBusy, ModelError
from rag.jobs import InOrder, in_threads, patiently


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_every_item_is_worked_on_once(jobs: int) -> None:
    done: list[int] = []
    in_threads(range(200), done.append, jobs=jobs, stop=threading.Event())
    assert sorted(done) == list(range(200))
    if jobs == 1:
        assert done == list(range(200))


def test_several_threads_work_at_the_same_time() -> None:
    together = threading.Barrier(3)
    in_threads(range(6), lambda _: together.wait(30), jobs=3, stop=threading.Event())


def test_the_first_error_is_raised_when_the_work_under_way_is_done() -> None:
    stop, begun = threading.Event(), threading.Event()
    done: list[int] = []

    def work(item: int) -> None:
        if item == 1:
            begun.wait(30)
            raise ModelError("the model stopped")
        begun.set()
        assert stop.wait(30)  # the other thread has failed
        done.append(item)

    with pytest.raises(ModelError, match="the model stopped"):
        in_threads(range(100), work, jobs=2, stop=stop)
    assert done == [0]


def test_an_error_of_the_items_ends_it_too() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise StopAsyncIteration("no file any more")

    done: list[int] = []
    with pytest.raises(StopAsyncIteration, match="no file any more"):
        in_threads(items(), done.append, jobs=2, stop=threading.Event())
    assert done == [1]


def test_an_item_that_ends_in_stop_iteration_is_an_error_like_others() -> None:
    def work(item: int) -> None:
        if item == 3:
            raise StopIteration

    with pytest.raises(StopIteration):
        in_threads(range(9), work, jobs=1, stop=threading.Event())


def test_nothing_is_drawn_after_stop() -> None:
    stop = threading.Event()
    done: list[int] = []

    def work(item: int) -> None:
        done.append(item)
        if item == 4:
            stop.set()

    in_threads(iter(range(100)), work, jobs=1, stop=stop)
    assert done == [0, 1, 2, 3, 4]


def test_results_come_in_order_and_do_not_pile_up_behind_a_slow_one() -> None:
    """Two threads, three results ahead: while 0 is slow, 1 to 4 are begun, and no more."""
    stop, fifth, sixth = threading.Event(), threading.Event(), threading.Event()
    given: list[int] = []
    in_order = InOrder(given.append, ahead=3, stop=stop)
    unwanted: list[bool] = []

    def work(number: int) -> None:
        if number == 0:
            assert fifth.wait(30)
            unwanted.append(sixth.wait(0.3))
            assert given == []
        elif number == 4:
            fifth.set()
        elif number == 5:
            sixth.set()
        in_order.put(number, number)

    in_threads(range(50), work, jobs=2, stop=stop)
    assert given == list(range(50))
    assert unwanted == [False]


def test_who_waits_for_a_slow_result_goes_on_after_a_stop() -> None:
    stop = threading.Event()
    given: list[str] = []
    in_order = InOrder(given.append, ahead=0, stop=stop)
    late = threading.Thread(target=in_order.put, args=(1, "b"))
    late.start()
    stop.set()
    late.join(30)
    assert not late.is_alive() and given == []
    in_order.put(0, "a")
    assert given == ["a", "b"]


def test_a_busy_model_is_asked_again_until_a_stop() -> None:
    stop = threading.Event()
    asked = 0

    def ask() -> str:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise ModelBusy("busy", 0)
        return "answer"

    assert patiently(ask, stop) == "answer"
    assert asked == 3
    asked = 0
    stop.set()
    assert patiently(ask, stop) is None
    assert asked == 1
