"""Postings with their entries, and lots: the ledger as it is stored."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from kit.models import moment, utcnow, uuid7
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity, Row

MOST_POINTS = 10**12


class Posting(Entity, table=True):
    """One movement of points, for ever: the database refuses to change or delete it."""

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint(
            one_of("kind", "earn", "grant", "spend", "adjust", "reverse", "expire"),
            name="posting_kind",
        ),
        CheckConstraint(
            one_of("against", "liability", "expiry", "partner_funding"), name="posting_against"
        ),
        CheckConstraint(
            "kind = 'adjust' OR (points > 0) = (kind IN ('earn', 'grant'))", name="posting_sign"
        ),
        CheckConstraint(
            f"points <> 0 AND abs(points) <= {MOST_POINTS}", name="posting_within_bounds"
        ),
        Index("posting_by_account", "account_id", "id"),
    )

    key: str = words(unique=True)
    account_id: UUID = Field(foreign_key="points_account.id")
    kind: str = words()
    against: str = words()
    points: int = long()
    reason: str = words()
    source_kind: str = words()
    source_id: str = words()
    reverses: UUID | None = Field(default=None, foreign_key="posting.id")
    occurred_at: datetime = moment()


class Entry(Row, table=True):
    """One side of a posting; a posting's entries sum to zero when they are written.

    `balance_after` is the member's side alone: the other accounts are sums of their entries, so
    that no row is shared by all postings.
    """

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint(
            one_of("account_kind", "wallet", "debt", "liability", "expiry", "partner_funding"),
            name="entry_account_kind",
        ),
        CheckConstraint("(account_kind = 'wallet') = (line = 1)", name="entry_line_of_the_wallet"),
        CheckConstraint(
            "(line < 3) = (account_id IS NOT NULL AND balance_after IS NOT NULL)",
            name="entry_of_a_member_names_account_and_balance",
        ),
    )

    posting_id: UUID = Field(foreign_key="posting.id", primary_key=True)
    line: int = Field(primary_key=True)
    account_kind: str = words()
    account_id: UUID | None = None
    amount: int = long()
    balance_after: int | None = long(default=None)


class Lot(Row, table=True):
    """Points that came together, under the id of their posting, and expire together."""

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("remaining BETWEEN 0 AND points", name="lot_keeps_what_it_had_at_most"),
        Index(
            "lot_to_spend",
            "account_id",
            "expires_at",
            "id",
            postgresql_where=text("remaining > 0"),
        ),
        Index("lot_to_expire", "expires_at", postgresql_where=text("remaining > 0")),
    )

    id: UUID = Field(foreign_key="posting.id", primary_key=True)
    account_id: UUID = Field(foreign_key="points_account.id")
    points: int = long()
    remaining: int = long()
    expires_at: datetime = moment()


class Programme(Row, table=True):
    """The programme's settings: one row, asked by postings and benefits in the database."""

    __tablename__ = "programme"
    __table_args__ = (CheckConstraint("code = 'points'", name="programme_is_one"),)

    code: str = words(primary_key=True)
    points_months: int
    point_value_minor: int
    currency: str = words()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPosting:
    """A movement to be posted: what comes in is positive, what goes out negative.

    The same key posts once. A `spend`, and an `adjust` downwards, is refused when the balance is
    too small, and has to be the only one on its account in a batch.
    """

    account_id: UUID
    key: str
    kind: str
    points: int
    reason: str
    source_kind: str
    source_id: str
    against: str = "liability"
    reverses: UUID | None = None
    occurred_at: datetime = field(default_factory=utcnow)
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of it: `posted`, `repeated` (the first posting of the key), or `refused`."""

    outcome: str
    posting_id: UUID
    account_id: UUID
    customer_id: UUID
    kind: str
    points: int
    reason: str
    source_id: str
    balance: int


def expiry_key(lot: UUID) -> str:
    """The key of the posting that takes what is left of a lot when its time has come."""
    return f"expire:{lot}"
