"""What happened to a member's points, and what is left of what came."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Context, Info
from kit.graph.personal import PERSONAL
from kit.graph.scalars import Long
from kit.personal.seeing import masked
from loyalty.points import models, queries
from loyalty.sight import SIGHT

TOLD_WHO: Final = ("marketer", "approver", "front_line", "analyst", "operator")


@strawberry.type(description="One side of a posting; those of one posting sum to zero.")
class LedgerEntry:
    account: str = strawberry.field(
        description="wallet, debt, pending and locked are the member's; liability, expiry, "
        "partner_funding, adjustment and transfer the programme's."
    )
    amount: Long = strawberry.field(description="What comes in is positive.")
    balance_after: Long | None = strawberry.field(
        description="The member's balance after it; null for the programme's side."
    )

    @classmethod
    def of(cls, row: models.Entry) -> Self:
        after = row.balance_after
        return cls(
            account=row.account_kind,
            amount=Long(row.amount),
            balance_after=None if after is None else Long(after),
        )


@strawberry.type(description="One movement of points; it is never changed.")
class PointsPosting:
    id: UUID = strawberry.field(description="Its identifier.")
    kind: str = strawberry.field(
        description="earn, grant, mature, spend, lock, confirm, release, adjust, transfer, "
        "reverse, return, expire or move."
    )
    points: Long = strawberry.field(description="Positive in, negative out.")
    currency: str = strawberry.field(description="The code of its currency.")
    why: strawberry.Private[str]
    source_kind: str = strawberry.field(
        description="What it was for: order, conversion, touchpoint, feedback, birthday, referral, "
        "referred, task, achievement, leaderboard, lottery, red_packet, redemption, lot, merge; "
        "request, reservation or transfer for what somebody asked for."
    )
    source_id: str = strawberry.field(
        description="Which of them: its id; of a request the idempotency key."
    )
    occurred_at: datetime = strawberry.field(description="When its reason happened.")
    posted_at: datetime = strawberry.field(description="When it was posted.")
    balance_after: Long = strawberry.field(description="What the member could spend after it.")
    partner: str | None = strawberry.field(description="The partner who funds it, if one does.")
    entries: list[LedgerEntry] = strawberry.field(description="Both sides of it: two to five.")
    pending: bool = strawberry.field(description="Whether what it gave can't be spent yet.")
    usable_at: datetime | None = strawberry.field(
        description="When what is pending can be spent; null: when a person has decided."
    )
    reverses: UUID | None = strawberry.field(
        description="The posting that it takes back or gives back, if it does."
    )
    by: strawberry.Private[str | None]

    @classmethod
    def of(
        cls, row: models.Posting, entries: Sequence[models.Entry], waiting: models.Lot | None
    ) -> Self:
        return cls(
            id=row.id,
            kind=row.kind,
            points=Long(row.points),
            currency=row.currency,
            why=row.reason,
            source_kind=row.source_kind,
            source_id=row.source_id,
            occurred_at=row.occurred_at,
            posted_at=row.created_at,
            balance_after=Long(row.balance_after),
            partner=row.partner,
            entries=[LedgerEntry.of(each) for each in entries],
            pending=waiting is not None,
            usable_at=waiting.due_at if waiting else None,
            reverses=row.reverses,
            by=row.asked_by,
        )

    @strawberry.field(
        description="The colleague who asked for it; null where the member did, or the platform "
        "moved by itself.",
        extensions=[Roles(*TOLD_WHO)],
    )
    def asked_by(self) -> str | None:
        return self.by

    @strawberry.field(
        description="What took it back or gave it back: who, when and why; null while it stands."
    )
    async def reversal(self, info: Info) -> "PointsPosting | None":
        return await info.context.loader(reversals_of).load(self.id)

    @strawberry.field(
        description="Why, for people. What somebody wrote (sourceKind request, reservation or "
        "transfer) is masked for who sees no personal data, and goes with an erasure.",
        directives=[PERSONAL],
    )
    def reason(self, info: Info) -> str:
        whole = self.source_kind not in models.IN_OWN_WORDS or SIGHT.is_whole(info.context.caller)
        return masked(self.why, whole=whole) or ""


async def shown(context: Context, rows: Sequence[models.Posting]) -> dict[UUID, PointsPosting]:
    """Postings that the caller may see, each with its entries and whether it waits."""
    ids = [row.id for row in rows]
    async with context.db.reading() as session:
        entries = await queries.entries_of(session, ids)
        waiting = await queries.pending_lots(session, ids)
    return {
        row.id: PointsPosting.of(row, entries.get(row.id, []), waiting.get(row.id)) for row in rows
    }


async def reversals_of(context: Context, ids: Sequence[UUID]) -> list[PointsPosting | None]:
    """For a loader: what reversed postings that the caller was shown already."""
    async with context.db.reading() as session:
        rows = await queries.reversing(session, ids)
    found = await shown(context, rows)
    by = {row.reverses: found[row.id] for row in rows}
    return [by.get(each) for each in ids]


@strawberry.type(description="Points that came together and expire together.")
class PointsLot:
    points: Long = strawberry.field(description="How many came.")
    remaining: Long = strawberry.field(description="How many of them are left.")
    pending: bool = strawberry.field(description="Whether they can't be spent yet.")
    usable_at: datetime | None = strawberry.field(
        description="When pending ones can be spent; null: when a person has decided."
    )
    expires_at: datetime | None = strawberry.field(
        description="When what is left is taken; null: never."
    )

    @classmethod
    def of(cls, row: models.Lot) -> Self:
        pending = row.state == "pending"
        return cls(
            points=Long(row.points),
            remaining=Long(row.remaining),
            pending=pending,
            usable_at=row.due_at if pending else None,
            expires_at=row.expires_at,
        )
