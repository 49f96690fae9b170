"""Deeds are counted, and what stood on cancelled orders is counted no longer."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from uuid import UUID

from sqlalchemy import text

from kit.database import AsyncSession
from kit.schedules import MORE
from loyalty.achievements.commands import counting, defining, history
from loyalty.achievements.models import AchievementLevel
from loyalty.earning.commands.screened import BOTH_SIDES
from loyalty.earning.happenings import Deed, Happening
from loyalty.earning.models import EarningEvent
from loyalty.earning.queries import points_given
from loyalty.leaderboards.commands import scoring
from loyalty.leaderboards.commands.scoring import Scored, score, take_back_scores
from loyalty.leaderboards.models import LeaderboardMeasure

MEASURED: Mapping[str, str] = {
    EarningEvent.ORDER: LeaderboardMeasure.ORDERS,
    EarningEvent.REFERRAL: LeaderboardMeasure.REFERRALS,
}
LEVEL = "achievement"
ANYTHING = text("""
SELECT EXISTS (SELECT FROM achievement WHERE state <> 'draft')
    OR EXISTS (SELECT FROM leaderboard WHERE state <> 'draft')
""")


async def count_deeds(session: AsyncSession, happenings: Sequence[Happening]) -> None:
    """Let what happened count, with the points that earning rules have given for it by now."""
    if not happenings or not await _is_counted(session):
        return
    points = await points_given(session, ((each.event, each.source_id) for each in happenings))
    deeds = [Deed(each, points.get((each.event, each.source_id), 0)) for each in happenings]
    levels = await counting.count_deeds(session, deeds)
    await score(session, [*chain(*map(_scored, deeds)), *map(_reached, levels)])


async def _is_counted(session: AsyncSession) -> bool:
    """Whether there is anything that deeds count for; what begins to count waits for this."""
    await session.execute(defining.TOGETHER)
    await session.execute(scoring.TOGETHER)
    return bool((await session.execute(ANYTHING)).scalar_one())


async def take_back_deeds(session: AsyncSession, orders: Collection[UUID]) -> None:
    """What stood on cancelled orders counts no longer."""
    levels = await counting.take_back_deeds(session, orders)
    await take_back_scores(session, orders, [each.id for each in levels])


async def take_back_referrals(session: AsyncSession, orders: Collection[UUID]) -> None:
    """Referrals by these orders count no longer; the orders themselves do."""
    levels = await counting.take_back_deeds(session, orders, BOTH_SIDES)
    await take_back_scores(session, orders, [each.id for each in levels], BOTH_SIDES)


async def score_levels(session: AsyncSession, levels: Iterable[AchievementLevel]) -> None:
    """Let levels count that were reached by something else than a deed just heard of."""
    await score(session, [_reached(each) for each in levels])


async def count_history(session: AsyncSession) -> object:
    """Count what was done before achievements were there; whether more is left."""
    levels = await history.count_next_page(session)
    if levels is None:
        return None
    await score_levels(session, levels)
    return MORE


def _scored(deed: Deed) -> Iterator[Scored]:
    """What a deed may score: as itself, and by the points it gave."""
    happening = deed.happening
    amounts = {MEASURED.get(happening.event): 1, LeaderboardMeasure.POINTS: deed.points}
    is_order = happening.event == EarningEvent.ORDER
    for measure, amount in amounts.items():
        if measure is not None and amount:
            yield Scored(
                measure=measure,
                source_kind=happening.event,
                source_id=happening.source_id,
                customer_id=happening.customer_id,
                order_id=happening.source_id if is_order else happening.order_id,
                amount=amount,
                at=happening.occurred_at,
            )


def _reached(level: AchievementLevel) -> Scored:
    return Scored(
        measure=LeaderboardMeasure.ACHIEVEMENTS,
        source_kind=LEVEL,
        source_id=level.id,
        customer_id=level.customer_id,
        order_id=None,
        amount=1,
        at=level.reached_at,
    )
