import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from rag.per_generation import PerGeneration


class State:
    pass


def test_it_is_made_once_for_each_and_kept_no_longer() -> None:
    made: list[State] = []
    start = threading.Barrier(4)

    def make(state: State) -> list[str]:
        time.sleep(0.01)  # the others come meanwhile
        made.append(State())
        return [f"of {id(state)}"]

    kept: PerGeneration[list[str]] = PerGeneration(make)  # type: ignore[arg-type]
    states = [State(), State()]

    def ask(_: int) -> list[str]:
        start.wait()
        return kept.of(states[0])  # type: ignore[arg-type]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))
    assert all(one is found[0] for one in found) and len(made) == 1
    assert kept.of(states[1]) == [f"of {id(states[1])}"]  # type: ignore[arg-type]
    del states[0]
    gc.collect()
    assert list(kept._made) == states
