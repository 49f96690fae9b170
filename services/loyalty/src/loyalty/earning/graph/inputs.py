"""What a marketer writes to draft an earning rule, and how it is read."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from kit.currencies import CURRENCIES
from kit.errors import InvalidInput
from kit.graph.scalars import Long
from kit.predicates.graph import PredicateInput
from loyalty.earning import models
from loyalty.earning.graph import enums
from loyalty.earning.vocabulary import ABOUT, asks_properties, storable
from loyalty.points.models import MOST_POINTS

CODE = re.compile(r"[a-z0-9_-]{1,40}")
MOST_LISTED = 50
MOST_MINOR = 10**12
MOST_PERCENT = 1_000
MOST_PRIORITY = 1_000


@strawberry.input(description="A step of a progressive rate.")
class EarningStepInput:
    percent: int = strawberry.field(description="How much of the rate: 0 to 1,000 percent.")
    tier: str | None = strawberry.field(default=None, description="By TIER: the tier's code.")
    from_balance: Long | None = strawberry.field(
        default=None, description="By BALANCE: from this balance on, from 0."
    )

    def read(self, number: int, by_tier: bool) -> dict[str, Any]:
        place = f"steps[{number}]"
        if not 0 <= self.percent <= MOST_PERCENT:
            raise InvalidInput(f"{place}.percent", "is 0 to 1,000")
        if by_tier and (self.tier is None or not CODE.fullmatch(self.tier)):
            raise InvalidInput(f"{place}.tier", "is the code of a tier")
        if not by_tier and not (-1 if self.from_balance is None else self.from_balance) >= 0:
            raise InvalidInput(f"{place}.fromBalance", "is from 0")
        key = {"tier": self.tier} if by_tier else {"from_balance": self.from_balance}
        return {**key, "percent": self.percent}


@strawberry.input(description="An earning rule as it is drafted. What is left out does not limit.")
class DraftEarningRuleInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _; of all its versions.")
    name: str = strawberry.field(description="Its name for members, 1 to 200 characters.")
    event: models.EarningEvent = strawberry.field(description="What gives points.")
    kind: models.EarningKind = strawberry.field(description="How points are reckoned.")
    points: Long = strawberry.field(
        description="How many, from 1: for each `perMinor`, or as they are if FIXED."
    )
    per_minor: Long | None = strawberry.field(
        default=None, description="For so many minor units of money, from 1; not for FIXED."
    )
    touchpoint_kinds: list[str] = strawberry.field(
        default_factory=list, description="Of a TOUCHPOINT: up to 50 kinds; empty for all."
    )
    campaign_id: UUID | None = strawberry.field(
        default=None, description="Of a CONVERSION, and only of it: the campaign."
    )
    currency: str | None = strawberry.field(default=None, description="ISO 4217; null for any.")
    products: list[str] = strawberry.field(
        default_factory=list, description="Only lines with these up to 50 products count."
    )
    steps_by: models.EarningStep | None = strawberry.field(
        default=None, description="Of a PROGRESSIVE rule, and only of it."
    )
    steps: list[EarningStepInput] = strawberry.field(
        default_factory=list, description="1 to 50 steps; who is on none gets 100 percent."
    )
    condition: PredicateInput | None = strawberry.field(
        default=UNSET, description=f"Only when this holds. {ABOUT}"
    )
    stacking: models.EarningStacking = strawberry.field(
        default=models.EarningStacking.ADDITIVE, description="Beside others or not."
    )
    priority: int = strawberry.field(
        default=0, description="-1,000 to 1,000; the highest is asked first, then by code."
    )
    points_per_day: Long | None = strawberry.field(
        default=None, description="Most points a member and day, by the member's clock."
    )
    times_per_day: Long | None = strawberry.field(
        default=None, description="Most times a member and day."
    )
    points_in_all: Long | None = strawberry.field(
        default=None, description="Most points a member ever, over all versions."
    )
    times_in_all: Long | None = strawberry.field(
        default=None, description="Most times a member ever, over all versions."
    )
    partner_percent: int = strawberry.field(
        default=0, description="The share that a partner pays for, 0 to 100; rounded down."
    )
    partner_code: str | None = strawberry.field(
        default=None, description="Which partner; null for the partner where it happened."
    )
    qualifies: bool = strawberry.field(
        default=False, description="Whether its points count towards tiers."
    )
    usable_after_days: int = strawberry.field(
        default=0,
        description="How long after what happened its points may be spent: 0, at once, to 365 "
        "days. Until then they are pending; a cancelled order takes them back unspent.",
    )
    valid_from: datetime | None = strawberry.field(
        default=None, description="In force from then on; from its activation if that is later."
    )
    valid_until: datetime | None = strawberry.field(
        default=None, description="No longer in force from then on."
    )

    def read(self) -> dict[str, Any]:
        """The columns of the rule, or InvalidInput."""
        for field, wrong in (self._wrong_terms() | self._wrong_limits()).items():
            if wrong:
                raise InvalidInput(field, wrong)
        plain = {name: value for name, value in vars(self).items() if name not in READ_APART}
        return plain | {
            "condition": self._read_condition(),
            "steps": self._read_steps(),
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
        }

    def _read_condition(self) -> Any:
        if not self.condition:
            return None
        predicate = self.condition.tree("condition")
        if asks_properties(predicate) and self.event not in TELLING_PROPERTIES:
            raise InvalidInput(
                "condition", "property.NAME is told by touchpoints and feedback alone"
            )
        return storable(predicate)

    def _wrong_terms(self) -> dict[str, str | None]:
        fixed = self.kind is enums.EarningKind.FIXED
        of_money = self.event in (enums.EarningEvent.ORDER, enums.EarningEvent.CONVERSION)
        return {
            "code": _unless(bool(CODE.fullmatch(self.code)), "takes 1 to 40 of a-z, 0-9, - and _"),
            "name": _unless(_is_text(self.name), "takes 1 to 200 printable characters"),
            "points": _unless(1 <= self.points <= MOST_POINTS, "are between 1 and 10^12"),
            "perMinor": _unless(
                self.per_minor is None if fixed else 1 <= (self.per_minor or 0) <= MOST_MINOR,
                "is given, from 1, unless the rule is FIXED",
            ),
            "kind": _unless(fixed or of_money, "is FIXED: there is no money to reckon from"),
        }

    def _wrong_limits(self) -> dict[str, str | None]:
        progressive = self.kind is enums.EarningKind.PROGRESSIVE
        of_conversion = self.event is enums.EarningEvent.CONVERSION
        of_touchpoint = self.event is enums.EarningEvent.TOUCHPOINT
        return {
            "touchpointKinds": _unless(
                _are_texts(self.touchpoint_kinds) and (of_touchpoint or not self.touchpoint_kinds),
                "are up to 50 names, of a TOUCHPOINT",
            ),
            "campaignId": _unless(
                of_conversion == (self.campaign_id is not None),
                "is of a CONVERSION, and only of it",
            ),
            "currency": _unless(
                self.currency is None or self.currency in CURRENCIES,
                "is money of ISO 4217, such as CNY",
            ),
            "products": _unless(
                _are_texts(self.products)
                and (self.event is enums.EarningEvent.ORDER or not self.products),
                "are up to 50 codes, of an ORDER",
            ),
            "stepsBy": _unless(
                progressive == (self.steps_by is not None) == bool(self.steps),
                "is given with steps for a PROGRESSIVE rule, and only for it",
            ),
            "priority": _unless(abs(self.priority) <= MOST_PRIORITY, "is -1,000 to 1,000"),
            "partnerPercent": _unless(0 <= self.partner_percent <= 100, "is 0 to 100"),
            "partnerCode": _unless(
                self.partner_code is None or bool(CODE.fullmatch(self.partner_code)),
                "takes 1 to 40 of a-z, 0-9, - and _",
            ),
            "usableAfterDays": _unless(
                0 <= self.usable_after_days <= models.MOST_DAYS, "is 0 to 365 days"
            ),
            "validUntil": _unless(
                not (self.valid_from and self.valid_until) or self.valid_from < self.valid_until,
                "comes after validFrom",
            ),
            **{
                _camel(name): _unless(
                    getattr(self, name) is None or 1 <= getattr(self, name) <= MOST_POINTS,
                    "is from 1",
                )
                for name in ("points_per_day", "times_per_day", "points_in_all", "times_in_all")
            },
        }

    def _read_steps(self) -> list[dict[str, Any]]:
        by_tier = self.steps_by is enums.EarningStepsBy.TIER
        steps = [each.read(number, by_tier) for number, each in enumerate(self.steps)]
        key = "tier" if by_tier else "from_balance"
        if len({each[key] for each in steps}) < len(steps) or len(steps) > MOST_LISTED:
            raise InvalidInput("steps", f"are up to {MOST_LISTED}, each with another {key}")
        return steps if by_tier else sorted(steps, key=lambda each: each["from_balance"])


TELLING_PROPERTIES = (enums.EarningEvent.TOUCHPOINT, enums.EarningEvent.FEEDBACK)
READ_APART = ("condition", "steps", "valid_from", "valid_until")


def _unless(right: bool, wrong: str) -> str | None:
    return None if right else wrong


def _is_text(given: str) -> bool:
    return bool(given.strip()) and given.isprintable() and len(given) <= 200


def _are_texts(given: list[str]) -> bool:
    return len(given) <= MOST_LISTED and all(_is_text(each) for each in given)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.title() for each in rest)
