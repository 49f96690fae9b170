"""What was done before a version was activated counts too: a page at once, in the background."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from structlog import get_logger

from kit.database import AsyncSession
from loyalty.accounts.commands import hold_accounts
from loyalty.achievements.commands.counting import count_for
from loyalty.achievements.models import Achievement, AchievementLevel, History, Measure
from loyalty.earning.happenings import Deed, Happening, Line
from loyalty.earning.models import EarningEvent
from loyalty.earning.standing import standing

log = get_logger(__name__)
COUNTED_AT_ONCE: Final = 500
FIRST: Final = UUID(int=0)

_REMEMBERED = "cancelled_at IS NULL AND occurred_at IS NOT NULL"
IN_ALL: Final = {
    Measure.POINTS: text(f"SELECT count(*) FROM earning WHERE points > 0 AND {_REMEMBERED}"),  # noqa: S608
    Measure.REFERRALS: text("SELECT count(*) FROM referral WHERE order_id IS NOT NULL"),
}
ORDERS_IN_ALL: Final = text(
    f"SELECT count(*) FROM earning WHERE source_kind = 'order' AND {_REMEMBERED}"  # noqa: S608
)
NEXT_EARNINGS: Final = text("""
SELECT source_kind, source_id, customer_id, order_id, campaign_id, occurred_at, points, event
FROM earning
WHERE (source_kind, source_id) > (:kind, :after)
  AND (source_kind = 'order' OR :all_kinds)
  AND cancelled_at IS NULL AND occurred_at IS NOT NULL
ORDER BY source_kind, source_id LIMIT :most
""")
NEXT_REFERRALS: Final = text("""
SELECT id, order_id, referrer_id, qualified_at FROM referral
WHERE id > :after AND order_id IS NOT NULL
ORDER BY id LIMIT :most
""")


async def count_next_page(session: AsyncSession) -> list[AchievementLevel] | None:
    """Go on with the oldest version whose history is being counted; what was reached by it.

    None when nothing is left to count.
    """
    counting = (
        select(Achievement)
        .where(Achievement.history == History.COUNTING)
        .order_by(col(Achievement.activated_at))
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    version = (await session.exec(counting)).first()
    if version is None:
        return None
    if version.history_in_all is None:
        statement = IN_ALL.get(Measure(version.measure), ORDERS_IN_ALL)
        version.history_in_all = (await session.execute(statement)).scalar_one()
    deeds = await _next_deeds(session, version)
    await hold_accounts(session, {each.happening.customer_id for each in deeds})
    version.history_seen += len(deeds)
    if len(deeds) < COUNTED_AT_ONCE:
        version.history = History.COUNTED
        log.info("achievement_history_counted", code=version.code, seen=version.history_seen)
    session.add(version)
    await session.flush()
    return await count_for(session, [version], await _standing(session, deeds))


async def _standing(session: AsyncSession, deeds: Sequence[Deed]) -> list[Deed]:
    left = await standing(session, (each.happening for each in deeds))
    sources = {(each.event, each.source_id) for each in left}
    return [each for each in deeds if (each.happening.event, each.happening.source_id) in sources]


async def _next_deeds(session: AsyncSession, version: Achievement) -> Sequence[Deed]:
    """The next deeds that are remembered, and how far it is with them."""
    asked: dict[str, Any] = {"after": version.history_after or FIRST, "most": COUNTED_AT_ONCE}
    if version.measure == Measure.REFERRALS:
        rows = (await session.execute(NEXT_REFERRALS, asked)).all()
        version.history_after = rows[-1].id if rows else version.history_after
        return [_referral(row) for row in rows]
    all_kinds = version.measure == Measure.POINTS
    asked |= {
        "kind": version.history_kind or ("" if all_kinds else "order"),
        "all_kinds": all_kinds,
    }
    rows = (await session.execute(NEXT_EARNINGS, asked)).all()
    if rows:
        version.history_kind, version.history_after = rows[-1].source_kind, rows[-1].source_id
    return [_earning(row) for row in rows]


def _referral(row: Any) -> Deed:
    return Deed(
        Happening(
            event=EarningEvent.REFERRAL,
            source_id=row.order_id,
            customer_id=row.referrer_id,
            occurred_at=row.qualified_at,
            order_id=row.order_id,
        )
    )


def _earning(row: Any) -> Deed:
    known: dict[str, Any] = row.event or {}
    return Deed(
        Happening(
            event=row.source_kind,
            source_id=row.source_id,
            customer_id=row.customer_id,
            occurred_at=row.occurred_at,
            order_id=row.order_id,
            campaign_id=row.campaign_id,
            **known | {"lines": [Line(*each) for each in known.get("lines", ())]},
        ),
        row.points,
    )
