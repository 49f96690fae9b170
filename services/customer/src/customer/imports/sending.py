"""A part of a file, as it was sent: its lines with their numbers, and the next one."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from customer.imports.lines import Record, Unreadable
from kit.errors import InvalidInput

MOST_RECORDS: Final = 1_000


@dataclass(frozen=True)
class Sent:
    """Lines in order: records, and what could not be made one."""

    first: int
    lines: Sequence[tuple[int, Record | Unreadable]]

    @property
    def next(self) -> int:
        return self.lines[-1][0] + 1

    @classmethod
    def of(
        cls,
        first: int,
        records: Sequence[Record],
        numbers: Sequence[int] | None = None,
        unreadable: Sequence[tuple[int, Unreadable]] = (),
    ) -> "Sent":
        """InvalidInput when the numbers given don't go with the records."""
        if not 0 < len(records) + len(unreadable) <= MOST_RECORDS:
            raise InvalidInput("records", f"takes 1 to {MOST_RECORDS}, with those unreadable")
        if numbers is None:
            numbers = range(first, first + len(records))
        elif len(numbers) != len(records):
            raise InvalidInput("lines", "takes a number per record")
        rising = all(before < after for before, after in itertools.pairwise(numbers))
        lines = [*zip(numbers, records, strict=True), *unreadable]
        lines.sort(key=lambda each: each[0])
        twice = any(before[0] == after[0] for before, after in itertools.pairwise(lines))
        if not rising or twice or lines[0][0] < first:
            raise InvalidInput("lines", "takes rising numbers, from first_line on")
        return cls(first, lines)
