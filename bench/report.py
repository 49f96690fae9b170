"""The one line a bench prints."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import orjson


@dataclass(frozen=True)
class Report:
    """Figures with their unit in the key, the limits measured in the same run, and their ratios."""

    name: str
    data: Mapping[str, int | float | str]
    figures: Mapping[str, float]
    limits: Mapping[str, float]
    ratios: Mapping[str, float]

    def as_json_line(self) -> str:
        return orjson.dumps(asdict(self)).decode()


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
