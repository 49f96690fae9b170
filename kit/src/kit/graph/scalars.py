"""Scalars and value types that every subgraph shares."""

from typing import Any, NewType

import strawberry
from graphql import GraphQLError

LARGEST = 2**63 - 1

Long = NewType("Long", int)


def _long(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise GraphQLError(f"Long is a whole number of at most 64 bits, not {value!r:.40}.")
    return value


SCALARS: dict[object, Any] = {
    Long: strawberry.scalar(
        name="Long", description="A whole number of 64 bits.", serialize=_long, parse_value=_long
    )
}


@strawberry.federation.type(shareable=True, description="An amount of money.")
class Money:
    minor: Long = strawberry.field(description="In the currency's smallest unit: cents, fen.")
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")


def money(minor: int, currency: str) -> Money:
    return Money(minor=Long(minor), currency=currency)
