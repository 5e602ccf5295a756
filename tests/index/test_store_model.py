"""Any sequence of changes leaves what a dict would hold."""

import tempfile
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from eval.bench.reliability.operations import NAMES, Archive
from index.check import check
from tests.conftest import HashEmbedder

names = st.sampled_from(NAMES)


class Changes(RuleBasedStateMachine):
    """The operations of a store, in any order; generations are whole, or have changes beside."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.patch = mock.patch("index.draft.WHOLE_BELOW", 3)
        self.patch.start()
        self.archive = Archive(Path(self.folder.name), HashEmbedder(64))

    def teardown(self) -> None:
        assert check(self.archive.store) == []
        self.patch.stop()
        self.folder.cleanup()

    @rule(name=names)
    def write(self, name: str) -> None:
        self.archive.write(name)

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.archive.delete(name)

    @rule(name=names)
    def add(self, name: str) -> None:
        self.archive.add(name)

    @rule(name=names)
    def remove(self, name: str) -> None:
        self.archive.remove(name)

    @rule()
    def build(self) -> None:
        self.archive.build()

    @rule(prune=st.booleans())
    def update(self, prune: bool) -> None:
        self.archive.update(prune)

    @invariant()
    def holds_what_it_must(self) -> None:
        self.archive.verify()


TestChanges = Changes.TestCase
TestChanges.settings = settings(
    max_examples=10,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
