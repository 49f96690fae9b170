"""How far the ledger is watched, and what was found that does not add up."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from kit.models import moment, utcnow
from loyalty.columns import one_of, words
from loyalty.entity import Row


class FaultKind(StrEnum):
    POSTING = "posting"
    WALLET = "wallet"


class LedgerWatch(Row, table=True):
    """Every posting made before `watched_until` was looked at, none after."""

    __tablename__ = "ledger_watch"
    __table_args__ = (CheckConstraint("code = 'ledger'", name="ledger_is_watched_once"),)

    code: str = words(primary_key=True)
    watched_until: datetime = moment()


class LedgerFault(Row, table=True):
    """What does not add up: a posting by its id, or an account's wallet, until it does again."""

    __tablename__ = "ledger_fault"
    __table_args__ = (CheckConstraint(one_of("kind", *FaultKind), name="ledger_fault_kind"),)

    kind: str = words(primary_key=True)
    id: UUID = Field(primary_key=True)
    currency: str = words(primary_key=True)
    found_at: datetime = moment(default_factory=utcnow)
