"""Counts and timings that cost next to nothing to note, and can be added up over processes."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

Labels = tuple[str, ...]
Snapshot = Mapping[str, list[tuple[list[str], Any]]]


class Series(NamedTuple):
    """What is noted under one name."""

    name: str
    says: str
    labels: tuple[str, ...] = ()


class Timing:
    """How often something took how long."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.total = 0.0

    def note(self, seconds: float) -> None:
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds


class Counts(dict[Labels, float]):
    """Numbers by labels; one that was never noted is zero."""

    def __init__(self, series: Series) -> None:
        super().__init__()
        self.series = series

    def add(self, labels: Labels, number: float = 1) -> None:
        self[labels] = self.get(labels, 0) + number

    def snapshot(self) -> list[tuple[list[str], Any]]:
        return [(list(labels), number) for labels, number in self.items()]

    def include(self, snapshot: Iterable[tuple[list[str], Any]]) -> None:
        for labels, number in snapshot:
            self.add(tuple(labels), number)

    def metric(self) -> Metric:
        family = CounterMetricFamily(
            self.series.name, self.series.says, labels=list(self.series.labels)
        )
        for labels, number in self.items():
            family.add_metric(list(labels), number)
        return family


class Levels(Counts):
    """Numbers that go up and down."""

    def metric(self) -> Metric:
        family = GaugeMetricFamily(
            self.series.name, self.series.says, labels=list(self.series.labels)
        )
        for labels, number in self.items():
            family.add_metric(list(labels), number)
        return family


class Timings(dict[Labels, Timing]):
    """Timings by labels."""

    def __init__(self, series: Series) -> None:
        super().__init__()
        self.series = series

    def __missing__(self, labels: Labels) -> Timing:
        timing = self[labels] = Timing()
        return timing

    def snapshot(self) -> list[tuple[list[str], Any]]:
        return [(list(labels), [each.counts, each.total]) for labels, each in self.items()]

    def include(self, snapshot: Iterable[tuple[list[str], Any]]) -> None:
        for labels, (counts, total) in snapshot:
            timing = self[tuple(labels)]
            timing.counts = [a + b for a, b in zip(timing.counts, counts, strict=True)]
            timing.total += total

    def metric(self) -> Metric:
        family = HistogramMetricFamily(
            self.series.name, self.series.says, labels=list(self.series.labels)
        )
        for labels, timing in self.items():
            family.add_metric(list(labels), cumulative(timing.counts), timing.total)
        return family


def cumulative(counts: list[int]) -> list[tuple[str, float]]:
    """Buckets as Prometheus wants them: each with all that took no longer."""
    reached, buckets = 0, []
    for bound, count in zip((*map(float, SECONDS), "+Inf"), counts, strict=True):
        reached += count
        buckets.append((str(bound), float(reached)))
    return buckets
