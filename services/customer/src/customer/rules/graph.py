"""How far a rule is, in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import orjson
import strawberry

from customer.rules import models, queries
from kit.graph.context import Context
from kit.predicates import describe, parse

strawberry.enum(
    models.ReckoningState,
    name="ReckoningState",
    description="WAITING for its turn, RUNNING, DONE, or SUPERSEDED by a newer rule.",
)


@strawberry.type(
    description="A rule being asked of every customer, page by page, after it was defined or changed. "
    "Events keep it current from then on."
)
class Reckoning:
    state: models.ReckoningState = strawberry.field(description="Where it stands.")
    population: int = strawberry.field(
        description="Customers there were in the rule's unit when it began; 0 before that."
    )
    evaluated: int = strawberry.field(description="Customers it was asked of so far.")
    changed: int = strawberry.field(
        description="Customers looked at closely, as their answer could be another than before."
    )
    started_at: datetime | None = strawberry.field(description="When its turn came.")
    finished_at: datetime | None = strawberry.field(description="When it was through.")

    @classmethod
    def of(cls, reckoning: models.Reckoning) -> Self:
        return cls(
            state=models.ReckoningState(reckoning.state),
            population=reckoning.population,
            evaluated=reckoning.evaluated,
            changed=reckoning.changed,
            started_at=reckoning.started_at,
            finished_at=reckoning.finished_at,
        )


async def reckonings_of(context: Context, rule_ids: Sequence[UUID]) -> list[Reckoning | None]:
    async with context.db.reading() as session:
        found = await queries.latest_reckonings(session, rule_ids)
    return [Reckoning.of(found[each]) if each in found else None for each in rule_ids]


def in_words(rule: object | None) -> str | None:
    return None if rule is None else describe(parse(rule))


def as_json(rule: object | None) -> str | None:
    return None if rule is None else orjson.dumps(rule).decode()
