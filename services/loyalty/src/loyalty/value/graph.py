"""Member value in the graph."""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

import strawberry

from kit.graph.context import Context
from kit.graph.scalars import Money, money
from loyalty.accounts.queries import accounts_by_customer
from loyalty.value import models, queries

strawberry.enum(
    models.Component,
    name="MemberValueComponent",
    description="SPENT in minor units; ORDERS, how many; REFERRED_SPENT by those whom the member "
    "referred, in minor units; REFERRALS, how many came to an order; PARTICIPATION, how many "
    "times.",
)


@strawberry.type(description="One component of a member's value.")
class MemberValuePart:
    component: models.Component = strawberry.field(description="Which.")
    amount: float = strawberry.field(
        description="What is left of it today: what happened one half-life ago counts half."
    )
    half_life_days: int = strawberry.field(description="After so many days it counts half.")
    worth: Money = strawberry.field(description="What that adds to the value.")


@strawberry.type(
    description="What a member is worth: what they spend and how often, whom they bring, where "
    "they take part, each fading with time. Explained by its parts."
)
class MemberValue:
    value: Money = strawberry.field(description="The sum of what the parts are worth.")
    orders_per_month: float = strawberry.field(description="How often they buy, lately.")
    parts: list[MemberValuePart] = strawberry.field(description="What it is made of.")

    @classmethod
    def of(cls, worth: queries.Worth) -> Self:
        return cls(
            value=money(worth.in_all_minor, worth.currency),
            orders_per_month=worth.orders_a_month,
            parts=[
                MemberValuePart(
                    component=each.component,
                    amount=each.amount,
                    half_life_days=each.half_life_days,
                    worth=money(each.worth_minor, worth.currency),
                )
                for each in worth.parts
            ],
        )


async def values_of(context: Context, customers: Sequence[UUID]) -> list[MemberValue | None]:
    """For a loader: None for whom the caller may not see."""
    seen = await accounts_by_customer(context.db, customers, context.caller)
    async with context.db.reading() as session:
        found = await queries.worth_of(session, seen)
    return [MemberValue.of(found[each]) if each in found else None for each in customers]
