"""Counting while lines are taken: what became of them, and what they said."""

from collections import Counter
from operator import itemgetter
from typing import Any

from customer.attributes.models import Scalar
from customer.imports.lines import Line
from customer.imports.models import CustomerImport

MOST_DISTINCT = 12


class Tally:
    """The counts of one chunk."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.fields: Counter[str] = Counter()
        self.said: list[dict[str, Scalar | None]] = []
        self.blanks: dict[str, int] = {}
        self.values: dict[str, Counter[Scalar | None]] = {}

    def count(self, outcome: str, status: str, line: Line) -> None:
        self.outcomes[outcome] += 1
        self.statuses[status] += 1
        self.said.append(line.attributes)

    def refuse(self, field: str) -> None:
        self.outcomes["rejected"] += 1
        self.fields[field] += 1

    def add_to(self, progress: CustomerImport) -> None:
        for name in self.said[0] if self.said else ():
            self.values[name] = Counter(map(itemgetter(name), self.said))
            self.blanks[name] = self.values[name].pop(None, 0)
        for outcome, number in self.outcomes.items():
            setattr(progress, outcome, getattr(progress, outcome) + number)
        progress.lines += self.outcomes.total()
        progress.rejected_by_field = dict(Counter(progress.rejected_by_field) + self.fields)
        progress.by_status = dict(Counter(progress.by_status) + self.statuses)
        names = self.values.keys() | progress.attributes.keys()
        progress.attributes = {
            name: self._merged(name, progress.attributes.get(name, {"blanks": 0, "values": {}}))
            for name in sorted(names)
        }

    def _merged(self, name: str, before: dict[str, Any]) -> dict[str, Any]:
        """Values are counted until there are too many different ones to be told."""
        blanks = before["blanks"] + self.blanks.get(name, 0)
        known = before["values"]
        if known is not None:
            fresh = {_text(value): n for value, n in self.values.get(name, Counter()).items()}
            known = dict(Counter(known) + Counter(fresh))
        return {"blanks": blanks, "values": _few(known)}


def _few(values: dict[str, int] | None) -> dict[str, int] | None:
    return values if values is not None and len(values) <= MOST_DISTINCT else None


def _text(value: Scalar | None) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
