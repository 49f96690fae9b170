"""What stands between a member and a reward."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from loyalty.rewards.models import Reward, RewardBarrier, RewardState

COSTING_POINTS = frozenset({RewardBarrier.NOT_FOR_POINTS, RewardBarrier.NOT_ENOUGH_POINTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What counts when a member asks for a reward.

    `left` is None for what can't run out; `account_id` and `unit` are None while nothing is known
    of the customer. `day` is the member's own.
    """

    reward: Reward
    customer_id: UUID
    account_id: UUID | None
    unit: str | None
    day: date
    balance: int
    left: int | None
    in_all: int
    today: int
    tier_reached: bool
    in_segment: bool

    def barriers(self, now: datetime, many: int = 1) -> frozenset[RewardBarrier]:
        """Everything that keeps so many from the member now; nothing if they may have them."""
        return frozenset(
            (
                *self._of_the_reward(now),
                *self._of_the_member(),
                *self._of_numbers(many),
                *self._price(many),
            )
        )

    def most(self, now: datetime) -> int:
        """How many the member may take at once now."""
        if self.barriers(now):
            return 0
        reward = self.reward
        bounds = [reward.most_at_once, self.balance // (reward.price or 1)]
        if self.left is not None:
            bounds.append(self.left)
        if reward.most_per_member is not None:
            bounds.append(reward.most_per_member - self.in_all)
        if reward.most_per_day is not None:
            bounds.append(reward.most_per_day - self.today)
        return min(bounds)

    def _of_the_reward(self, now: datetime) -> Iterator[RewardBarrier]:
        reward = self.reward
        if reward.state == RewardState.DRAFT:
            yield RewardBarrier.NOT_LIVE
        if reward.valid_from is not None and now < reward.valid_from:
            yield RewardBarrier.NOT_YET
        if reward.is_over(now):
            yield RewardBarrier.ENDED

    def _of_the_member(self) -> Iterator[RewardBarrier]:
        if self.unit is not None and not self.reward.reaches(self.unit):
            yield RewardBarrier.OTHER_UNIT
        if not self.tier_reached:
            yield RewardBarrier.TIER_TOO_LOW
        if self.reward.segments and not self.in_segment:
            yield RewardBarrier.NOT_IN_SEGMENT

    def _of_numbers(self, many: int) -> Iterator[RewardBarrier]:
        if self.left is not None and self.left < many:
            yield RewardBarrier.OUT_OF_STOCK
        yield from limits_reached(self.reward, self.in_all, self.today, many)

    def _price(self, many: int) -> Iterator[RewardBarrier]:
        if self.reward.price is None:
            yield RewardBarrier.NOT_FOR_POINTS
        elif self.balance < self.reward.price * many:
            yield RewardBarrier.NOT_ENOUGH_POINTS


def limits_reached(reward: Reward, in_all: int, today: int, many: int) -> Iterator[RewardBarrier]:
    """Of a member who has had so many, and is to have `many` more."""
    if reward.most_per_member is not None and in_all + many > reward.most_per_member:
        yield RewardBarrier.LIMIT_REACHED
    if reward.most_per_day is not None and today + many > reward.most_per_day:
        yield RewardBarrier.DAILY_LIMIT_REACHED
