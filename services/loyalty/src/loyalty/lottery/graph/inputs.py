"""What marketers say of a lottery, checked."""

from datetime import datetime
from zoneinfo import available_timezones

import strawberry

from kit.errors import InvalidInput
from kit.graph.scalars import Long
from kit.units import checked_unit
from kit.written import CODE, checked_code
from loyalty.admission.graph import require_few
from loyalty.lottery import models
from loyalty.lottery.graph.enums import LotteryPrizeKind
from loyalty.lottery.models.terms import Prize, Terms
from loyalty.lottery.table import checked_table
from loyalty.points.commands.spending import require_words
from loyalty.points.models import MOST_POINTS

NAME_LENGTH = 120
MOST_DRAWS = 1_000_000


@strawberry.input(description="One line of the table of prizes.")
class LotteryPrizeInput:
    code: str = strawberry.field(description="Its name for programs: a-z, 0-9, - and _, up to 32.")
    name: str = strawberry.field(description="Its name for members, up to 120 characters.")
    kind: models.PrizeKind = strawberry.field(
        description="What it is.", graphql_type=LotteryPrizeKind
    )
    odds: int = strawberry.field(
        description="How many draws of a million give it, from 0: then it only stands in."
    )
    amount: Long = strawberry.field(default=Long(0), description="How much, of POINTS or MONEY.")
    currency: str = strawberry.field(
        default="cash_back", description="Of MONEY: a code of `currencies` that is money."
    )
    item: str = strawberry.field(
        default="",
        description="Of a REWARD or a VOUCHER: the code of the reward, or of the voucher type. When "
        "it can't be had, the fallback is given instead.",
    )
    stock: Long | None = strawberry.field(
        default=None, description="How many there are; null: any number. Not of a BLANK."
    )
    per_day: Long | None = strawberry.field(
        default=None, description="At most so many in an epoch, from 1. Not of a BLANK."
    )
    fallback: str | None = strawberry.field(
        default=None,
        description="The code of what is given when there is none left; null: the first BLANK.",
    )

    def read(self) -> Prize:
        require_words("prizes", self.name, NAME_LENGTH)
        return Prize(
            code=self.code,
            name=self.name,
            kind=self.kind,
            odds=self.odds,
            amount=self.amount,
            currency=self.currency,
            item=self.item,
            stock=self.stock,
            per_day=self.per_day,
            fallback=self.fallback,
        )


@strawberry.input(description="A pool of prizes, and on which terms it is drawn from.")
class DraftLotteryInput:
    code: str = strawberry.field(description=CODE)
    name: str = strawberry.field(description="Its name for members, up to 120 characters.")
    unit: str = strawberry.field(description="For members of this unit and below.")
    tiers: list[str] = strawberry.field(
        default_factory=list, description="For members of these tiers, up to 20; empty: of any."
    )
    segments: list[str] = strawberry.field(
        default_factory=list,
        description="For members of any of these segments, up to 20 codes; empty: of any.",
    )
    price: Long | None = strawberry.field(
        default=None,
        description="What a draw costs in points, 0 for nothing; null: it takes a granted chance.",
    )
    draws_in_all: int | None = strawberry.field(
        default=None, description="Most draws of a member, 1 to 1000000; null: any number."
    )
    draws_per_day: int | None = strawberry.field(
        default=None, description="Most draws of a member in an epoch; null: any number."
    )
    wins_in_all: int | None = strawberry.field(
        default=None, description="Who has won so often draws no more; null: any number."
    )
    time_zone: str = strawberry.field(
        default="Asia/Shanghai", description="Where its days begin and end."
    )
    ends_at: datetime = strawberry.field(description="When it closes by itself.")
    prizes: list[LotteryPrizeInput] = strawberry.field(
        description="1 to 50, at least one of them a BLANK; their odds make 1000000."
    )

    def read(self) -> Terms:
        """What it says, or InvalidInput."""
        require_words("name", self.name, NAME_LENGTH)
        _require_bounds(self)
        return Terms(
            code=checked_code(self.code),
            name=self.name,
            unit=checked_unit(self.unit),
            tiers=sorted(set(self.tiers)),
            segments=sorted(set(self.segments)),
            price=self.price,
            draws_in_all=self.draws_in_all,
            draws_per_day=self.draws_per_day,
            wins_in_all=self.wins_in_all,
            time_zone=self.time_zone,
            ends_at=self.ends_at,
            prizes=checked_table([each.read() for each in self.prizes]),
        )


def _require_bounds(asked: DraftLotteryInput) -> None:
    if asked.price is not None and not 0 <= asked.price <= MOST_POINTS:
        raise InvalidInput("price", f"is between 0 and {MOST_POINTS}, or null")
    for field, limit in (
        ("drawsInAll", asked.draws_in_all),
        ("drawsPerDay", asked.draws_per_day),
        ("winsInAll", asked.wins_in_all),
    ):
        if limit is not None and not 1 <= limit <= MOST_DRAWS:
            raise InvalidInput(field, f"is between 1 and {MOST_DRAWS}, or null")
    require_few("tiers", asked.tiers)
    require_few("segments", asked.segments)
    if asked.time_zone not in available_timezones():
        raise InvalidInput("timeZone", "is a name such as Asia/Shanghai")
