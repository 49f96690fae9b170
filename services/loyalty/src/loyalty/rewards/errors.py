"""Why there may be no reward."""

from collections.abc import Iterable

from kit.errors import DomainError

IN_WORDS = {
    "not_live": "it is not published",
    "not_yet": "its time has not begun",
    "ended": "its time is over",
    "other_unit": "it is for members of other units",
    "tier_too_low": "it is for higher tiers",
    "not_in_segment": "it is for others",
    "out_of_stock": "not enough is left",
    "limit_reached": "the member has had as many as one may",
    "daily_limit_reached": "the member has had as many as one may in a day",
    "not_for_points": "it is not sold for points",
    "not_enough_points": "there are not enough points",
}


class RewardNotAvailable(DomainError):
    """The member may not have the reward now."""

    barriers: list[str]

    def __init__(self, barriers: Iterable[str]) -> None:
        found = sorted(barriers)
        said = " and ".join(IN_WORDS[each] for each in found)
        super().__init__(f"The reward can't be had: {said}.", barriers=found)
