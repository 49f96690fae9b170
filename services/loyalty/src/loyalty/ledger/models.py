"""How far the ledger is watched, and what was found that does not add up."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from kit.models import moment, utcnow
from loyalty.columns import long, one_of, words
from loyalty.entity import Row

FIRST = UUID(int=0)
"""Before all ids; what has no id of its own is kept under it."""


class FaultKind(StrEnum):
    POSTING = "posting"
    TRANSFER = "transfer"
    WALLET = "wallet"
    LOT = "lot"
    REPORT = "report"


class RoundPhase(StrEnum):
    POSTINGS = "postings"
    WALLETS = "wallets"
    LOTS = "lots"
    RESTING = "resting"


class LedgerWatch(Row, table=True):
    """Every posting made before `watched_until` was looked at, none after."""

    __tablename__ = "ledger_watch"
    __table_args__ = (CheckConstraint("code = 'ledger'", name="ledger_is_watched_once"),)

    code: str = words(primary_key=True)
    watched_until: datetime = moment()


class LedgerRound(Row, table=True):
    """How far the round over the whole ledger has come: all up to `after_id` of its phase.

    It goes over the postings up to `last_posting`, of which those made before `until` are in the
    reports. `whole_since` is when the last round began that came to its end: whatever was wrong
    then is known.
    """

    __tablename__ = "ledger_round"
    __table_args__ = (
        CheckConstraint("code = 'ledger'", name="ledger_has_one_round"),
        CheckConstraint(one_of("phase", *RoundPhase), name="ledger_round_phase"),
        CheckConstraint("looked_at >= 0 AND found >= 0", name="ledger_round_counts_up"),
    )

    code: str = words(primary_key=True)
    phase: str = words(default=RoundPhase.RESTING)
    after_id: UUID = FIRST
    after_currency: str = words(default="")
    last_posting: UUID = FIRST
    until: datetime = moment()
    began_at: datetime = moment()
    whole_since: datetime = moment()
    looked_at: int = long(default=0)
    found: int = long(default=0)


class LedgerRoundSum(Row, table=True):
    """What the round has found so far, less what reports said when it began: nothing, at its end."""

    __tablename__ = "ledger_round_sum"

    month: str = words(primary_key=True)
    currency: str = words(primary_key=True)
    kind: str = words(primary_key=True)
    against: str = words(primary_key=True)
    postings: int = long()
    points: int = long()


class LedgerFault(Row, table=True):
    """What does not add up, until it does again.

    A posting, a transfer or a lot by its id, an account's wallet, or what reports say of a `month`.
    """

    __tablename__ = "ledger_fault"
    __table_args__ = (CheckConstraint(one_of("kind", *FaultKind), name="ledger_fault_kind"),)

    kind: str = words(primary_key=True)
    id: UUID = Field(primary_key=True)
    currency: str = words(primary_key=True)
    month: str = words(primary_key=True, default="", sa_column_kwargs={"server_default": ""})
    found_at: datetime = moment(default_factory=utcnow)
