import io
from typing import Any

import pytest
from tqdm import tqdm

from index.bars import Bars


def test_each_stage_has_a_bar_that_is_closed_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []

    def watched(**options: Any) -> Any:
        assert options.pop("disable") is None  # silent unless stderr is a terminal
        shown.append(tqdm(**options, file=io.StringIO()))
        return shown[-1]

    monkeypatch.setattr("index.bars.tqdm", watched)
    with Bars() as bars:
        bars.report("read", 0, 3, articles=0)
        bars.report("read", 3, 3, articles=7)
        bars.report("embed", 0, 50, articles=7)
        assert (bars.stage, [bar.n for bar in shown]) == ("embed", [3, 0])
        bars.report("embed", 20, 50, articles=7)
        assert "20/50" in str(shown[1]) and "7 articles" in str(shown[1])
        bars.report("embed", 50, 50, articles=7)
        bars.report("write", 0, 1, articles=7)
    assert [(bar.desc, bar.n, bar.total) for bar in shown] == [
        ("read", 3, 3),
        ("embed", 50, 50),
        ("write", 0, 1),
    ]
    assert all(bar.disable for bar in shown)  # which is what tqdm makes of a closed bar
