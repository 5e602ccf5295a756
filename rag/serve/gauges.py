"""What is so at the moment of being asked: the gauges among the metrics."""

from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from rag.errors import StoreError
from rag.serve.service import Service


class State(Collector):
    """What is so at the moment of being asked."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges; without those of the store while it cannot be read."""
        service = self._service
        yield _gauge("asks_under_way", "Answers under way", service.asking)
        yield _gauge("searches_under_way", "Searches under way", service.searching)
        yield from _store(service)
        with service.answering() as assistant:
            llm = assistant.llm
        if llm is None:
            return
        ready = getattr(llm, "ready", True)
        yield _gauge("model_ready", "Whether the language model can answer", ready)
        waiting = getattr(llm, "waiting", None)
        if waiting is not None:
            yield _gauge("model_waiting", "Answers that wait for the language model", waiting)


def _store(service: Service) -> Iterator[GaugeMetricFamily]:
    try:
        generation = service.generation()
    except StoreError:
        yield _gauge("store_readable", "Whether the store can be read", 0)
        return
    manifest = generation.manifest
    yield _gauge("store_readable", "Whether the store can be read", 1)
    yield _gauge("store_generation", "Number of the store's published state", generation.number)
    yield _gauge("store_articles", "Articles in the store", manifest.articles)
    yield _gauge("store_paragraphs", "Paragraphs in the store", manifest.paragraphs)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"yinzheng_{name}", about, value=float(value))
