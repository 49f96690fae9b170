"""What a marketer writes of a reward."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from kit.errors import InvalidInput
from kit.graph.scalars import Long
from loyalty.currencies.models import POINTS
from loyalty.rewards import models
from loyalty.rewards.graph import enums  # noqa: F401  # declares them
from loyalty.rewards.terms import Terms

PRICE = "What it takes, from 1, in the currency's units; null: it is only handed out."
COST = "What one costs the programme, in minor units of `money`, from 0."
VALUE = "Of TOP_UP and CASH_BACK, and only of them: the money the member gets, in minor units."
UNIT = "The OrgUnit whose members it is for, those of the units below it included."
TIER = "The lowest tier that may have it; null for all."
SEGMENTS = "Codes of up to 50 segments, one of which the member has to be in; empty for all."
IN_ALL = "The most that one member may have, from 1; null for any number."
PER_DAY = "The most that one member may have on a day by their clock, from 1; null for any number."
AT_ONCE = "The most that one redemption takes, 1 to 100."
DESCRIPTION = "Up to 4,000 characters, for members."
NAME = "1 to 200 characters, for members."
FROM = "From then on; null: from its publishing."
UNTIL = "Until then; null: until somebody ends it."
REQUIRED = ("name", "description", "unit", "money", "cost_minor", "segments", "most_at_once")


@strawberry.input(description="A reward as it is drafted.")
class DefineRewardInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _, unique.")
    kind: models.RewardKind = strawberry.field(description="What the member gets.")
    name: str = strawberry.field(description=NAME)
    description: str = strawberry.field(default="", description=DESCRIPTION)
    unit: str = strawberry.field(description=UNIT)
    currency: str = strawberry.field(
        default=POINTS, description="What the price is in: a code of `currencies`."
    )
    price: Long | None = strawberry.field(default=None, description=PRICE)
    money: str = strawberry.field(description="ISO 4217: the currency of its cost and value.")
    cost_minor: Long = strawberry.field(default=Long(0), description=COST)
    value_minor: Long | None = strawberry.field(default=None, description=VALUE)
    stock: Long | None = strawberry.field(
        default=None, description="How many there are, 0 to 10^9; null: it can't run out."
    )
    partner_code: str | None = strawberry.field(
        default=None, description="Of PARTNER, and only of it: who hands it out."
    )
    voucher_type: str | None = strawberry.field(
        default=None, description="Of VOUCHER, and only of it: the code of the voucher type."
    )
    lowest_tier: str | None = strawberry.field(default=None, description=TIER)
    segments: list[str] = strawberry.field(default_factory=list, description=SEGMENTS)
    most_per_member: Long | None = strawberry.field(default=None, description=IN_ALL)
    most_per_day: Long | None = strawberry.field(default=None, description=PER_DAY)
    most_at_once: int = strawberry.field(default=1, description=AT_ONCE)
    valid_from: datetime | None = strawberry.field(default=None, description=FROM)
    valid_until: datetime | None = strawberry.field(default=None, description=UNTIL)

    def read(self) -> Terms:
        return Terms(**{each.name: getattr(self, each.name) for each in fields(Terms)})


@strawberry.input(description="What changes of a reward; what is left out stays as it is.")
class ChangeRewardInput:
    name: str | None = strawberry.field(default=UNSET, description=NAME)
    description: str | None = strawberry.field(default=UNSET, description=DESCRIPTION)
    unit: str | None = strawberry.field(default=UNSET, description=UNIT)
    price: Long | None = strawberry.field(default=UNSET, description=PRICE)
    money: str | None = strawberry.field(default=UNSET, description="ISO 4217.")
    cost_minor: Long | None = strawberry.field(default=UNSET, description=COST)
    value_minor: Long | None = strawberry.field(default=UNSET, description=VALUE)
    partner_code: str | None = strawberry.field(default=UNSET, description="Who hands it out.")
    voucher_type: str | None = strawberry.field(
        default=UNSET, description="The code of the voucher type."
    )
    lowest_tier: str | None = strawberry.field(default=UNSET, description=TIER)
    segments: list[str] | None = strawberry.field(default=UNSET, description=SEGMENTS)
    most_per_member: Long | None = strawberry.field(default=UNSET, description=IN_ALL)
    most_per_day: Long | None = strawberry.field(default=UNSET, description=PER_DAY)
    most_at_once: int | None = strawberry.field(default=UNSET, description=AT_ONCE)
    valid_from: datetime | None = strawberry.field(default=UNSET, description=FROM)
    valid_until: datetime | None = strawberry.field(default=UNSET, description=UNTIL)

    def read(self) -> dict[str, Any]:
        """What changes, by column, or InvalidInput for null where there has to be something."""
        changes = {name: value for name, value in vars(self).items() if value is not UNSET}
        for name in REQUIRED:
            if name in changes and changes[name] is None:
                raise InvalidInput(_camel(name), "is not null; leave it out to keep it")
        return changes


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.title() for each in rest)
