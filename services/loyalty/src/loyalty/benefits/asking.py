"""What is asked for a customer, what it would cost, and what became of it, whatever its kind."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from kit.database import AsyncSession

SOURCE = "benefit"
"""What other features keep as the kind of source of what a benefit gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Something that a customer is to be given, once for its id: a task's, or of a part of it."""

    id: UUID
    part_of: UUID | None = None
    customer_id: UUID
    kind: str
    at: datetime
    reference: str = ""
    points: int = 0
    amount_minor: int = 0
    currency: str = ""

    @property
    def task_id(self) -> UUID:
        return self.part_of or self.id


@dataclass(frozen=True, slots=True)
class Quote:
    """What it costs at most, or why it can't be given."""

    cost_minor: int = 0
    currency: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given at which cost, or why it was not; `note` says what a person should know."""

    points: int = 0
    cost_minor: int = 0
    currency: str = ""
    refused: str = ""
    note: str = ""
    waits: bool = False
    parts: Sequence[dict[str, Any]] = field(default=())


@dataclass(frozen=True, slots=True)
class Had:
    """Something that was given, and what it cost; of a bundle, part by part."""

    ask: Ask
    cost_minor: int
    parts: Sequence[dict[str, Any]] = ()


Quotes = Mapping[UUID, Quote]


class Kind(NamedTuple):
    """How benefits of a kind are given.

    `quote` changes nothing. `give` gets what was quoted and may be paid, and may still refuse.
    `take_back` undoes what can be undone, and says how much cost comes back of each that was.
    """

    quote: Callable[[AsyncSession, Sequence[Ask]], Awaitable[dict[UUID, Quote]]]
    give: Callable[[AsyncSession, Sequence[Ask], Quotes], Awaitable[dict[UUID, Given]]]
    take_back: Callable[[AsyncSession, Sequence[Had]], Awaitable[dict[UUID, int]]]


def as_quoted(ask: Ask, quotes: Quotes, *, points: int = 0, note: str = "") -> Given:
    quote = quotes[ask.id]
    return Given(points=points, cost_minor=quote.cost_minor, currency=quote.currency, note=note)


async def nothing_comes_back(session: AsyncSession, had: Sequence[Had]) -> dict[UUID, int]:
    """What was shown was shown, and what was drawn was drawn."""
    return {}
