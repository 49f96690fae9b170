"""Taking back what cancelled orders gave, each once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import orjson
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from kit.database import AsyncSession
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.earning.commands.counting import Counted, count_taken_back
from loyalty.earning.funding import Share
from loyalty.earning.models import Earning, EarningEvent
from loyalty.points.commands import take_back
from loyalty.points.models import NewPosting, Programme
from loyalty.referrals.commands import Bought, unvalue_orders
from loyalty.settlements.commands import PartnerShare, book_partner_points
from loyalty.tiers.commands import count_no_longer


@dataclass(frozen=True, slots=True)
class Cancellation:
    """An order that is none any more."""

    order_id: UUID
    customer_id: UUID
    cancelled_at: datetime


async def cancel_earnings(session: AsyncSession, cancellations: Iterable[Cancellation]) -> None:
    """Take back what cancelled orders gave; for one that has not come yet, remember it."""
    by_id = {each.order_id: each for each in cancellations}
    orders = [by_id[order_id] for order_id in sorted(by_id)]
    accounts = await open_accounts(session, (each.customer_id for each in orders))
    await hold_accounts(session, accounts)
    cancelled = await _remember_cancelled(session, orders)
    await unvalue_orders(session, await _bought(session, cancelled))
    given = [each for each in cancelled if each.points]
    accounts |= await open_accounts(session, (each.customer_id for each in given))
    reversals = {
        reversal.id: (share, reversal)
        for earning in given
        for share, reversal in _reversals(
            earning,
            accounts[earning.customer_id],
            by_id[earning.order_id or earning.source_id].cancelled_at,
        )
    }
    taken = await take_back(session, [reversal for _, reversal in reversals.values()])
    await book_partner_points(
        session,
        [
            PartnerShare(
                each.posting_id, share.partner_code, each.points, reverses=share.posting_id
            )
            for each in taken
            for share, _ in (reversals[each.posting_id],)
            if each.outcome == "posted"
        ],
    )
    await count_taken_back(session, [counted for each in given for counted in _uncounted(each)])
    await count_no_longer(session, [each.source_id for each in given])


CANCEL = text("""
WITH gone AS (
  SELECT source_id AS order_id, cancelled_at
  FROM jsonb_to_recordset(CAST(:orders AS jsonb)) AS new (source_id uuid, cancelled_at timestamptz)
), stood AS (
  SELECT 'order' AS source_kind, order_id AS source_id, gone.cancelled_at FROM gone
  UNION ALL
  SELECT source_kind, source_id, gone.cancelled_at FROM gone JOIN earning USING (order_id)
)
UPDATE earning SET cancelled_at = stood.cancelled_at FROM stood
WHERE earning.source_kind = stood.source_kind AND earning.source_id = stood.source_id
  AND earning.cancelled_at IS NULL
RETURNING earning.*
""")


async def _remember_cancelled(
    session: AsyncSession, orders: Sequence[Cancellation]
) -> Sequence[Earning]:
    """Keep that they are cancelled; they, and what stood on them, if they stood until now."""
    rows = [
        {
            "source_kind": EarningEvent.ORDER,
            "source_id": each.order_id,
            "customer_id": each.customer_id,
            "cancelled_at": each.cancelled_at,
            "points": 0,
            "lines": [],
            "postings": [],
        }
        for each in orders
    ]
    await session.execute(insert(Earning).values(rows).on_conflict_do_nothing())
    cancelled = orjson.dumps(rows, default=str).decode()
    statement = select(Earning).from_statement(CANCEL)
    return (await session.scalars(statement, {"orders": cancelled})).all()


async def _bought(session: AsyncSession, cancelled: Sequence[Earning]) -> list[Bought]:
    """The orders among them, as they were valued; before orders were remembered none was."""
    orders = [
        (each, each.event, each.occurred_at)
        for each in cancelled
        if each.event is not None and each.occurred_at is not None
    ]
    if not orders:
        return []
    programme = await session.get_one(Programme, "points")
    return [
        Bought(
            order_id=each.source_id,
            customer_id=each.customer_id,
            amount_minor=event["amount_minor"],
            worth_minor=event["amount_minor"] if event["currency"] == programme.currency else 0,
            at=occurred_at,
        )
        for each, event, occurred_at in orders
    ]


def _reversals(
    earning: Earning, account_id: UUID, cancelled_at: datetime
) -> Iterator[tuple[Share, NewPosting]]:
    for posting in earning.postings:
        share = Share(UUID(posting["posting_id"]), posting["points"], posting["partner_code"])
        yield (
            share,
            NewPosting(
                account_id=account_id,
                key=f"{share.key(earning.source_kind, earning.source_id)}:cancelled",
                kind="reverse",
                against=share.against,
                points=-share.points,
                reason="order cancelled",
                source_kind=earning.source_kind,
                source_id=str(earning.source_id),
                reverses=share.posting_id,
                occurred_at=cancelled_at,
            ),
        )


def _uncounted(earning: Earning) -> Iterator[Counted]:
    for line in earning.lines:
        for scope, day in line["counted_in"]:
            yield Counted(earning.customer_id, scope, date.fromisoformat(day), line["points"])
