"""Deeds count for achievements, each once, and are taken back with the order they stand on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

import orjson
from sqlalchemy import text

from kit.database import AsyncSession
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.achievements.commands.defining import TOGETHER
from loyalty.achievements.commands.reaching import lose, reach
from loyalty.achievements.measuring import Counted, counted_for, fits, measures
from loyalty.achievements.models import Achievement, AchievementLevel
from loyalty.achievements.queries import (
    Place,
    achievements_by_id,
    active_achievements,
    counting_between,
    tallies_of,
)
from loyalty.achievements.spans import STREAKS, Deserved, Span, Stretch
from loyalty.earning.happenings import Deed, Moment
from loyalty.earning.queries import cancelled_among, members_of
from loyalty.points.models import Programme

ALL = Stretch(-(2**31), 2**31 - 1)
Changes = dict[Place, dict[int, int]]


REMEMBER = text("""
INSERT INTO achievement_deed (source_kind, source_id, achievement_id, customer_id, origin_id,
  order_id, period, amount, taken_back)
SELECT source_kind, source_id, achievement_id, customer_id, customer_id, order_id, period, amount,
  false
FROM jsonb_to_recordset(CAST(:counted AS jsonb)) AS new (source_kind text, source_id uuid,
  achievement_id uuid, customer_id uuid, order_id uuid, period int, amount bigint)
ORDER BY source_kind, source_id, achievement_id
ON CONFLICT DO NOTHING
RETURNING customer_id, achievement_id, period, amount
""")

ADD = text("""
INSERT INTO achievement_tally AS known (customer_id, achievement_id, period, origin_id, amount)
SELECT customer_id, achievement_id, period, customer_id, amount
FROM jsonb_to_recordset(CAST(:sums AS jsonb)) AS new (
  customer_id uuid, achievement_id uuid, period int, amount bigint)
ORDER BY customer_id, achievement_id, period
ON CONFLICT (customer_id, achievement_id, period, origin_id)
DO UPDATE SET amount = known.amount + excluded.amount
""")

STANDING_ON = text("""
SELECT DISTINCT customer_id FROM achievement_deed
WHERE order_id = ANY (:orders) AND NOT taken_back
  AND (CAST(:kinds AS text[]) IS NULL OR source_kind = ANY (CAST(:kinds AS text[])))
""")

TAKE_BACK = text("""
WITH gone AS (
  UPDATE achievement_deed SET taken_back = true
  WHERE order_id = ANY (:orders) AND NOT taken_back
    AND (CAST(:kinds AS text[]) IS NULL OR source_kind = ANY (CAST(:kinds AS text[])))
  RETURNING customer_id, origin_id, achievement_id, period, amount
), sums AS (
  SELECT customer_id, origin_id, achievement_id, period, sum(amount)::bigint AS amount
  FROM gone GROUP BY customer_id, origin_id, achievement_id, period
)
UPDATE achievement_tally AS known SET amount = known.amount - sums.amount FROM sums
WHERE (known.customer_id, known.achievement_id, known.period, known.origin_id)
    = (sums.customer_id, sums.achievement_id, sums.period, sums.origin_id)
RETURNING known.customer_id, known.achievement_id, known.period, sums.amount
""")


async def count_deeds(session: AsyncSession, deeds: Sequence[Deed]) -> list[AchievementLevel]:
    """Bring members on by what they did; the levels they reach by it.

    A deed counts once, whatever happens to its event, and not when its order was cancelled.
    """
    if not deeds:
        return []
    await session.execute(TOGETHER)
    times = [each.happening.occurred_at for each in deeds]
    versions = await counting_between(session, min(times), max(times))
    return await count_for(session, versions, deeds)


async def count_for(
    session: AsyncSession, versions: Sequence[Achievement], deeds: Sequence[Deed]
) -> list[AchievementLevel]:
    """The same for these versions alone."""
    if not versions:
        return []
    programme = await session.get_one(Programme, "points")
    wanted = [
        (version, deed)
        for deed in deeds
        for version in versions
        if measures(version, deed, programme.currency)
    ]
    if not wanted:
        return []
    customers = {deed.happening.customer_id for _, deed in wanted}
    await open_accounts(session, customers)
    await hold_accounts(session, customers)
    members = await members_of(session, customers)
    counted = [
        counted_for(version, deed, moment)
        for version, deed in wanted
        if fits(version, moment := Moment(deed.happening, members[deed.happening.customer_id]))
    ]
    gone = await cancelled_among(session, {each.order_id for each in counted if each.order_id})
    changes = await _add(session, [each for each in counted if each.order_id not in gone])
    by_id = {each.id: each for each in versions}
    return await reach(session, by_id, await _gained(session, by_id, changes))


async def take_back_deeds(
    session: AsyncSession, orders: Collection[UUID], kinds: Collection[str] | None = None
) -> list[AchievementLevel]:
    """What stood on these orders counts no longer, or what of these kinds did.

    The levels that are lost by it.
    """
    asked = {"orders": list(orders), "kinds": None if kinds is None else list(kinds)}
    await hold_accounts(session, (await session.execute(STANDING_ON, asked)).scalars().all())
    changes: Changes = defaultdict(lambda: defaultdict(int))
    for row in await session.execute(TAKE_BACK, asked):
        changes[Place(row.customer_id, row.achievement_id)][row.period] += row.amount
    if not changes:
        return []
    by_id = await achievements_by_id(session, {place.achievement_id for place in changes})
    return await lose(session, by_id, await _lost(session, by_id, changes))


async def catch_up(session: AsyncSession, customer: UUID) -> list[AchievementLevel]:
    """Let a member have what all their tallies together deserve. The caller holds the account."""
    by_id = {each.id: each for each in await active_achievements(session)}
    places = [(Place(customer, each), ALL) for each in by_id]
    tallies = await tallies_of(session, places)
    return await reach(
        session,
        by_id,
        {place: by_id[place.achievement_id].ladder.deserved(tallies[place]) for place in tallies},
    )


async def _add(session: AsyncSession, counted: Sequence[Counted]) -> Changes:
    """Add what was not counted before; by how much each member's tallies have grown."""
    changes: Changes = defaultdict(lambda: defaultdict(int))
    if not counted:
        return changes
    rows = orjson.dumps([each._asdict() for each in counted], default=str).decode()
    for row in await session.execute(REMEMBER, {"counted": rows}):
        changes[Place(row.customer_id, row.achievement_id)][row.period] += row.amount
    sums = [
        {**place._asdict(), "period": period, "amount": amount}
        for place, periods in changes.items()
        for period, amount in periods.items()
    ]
    await session.execute(ADD, {"sums": orjson.dumps(sums, default=str).decode()})
    return changes


async def _gained(
    session: AsyncSession, versions: Mapping[UUID, Achievement], changes: Changes
) -> dict[Place, set[Deserved]]:
    """What is deserved by the tallies around those that have grown, and was not before."""
    ladders = {place: versions[place.achievement_id].ladder for place in changes}
    around = [(place, ladders[place].touched(changes[place])) for place in changes]
    after = await tallies_of(session, around)
    return {
        place: ladders[place].deserved(after[place])
        - ladders[place].deserved(_less(after[place], changes[place]))
        for place in changes
    }


async def _lost(
    session: AsyncSession, versions: Mapping[UUID, Achievement], changes: Changes
) -> dict[Place, set[Deserved]]:
    """What is deserved no longer. What another window or run deserves stays: all are looked at."""
    ladders = {place: versions[place.achievement_id].ladder for place in changes}
    after = await tallies_of(
        session, [(place, _decisive(ladders[place].span, changes[place])) for place in changes]
    )
    return {
        place: ladders[place].deserved(_less(after[place], changes[place], -1))
        - ladders[place].deserved(after[place])
        for place in changes
    }


def _decisive(span: Span, periods: Iterable[int]) -> Stretch:
    if span == Span.ROLLING or span in STREAKS:
        return ALL
    known = [*periods]
    return Stretch(min(known), max(known))


def _less(tallies: Mapping[int, int], changes: Mapping[int, int], sign: int = 1) -> dict[int, int]:
    periods = tallies.keys() | changes.keys()
    return {each: tallies.get(each, 0) - sign * changes.get(each, 0) for each in periods}
