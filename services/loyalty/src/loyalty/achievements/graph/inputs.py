"""What a marketer writes to draft an achievement, and how it is read."""

import re
from itertools import pairwise
from typing import Any

import strawberry
from strawberry import UNSET

from kit.errors import InvalidInput
from kit.graph.scalars import Long
from kit.predicates.graph import PredicateInput
from kit.units import checked_unit
from loyalty.achievements import models
from loyalty.achievements.spans import STREAKS, Span
from loyalty.earning.vocabulary import ABOUT, storable
from loyalty.points.models import MOST_POINTS

CODE = re.compile(r"[a-z0-9_-]{1,40}")
MOST_KINDS = 50
MOST_CHARACTERS = 2_000
MOST_THRESHOLD = 10**12


@strawberry.input(description="What a step gives besides points.")
class AchievementRewardInput:
    kind: models.LevelRewardKind = strawberry.field(description="What it is.")
    reference: str = strawberry.field(
        description="The code of the reward, the voucher type or the lottery: of the unit or one "
        "above."
    )
    many: int = strawberry.field(
        default=1, description="Of LOTTERY: how many chances, 1 to 100; 1 otherwise."
    )

    def read(self, place: str) -> dict[str, Any]:
        most = models.MOST_CHANCES if self.kind is models.LevelRewardKind.LOTTERY else 1
        if not 1 <= self.many <= most:
            raise InvalidInput(f"{place}.many", f"is 1 to {most}")
        if not 1 <= len(self.reference) <= 64 or "\0" in self.reference:
            raise InvalidInput(f"{place}.reference", "is a code of up to 64 characters")
        return {"kind": self.kind.value, "reference": self.reference, "many": self.many}


@strawberry.input(description="A step of an achievement.")
class AchievementStepInput:
    name: str = strawberry.field(description="Its name for members, 1 to 200 characters.")
    threshold: Long = strawberry.field(
        description="From 1, above the step before; of a row at most 366."
    )
    points: Long = strawberry.field(default=Long(0), description="What it gives: 0 to 10^12.")
    rewards: list[AchievementRewardInput] = strawberry.field(
        default_factory=list, description="What it gives besides points, up to 5."
    )

    def read(self, place: str, most: int) -> dict[str, Any]:
        if not _is_text(self.name):
            raise InvalidInput(f"{place}.name", "takes 1 to 200 printable characters")
        if not 1 <= self.threshold <= most:
            raise InvalidInput(f"{place}.threshold", f"is 1 to {most:,}")
        if not 0 <= self.points <= MOST_POINTS:
            raise InvalidInput(f"{place}.points", "are 0 to 10^12")
        if len(self.rewards) > models.MOST_REWARDS:
            raise InvalidInput(f"{place}.rewards", f"are up to {models.MOST_REWARDS}")
        rewards = [each.read(f"{place}.rewards[{n}]") for n, each in enumerate(self.rewards)]
        terms = {"name": self.name, "threshold": self.threshold, "points": self.points}
        return {**terms, "rewards": rewards}


@strawberry.input(description="An achievement as it is drafted.")
class DraftAchievementInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _; of all its versions.")
    name: str = strawberry.field(description="Its name for members, 1 to 200 characters.")
    unit: str = strawberry.field(description="Whose members: this unit and all below.")
    measure: models.Measure = strawberry.field(description="What is counted.")
    span: Span = strawberry.field(description="Over which time.")
    levels: list[AchievementStepInput] = strawberry.field(description="1 to 10, rising.")
    description: str = strawberry.field(default="", description="Up to 2,000 characters.")
    badge: str = strawberry.field(default="", description="Up to 2,000 characters.")
    touchpoint_kinds: list[str] = strawberry.field(
        default_factory=list, description="Of TOUCHPOINTS: up to 50 kinds; empty for all."
    )
    within_days: int = strawberry.field(default=1, description="ROLLING: 1 to 366 days.")
    rounds: int = strawberry.field(
        default=1, description="EVER: how often all levels can be reached, 1 to 1,000."
    )
    condition: PredicateInput | None = strawberry.field(
        default=UNSET, description=f"Only what this holds for counts. {ABOUT}"
    )

    def read(self) -> dict[str, Any]:
        """The columns of the version, or InvalidInput."""
        for field, right, wrong in self._terms():
            if not right:
                raise InvalidInput(field, wrong)
        plain = {name: given for name, given in vars(self).items() if name not in READ_APART}
        return plain | {
            "unit": checked_unit(self.unit),
            "levels": self._read_levels(),
            "condition": storable(self.condition.tree("condition")) if self.condition else None,
        }

    def _terms(self) -> list[tuple[str, bool, str]]:
        of_touchpoints = self.measure is models.Measure.TOUCHPOINTS
        kinds = self.touchpoint_kinds
        window = models.LONGEST_WINDOW_DAYS if self.span is Span.ROLLING else 1
        rounds = models.MOST_ROUNDS if self.span is Span.EVER else 1
        return [
            ("code", bool(CODE.fullmatch(self.code)), "takes 1 to 40 of a-z, 0-9, - and _"),
            ("name", _is_text(self.name), "takes 1 to 200 printable characters"),
            ("description", _is_prose(self.description), "takes up to 2,000 characters"),
            ("badge", _is_prose(self.badge), "takes up to 2,000 characters"),
            (
                "touchpointKinds",
                len(kinds) <= MOST_KINDS
                and all(map(_is_text, kinds))
                and (of_touchpoints or not kinds),
                "are up to 50 names, of TOUCHPOINTS",
            ),
            ("withinDays", 1 <= self.within_days <= window, f"is 1 to {window:,} for this span"),
            ("rounds", 1 <= self.rounds <= rounds, f"are 1 to {rounds:,} for this span"),
            ("levels", 1 <= len(self.levels) <= models.MOST_LEVELS, "are 1 to 10"),
        ]

    def _read_levels(self) -> list[dict[str, Any]]:
        most = models.LONGEST_STREAK if self.span in STREAKS else MOST_THRESHOLD
        levels = [each.read(f"levels[{n}]", most) for n, each in enumerate(self.levels)]
        if any(below["threshold"] >= above["threshold"] for below, above in pairwise(levels)):
            raise InvalidInput("levels", "have thresholds that rise")
        return levels


READ_APART = ("unit", "levels", "condition")


def _is_text(given: str) -> bool:
    return bool(given.strip()) and given.isprintable() and len(given) <= 200


def _is_prose(given: str) -> bool:
    return len(given) <= MOST_CHARACTERS and "\0" not in given
