"""Where members stand: how far they are with each achievement, and what is missing to the next level."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from kit.database import AsyncSession
from kit.units import lies_below
from loyalty.achievements.models import Achievement, AchievementLevel
from loyalty.achievements.queries import Place, active_achievements, levels_of, tallies_of
from loyalty.achievements.spans import Span, period_of
from loyalty.earning.happenings import Member
from loyalty.earning.queries import members_of


@dataclass(frozen=True, slots=True)
class Progress:
    """One member's way to one achievement, in the round they are in; `value` is how far."""

    version: Achievement
    value: int
    cycle: str
    reached: Sequence[AchievementLevel]

    @property
    def level(self) -> int:
        """The highest level of this round that stands; 0 for none."""
        standing = (
            each.level for each in self.reached if each.cycle == self.cycle and not each.lost_at
        )
        return max(standing, default=0)

    @property
    def next_level(self) -> int | None:
        """The first level above that is not reached; None at the top."""
        above = self.level + 1
        return above if above <= len(self.version.levels) else None

    @property
    def missing(self) -> int | None:
        if self.next_level is None:
            return None
        threshold: int = self.version.levels[self.next_level - 1]["threshold"]
        return max(threshold - self.value, 0)


async def progress_of(
    session: AsyncSession, customers: Collection[UUID], now: datetime
) -> dict[UUID, list[Progress]]:
    """Each customer's progress with every achievement that is for their unit, by code."""
    versions = await active_achievements(session)
    members = await members_of(session, customers)
    periods = {
        Place(customer, version.id): period_of(Span(version.span), _day(member, now))
        for customer, member in members.items()
        for version in versions
        if member.unit is not None and lies_below(member.unit, version.unit)
    }
    ladders = {each.id: each.ladder for each in versions}
    asked = [
        (place, ladders[place.achievement_id].now(period)) for place, period in periods.items()
    ]
    tallies = await tallies_of(session, asked)
    levels = await levels_of(session, customers)
    found: dict[UUID, list[Progress]] = {each: [] for each in customers}
    for version in versions:
        for customer in customers:
            period = periods.get(place := Place(customer, version.id))
            if period is not None:
                found[customer].append(_progress(version, tallies[place], period, levels[customer]))
    return found


def _progress(
    version: Achievement,
    tallies: Mapping[int, int],
    period: int,
    levels: Sequence[AchievementLevel],
) -> Progress:
    value, cycle = version.ladder.standing(tallies, period)
    return Progress(version, value, cycle, [each for each in levels if each.code == version.code])


def _day(member: Member, now: datetime) -> date:
    zone = ZoneInfo(member.time_zone) if member.time_zone else UTC
    return now.astimezone(zone).date()
