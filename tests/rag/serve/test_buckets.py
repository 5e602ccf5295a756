"""Tokens, worked out by hand."""

import pytest

from rag.serve.buckets import Buckets, client_of


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def test_a_bucket_empties_and_fills_again():
    clock = Clock()
    buckets = Buckets(2, every=10, clock=clock)
    assert [buckets.take("a"), buckets.take("a"), buckets.take("a")] == [0, 0, 10]
    clock.now += 4
    assert buckets.take("a") == pytest.approx(6)
    clock.now += 6
    assert [buckets.take("a"), buckets.take("a")] == [0, 10]
    clock.now += 10_000
    assert [buckets.take("a"), buckets.take("a"), buckets.take("a")] == [0, 0, 10]


def test_each_key_has_its_own_and_a_token_can_be_given_back():
    buckets = Buckets(1, every=10, clock=Clock())
    assert [buckets.take("a"), buckets.take("b"), buckets.take("a")] == [0, 0, 10]
    buckets.give_back("a")
    buckets.give_back("a")  # never more than there were
    assert [buckets.take("a"), buckets.take("a"), buckets.take("b")] == [0, 10, 10]


def test_only_the_last_keys_are_remembered():
    buckets = Buckets(1, every=10, keys=2, clock=Clock())
    for key in ("a", "b", "a", "c"):
        buckets.take(key)
    assert len(buckets) == 2
    assert [buckets.take("a"), buckets.take("b")] == [10, 0]


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("192.0.2.7", 5000), "192.0.2.7"),
        (("2001:db8:1:2:aaaa::1", 5000), "2001:db8:1:2"),
        (("2001:db8:1:2:bbbb::9%eth0", 5000), "2001:db8:1:2"),
        (("::1", 5000), "::1"),
        (None, ""),
    ],
)
def test_addresses(client, counted):
    assert client_of(client) == counted
