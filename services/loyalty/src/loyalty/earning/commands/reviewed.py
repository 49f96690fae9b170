"""What a reviewer decided on held or flagged earnings, each once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import select, text

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.earning.commands.screened import sources_of
from loyalty.earning.commands.taking_back import (
    Reason,
    TakenBack,
    shares_given,
    take_back_given,
)
from loyalty.earning.funding import Share
from loyalty.earning.models import Earning, EarningReview
from loyalty.earning.queries import rules_by_id
from loyalty.points.commands import post
from loyalty.points.commands.waiting import hold_wallets, wait_until
from loyalty.points.models import NewPosting
from loyalty.tiers.commands import count_towards_tiers
from loyalty.tiers.models import Qualifying

REJECTED: Final = Reason("rejected", "rejected in a review")

_DECIDED = """
FROM jsonb_to_recordset(CAST(:decided AS jsonb)) AS new (source_kind text, source_id uuid)
WHERE (earning.source_kind, earning.source_id) = (new.source_kind, new.source_id)
"""
FIND: Final = text("""
SELECT DISTINCT earning.customer_id
FROM earning JOIN jsonb_to_recordset(CAST(:decided AS jsonb)) AS new (
  source_kind text, source_id uuid) USING (source_kind, source_id)
""")
RELEASE: Final = text(f"""
UPDATE earning SET review = 'released' {_DECIDED} AND review = 'held' RETURNING earning.*
""")  # noqa: S608  # nothing comes from outside
REJECT: Final = text(f"""
UPDATE earning SET review = 'rejected', points = 0 {_DECIDED}
AND (review = 'held' OR review IS NULL) AND cancelled_at IS NULL AND points > 0
RETURNING earning.*
""")  # noqa: S608


class Decision(NamedTuple):
    """What was decided on an act, by its key."""

    key: str
    verdict: str


async def settle_earnings(session: AsyncSession, decisions: Iterable[Decision]) -> None:
    """Let members spend what was released, on its day, and take back what was rejected.

    What was cancelled meanwhile is gone already.
    """
    sources: dict[str, list[dict[str, Any]]] = {}
    for each in decisions:
        named = [
            {"source_kind": kind, "source_id": source} for kind, source in sources_of(each.key)
        ]
        sources.setdefault(each.verdict, []).extend(named)
    await _hold_members(session, [each for some in sources.values() for each in some])
    released = await _change(session, RELEASE, sources.get(EarningReview.RELEASED, []))
    rejected = await _change(session, REJECT, sources.get(EarningReview.REJECTED, []))
    accounts = await open_accounts(session, (each.customer_id for each in [*released, *rejected]))
    await _release(session, released, accounts)
    now = utcnow()
    await take_back_given(session, [TakenBack(each, now) for each in rejected], accounts, REJECTED)


async def _hold_members(session: AsyncSession, sources: Sequence[dict[str, Any]]) -> None:
    decided = orjson.dumps(sources, default=str).decode()
    found = await session.scalars(FIND, {"decided": decided})
    await hold_accounts(session, found.all())


async def _change(
    session: AsyncSession, statement: Any, sources: Sequence[dict[str, Any]]
) -> Sequence[Earning]:
    if not sources:
        return []
    decided = orjson.dumps(sources, default=str).decode()
    wanted = select(Earning).from_statement(statement)
    rows = await session.scalars(wanted, {"decided": decided})
    return rows.all()


async def _release(
    session: AsyncSession, released: Sequence[Earning], accounts: Mapping[UUID, UUID]
) -> None:
    now = utcnow()
    shares = [
        (each, share, _usable_at(each, share)) for each in released for share in shares_given(each)
    ]
    await hold_wallets(session, accounts.values())
    await wait_until(session, {share.posting_id: at for _, share, at in shares if at and at > now})
    await post(
        session,
        [
            NewPosting(
                account_id=accounts[each.customer_id],
                key=f"mature:{share.posting_id}",
                kind="mature",
                points=share.points,
                reason="released in a review",
                source_kind=each.source_kind,
                source_id=str(each.source_id),
                settles=share.posting_id,
                occurred_at=now,
            )
            for each, share, at in shares
            if at is None or at <= now
        ],
    )
    standing = [each for each in released if each.cancelled_at is None]
    await count_towards_tiers(session, await qualifying_points(session, standing))


def _usable_at(earning: Earning, share: Share) -> datetime | None:
    return earning.occurred_at and share.usable_at(earning.occurred_at)


async def qualifying_points(session: AsyncSession, earnings: Sequence[Earning]) -> list[Qualifying]:
    """What they give towards tiers, as the rules say that gave them."""
    named = {UUID(line["rule_id"]) for each in earnings for line in each.lines}
    rules = await rules_by_id(session, named)
    found = [
        Qualifying(
            source_id=each.source_id,
            customer_id=each.customer_id,
            points=sum(
                line["points"]
                for line in each.lines
                if rules[UUID(line["rule_id"])].qualifies and not line.get("cancelled")
            ),
            qualified_at=each.occurred_at,
        )
        for each in earnings
        if each.occurred_at is not None
    ]
    return [each for each in found if each.points]
