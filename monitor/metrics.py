"""How things fare, in the words of Prometheus. The home of prometheus-client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeHistogramMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

# All of it is read from the state at one moment: nothing here only ever counts up, so all of it is gauges.


@dataclass(frozen=True, slots=True)
class Histogram:
    """How long things took, in seconds: `within` counts what took at most so long, by upper bound."""

    within: tuple[tuple[float, int], ...]
    count: int
    total: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What `monitor status` knows as numbers: feeds and deliveries by state, the rest by channel or feed."""

    ok: bool
    feeds: Mapping[str, int]
    failures: Mapping[str, int]
    deliveries: Mapping[str, int]
    waiting: Mapping[str, int]
    silences: int
    problems: Mapping[str, int]
    latency: Mapping[str, Histogram]


def render(figures: Figures) -> str:
    """Return a page in Prometheus's text format, for node_exporter's textfile collector or any scraper."""
    registry = CollectorRegistry()
    registry.register(_Collector(figures))
    return generate_latest(registry).decode()


class _Collector(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily | GaugeHistogramMetricFamily]:
        """Yield each metric."""
        known = self._figures
        yield GaugeMetricFamily("monitor_ok", "1 if nothing needs a person.", value=known.ok)
        yield _gauge("monitor_feeds", "Configured feeds by state.", "state", known.feeds)
        yield _gauge("monitor_feed_failures", "Polls that failed in a row.", "feed", known.failures)
        yield _gauge("monitor_deliveries", "Deliveries by state.", "state", known.deliveries)
        yield _gauge("monitor_deliveries_waiting", "Deliveries that are due, by channel.", "channel", known.waiting)
        yield GaugeMetricFamily("monitor_silences", "Silences that last.", value=known.silences)
        yield _gauge("monitor_problems", "What somebody should look at, by kind.", "kind", known.problems)
        latency = GaugeHistogramMetricFamily(
            "monitor_delivery_latency_seconds",
            "From seeing an article to its acceptance by the channel's service, over the last 24 hours.",
            labels=["channel"],
        )
        for channel, one in known.latency.items():
            buckets = [*((str(bound), float(count)) for bound, count in one.within), ("+Inf", float(one.count))]
            latency.add_metric([channel], buckets, one.total)
        yield latency


def _gauge(name: str, help_: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
