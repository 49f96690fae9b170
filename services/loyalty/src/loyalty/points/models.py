"""Postings with their entries, and lots: the ledger as it is stored."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from kit.models import moment, utcnow, uuid7
from loyalty.columns import long, one_of, words
from loyalty.currencies.models import POINTS
from loyalty.entity import Entity, Row

MOST_POINTS = 10**12
KINDS = (
    "earn",
    "grant",
    "mature",
    "spend",
    "lock",
    "confirm",
    "release",
    "adjust",
    "transfer",
    "reverse",
    "return",
    "expire",
    "move",
)
AGAINST = ("liability", "expiry", "partner_funding", "adjustment", "transfer")
BY_HAND = "request"
"""The kind of source of what somebody asked for, and nothing else stands behind."""
IN_OWN_WORDS = (BY_HAND, "reservation", "transfer")
"""The kinds of sources whose reason is what somebody wrote."""
ERASED = "erased"
"""What a reason says once the person it was written about is forgotten: the one change there is."""
MEMBERS = ("wallet", "debt", "pending", "locked")


class Posting(Entity, table=True):
    """One movement in a wallet, for ever: the database refuses to change or delete it.

    What was written about somebody who is forgotten is `ERASED`; nothing else of it ever changes.

    `balance_after` is what the member could spend right after it. `settles` is the reservation it
    confirms or releases, the earning it makes usable, or the transfer it takes in. `asked_by` is
    the colleague who asked for it; nobody where the member did, or the platform moves by itself.
    """

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint(one_of("kind", *KINDS), name="posting_kind"),
        CheckConstraint(one_of("against", *AGAINST), name="posting_against"),
        CheckConstraint(
            "(against = 'partner_funding') = (partner IS NOT NULL)", name="posting_of_a_partner"
        ),
        CheckConstraint(
            "kind IN ('adjust', 'transfer', 'move') OR (points > 0) = "
            "(kind IN ('earn', 'grant', 'mature', 'release', 'return'))",
            name="posting_sign",
        ),
        CheckConstraint(
            f"kind = 'move' OR points <> 0 AND abs(points) <= {MOST_POINTS}",
            name="posting_within_bounds",
        ),
        CheckConstraint(
            "(kind IN ('mature', 'confirm', 'release')) <= (settles IS NOT NULL)",
            name="posting_settles_something",
        ),
        ForeignKeyConstraint(
            ["account_id", "currency"],
            ["wallet.account_id", "wallet.currency"],
            name="posting_moves_a_wallet",
        ),
        Index("posting_by_account", "account_id", "id"),
        Index("posting_by_time", "created_at", postgresql_using="brin"),
        Index(
            "posting_reverses_once",
            "reverses",
            unique=True,
            postgresql_where=text("reverses IS NOT NULL"),
        ),
        Index(
            "posting_settles_once",
            "settles",
            unique=True,
            postgresql_where=text("settles IS NOT NULL"),
        ),
        Index(
            "posting_given_away",
            "account_id",
            "created_at",
            postgresql_where=text("kind = 'transfer' AND points < 0"),
        ),
        Index(
            "posting_of_merge",
            "source_id",
            "currency",
            postgresql_where=text("kind = 'move'"),
        ),
        Index("posting_by_hand", "id", postgresql_where=text("asked_by IS NOT NULL")),
        Index("posting_by_whom", "asked_by", "id", postgresql_where=text("asked_by IS NOT NULL")),
    )

    key: str = words(unique=True)
    account_id: UUID
    currency: str = words()
    kind: str = words()
    against: str = words()
    partner: str | None = words(default=None)
    points: int = long()
    balance_after: int = long()
    reason: str = words()
    source_kind: str = words()
    source_id: str = words()
    reverses: UUID | None = Field(default=None, foreign_key="posting.id")
    settles: UUID | None = Field(default=None, foreign_key="posting.id")
    occurred_at: datetime = moment()
    asked_by: str | None = words(default=None)


class Entry(Row, table=True):
    """One side of a posting; a posting's entries sum to zero when they are written.

    `balance_after` is the member's side alone: the other accounts are sums of their entries, so
    that no row is shared by all postings. A trigger requires the posting, at once for all entries
    of a statement.
    """

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint(one_of("account_kind", *MEMBERS, *AGAINST), name="entry_account_kind"),
        CheckConstraint(
            " OR ".join(
                f"account_kind = {kind!r} AND line = {line}"
                for line, kind in enumerate(MEMBERS, start=1)
            )
            + f" OR line = {len(MEMBERS) + 1} AND account_id IS NULL",
            name="entry_line_of_the_account",
        ),
        CheckConstraint(
            f"(line <= {len(MEMBERS)}) = (account_id IS NOT NULL AND balance_after IS NOT NULL)",
            name="entry_of_a_member_names_account_and_balance",
        ),
    )

    posting_id: UUID = Field(primary_key=True)
    line: int = Field(primary_key=True)
    account_kind: str = words()
    account_id: UUID | None = None
    amount: int = long()
    balance_after: int | None = long(default=None)


class Lot(Row, table=True):
    """Points that came together and expire together; without `expires_at` never.

    Pending ones become usable at `due_at` or when confirmed; usable ones are announced as expiring
    at `due_at`; expiring ones are taken then. `expired` is what was taken unspent, by the posting
    `expired_by` if not by an earlier one: what was locked may come back after the end.
    """

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint(one_of("state", "pending", "usable", "expiring"), name="lot_state"),
        CheckConstraint(
            "remaining >= 0 AND expired >= 0 AND remaining + expired <= points",
            name="lot_keeps_what_it_had_at_most",
        ),
        Index(
            "lot_to_spend",
            "account_id",
            "currency",
            "expires_at",
            "id",
            postgresql_where=text("remaining > 0"),
        ),
        Index("lot_due", "state", "due_at", "id", postgresql_where=text("remaining > 0")),
        Index("lot_by_posting", "posting_id"),
        Index("lot_by_account", "account_id"),
    )

    id: UUID = Field(primary_key=True)
    posting_id: UUID = Field(foreign_key="posting.id")
    account_id: UUID = Field(foreign_key="points_account.id")
    currency: str = words(foreign_key="currency.code")
    state: str = words()
    points: int = long()
    remaining: int = long()
    expired: int = long(default=0)
    expired_by: UUID | None = Field(default=None, foreign_key="posting.id")
    expires_at: datetime | None = moment(default=None)
    due_at: datetime | None = moment(default=None)


class LotAgeing(Row, table=True):
    """How far the search for lots that are due has come, by their state."""

    __tablename__ = "lot_ageing"
    __table_args__ = (
        CheckConstraint(one_of("state", "pending", "usable", "expiring"), name="lot_ageing_state"),
    )

    state: str = words(primary_key=True)
    due_at: datetime = moment()
    lot_id: UUID


class LotUse(Row, table=True):
    """What a posting took from a lot, or gave back to it below zero."""

    __tablename__ = "lot_use"
    __table_args__ = (
        CheckConstraint("points <> 0", name="lot_use_moves_something"),
        Index("lot_use_by_lot", "lot_id"),
    )

    posting_id: UUID = Field(foreign_key="posting.id", primary_key=True)
    lot_id: UUID = Field(foreign_key="lot.id", primary_key=True)
    points: int = long(primary_key=True)


class Programme(Row, table=True):
    """The programme's settings: one row, asked by postings and benefits in the database."""

    __tablename__ = "programme"
    __table_args__ = (CheckConstraint("code = 'points'", name="programme_is_one"),)

    code: str = words(primary_key=True)
    point_value_minor: int
    currency: str = words()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPosting:
    """A movement to be posted: what comes in is positive, what goes out negative.

    The same key posts once. A `spend`, a `lock`, and an `adjust` or `transfer` downwards, is
    refused when the balance is too small. What is earned is `pending` until somebody decides, or
    waits until `usable_at`; it lives from then on as its currency says, or until `expires_at`.
    """

    account_id: UUID
    key: str
    kind: str
    points: int
    reason: str
    source_kind: str
    source_id: str
    currency: str = POINTS
    against: str = "liability"
    partner: str | None = None
    reverses: UUID | None = None
    settles: UUID | None = None
    asked_by: str | None = None
    pending: bool = False
    usable_at: datetime | None = None
    expires_at: datetime | None = None
    occurred_at: datetime = field(default_factory=utcnow)
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of it.

    `posted`; `repeated`: the first posting of the key; or nothing changed: `refused` for want of
    balance, `reused` key, `unknown` account or posting, `settled` before, `nothing` left to
    reverse, `elsewhere` since it moved to another account, `not_spendable`, `too_much` for a
    wallet.
    """

    outcome: str
    posting_id: UUID
    account_id: UUID
    customer_id: UUID
    currency: str
    kind: str
    points: int
    reason: str
    source_id: str
    balance: int
