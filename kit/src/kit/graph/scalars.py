"""Scalars and value types that every subgraph shares."""

from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

LARGEST = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 1900, 9998

Long = NewType("Long", int)


def _long(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise GraphQLError(f"Long is a whole number of at most 64 bits, not {value!r:.40}.")
    return value


def _moment(value: Any) -> datetime:
    """Without its zone nobody knows when it is; and it has to be a time in each zone as well."""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None and FIRST_YEAR <= moment.year <= LAST_YEAR:
            return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise GraphQLError(
        "DateTime is a time of ISO 8601 with its zone, such as 2026-01-05T09:30:00+08:00, of the "
        f"years {FIRST_YEAR} to {LAST_YEAR}, not {value!r:.40}."
    )


SCALARS: dict[object, Any] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A time of ISO 8601 with its zone, such as 2026-01-05T09:30:00+08:00, of the "
        f"years {FIRST_YEAR} to {LAST_YEAR}; in answers it is in UTC.",
        serialize=lambda moment: moment.astimezone(UTC).isoformat(),
        parse_value=_moment,
    ),
    Long: strawberry.scalar(
        name="Long", description="A whole number of 64 bits.", serialize=_long, parse_value=_long
    ),
}


@strawberry.federation.type(shareable=True, description="An amount of money.")
class Money:
    minor: Long = strawberry.field(description="In the currency's smallest unit: cents, fen.")
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")


def money(minor: int, currency: str) -> Money:
    return Money(minor=Long(minor), currency=currency)
