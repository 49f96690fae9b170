"""Taking back what cancelled orders gave, each once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
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
from loyalty.points.models import NewPosting, Posted, Programme
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
    await take_back_given(
        session,
        [TakenBack(each, by_id[each.order_id or each.source_id].cancelled_at) for each in given],
        accounts,
        CANCELLED,
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why points are taken back: in the postings' keys, and for people."""

    suffix: str
    words: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What something gave, to be taken back as of then."""

    earning: Earning
    at: datetime


CANCELLED = Reason("cancelled", "order cancelled")


async def take_back_given(
    session: AsyncSession,
    given: Sequence[TakenBack],
    accounts: Mapping[UUID, UUID],
    why: Reason,
) -> None:
    """Reverse the postings of earnings, make room under caps, and count them towards no tier.

    The caller holds the members' accounts, and comes once for each earning.
    """
    reversals = {
        reversal.id: (share, reversal)
        for each in given
        for share, reversal in _reversals(each, accounts[each.earning.customer_id], why)
    }
    taken = await take_back(session, [reversal for _, reversal in reversals.values()])
    await book_taken_back(session, taken, {key: share for key, (share, _) in reversals.items()})
    await count_taken_back(
        session,
        [
            counted
            for each in given
            for counted in uncounted(each.earning.customer_id, each.earning.lines)
        ],
    )
    await count_no_longer(session, [each.earning.source_id for each in given])


async def book_taken_back(
    session: AsyncSession, taken: Iterable[Posted], shares: Mapping[UUID, Share]
) -> None:
    """Partners pay no longer for what was taken back now, by the reversals of these shares."""
    await book_partner_points(
        session,
        [
            PartnerShare(
                each.posting_id,
                shares[each.posting_id].partner_code,
                each.points,
                reverses=shares[each.posting_id].posting_id,
            )
            for each in taken
            if each.outcome == "posted"
        ],
    )


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
    taken: TakenBack, account_id: UUID, why: Reason
) -> Iterator[tuple[Share, NewPosting]]:
    earning = taken.earning
    for share in shares_given(earning):
        yield (
            share,
            NewPosting(
                account_id=account_id,
                key=f"{share.key(earning.source_kind, earning.source_id)}:{why.suffix}",
                kind="reverse",
                against=share.against,
                points=-share.points,
                reason=why.words,
                source_kind=earning.source_kind,
                source_id=str(earning.source_id),
                reverses=share.posting_id,
                occurred_at=taken.at,
            ),
        )


def shares_given(earning: Earning) -> Iterator[Share]:
    """How the ledger has what was given."""
    for each in earning.postings:
        days = each.get("usable_after_days", 0)
        yield Share(UUID(each["posting_id"]), each["points"], each["partner_code"], days)


def uncounted(customer_id: UUID, lines: Iterable[dict[str, Any]]) -> Iterator[Counted]:
    """What these lines had counted under caps."""
    for line in lines:
        for scope, day in line["counted_in"]:
            yield Counted(customer_id, scope, date.fromisoformat(day), line["points"])
