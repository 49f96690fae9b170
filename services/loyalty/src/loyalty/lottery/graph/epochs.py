"""Epochs and draws in the graph: what was committed to, and what came of it."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from kit.graph.scalars import Long
from loyalty.lottery import models


@strawberry.type(
    description="A day of draws by one seed. The hashes are known from its start on, the seed at "
    "its end: then `GET /v1/lotteries/CODE/epochs/NUMBER` has all draws, for `./just verify-draws`."
)
class LotteryEpoch:
    number: int = strawberry.field(description="Counts up from 1.")
    starts_at: datetime = strawberry.field(description="When it began.")
    ends_at: datetime = strawberry.field(description="When it ends by itself.")
    opening_hash: str = strawberry.field(
        description="SHA-256 of all it was opened with, prizes and odds included: the first link "
        "of its chain of draws."
    )
    seed_hash: str = strawberry.field(description="SHA-256 of its seed.")
    next_seed_hash: str = strawberry.field(description="SHA-256 of the next epoch's seed.")
    draws: Long = strawberry.field(description="How many draws it has by now.")
    head: str = strawberry.field(description="The last link of its chain by now.")
    seed: str | None = strawberry.field(description="Its seed; null until it has ended.")

    @classmethod
    def of(cls, row: models.LotteryEpoch) -> Self:
        return cls(
            number=row.number,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            opening_hash=row.opening_hash,
            seed_hash=row.opening["seed_hash"],
            next_seed_hash=row.opening["next_seed_hash"],
            draws=Long(row.draws),
            head=row.head,
            seed=row.seed if row.closed_at else None,
        )


@strawberry.type(
    description="One draw. Keep `number` and `link` as your receipt: they have to be in the "
    "epoch's file."
)
class LotteryDraw:
    id: UUID = strawberry.field(description="Its identifier.")
    epoch_id: strawberry.Private[UUID]
    number: Long = strawberry.field(description="Its place in the epoch's chain, from 1.")
    link: str = strawberry.field(
        description="SHA-256 of the link before it and of what the draw says."
    )
    pseudonym: str = strawberry.field(
        description="What the customer is called in the epoch's file; another in each epoch."
    )
    client_seed: str = strawberry.field(description="What the customer's device said.")
    nonce: Long = strawberry.field(description="The how-manieth draw of theirs in the epoch.")
    drawn_at: datetime = strawberry.field(description="When, to the second.")
    is_win: bool = strawberry.field(description="False for a blank.")
    prize_code: str = strawberry.field(description="The code of what was drawn, of `prizes`.")
    withheld: list[str] = strawberry.field(
        description="Prizes that were drawn and could not be handed out: their fallback was given."
    )
    price: Long = strawberry.field(description="What it cost, in points.")

    @classmethod
    def of(cls, row: models.LotteryDraw) -> Self:
        return cls(
            id=row.id,
            epoch_id=row.epoch_id,
            number=Long(row.number),
            link=row.link,
            pseudonym=row.pseudonym,
            client_seed=row.client_seed,
            nonce=Long(row.nonce),
            drawn_at=row.drawn_at,
            is_win=row.is_win,
            prize_code=row.prize_code,
            withheld=row.withheld,
            price=Long(row.price),
        )
