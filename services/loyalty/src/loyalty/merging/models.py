"""What belongs to a customer here, and what was moved between accounts when two were merged."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Field

from kit.merging.rows import Moves
from kit.models import moment
from loyalty.benefits.models import Benefit, Payout
from loyalty.columns import long, words
from loyalty.earning.models import Earning, EarningCount
from loyalty.entity import Row, table_of
from loyalty.points.models import Lot
from loyalty.referrals.models import Referral
from loyalty.reservations.models import Reservation
from loyalty.tiers.models import QualifyingPoints
from loyalty.value.models import MemberValue

MOVES: Final = (
    Moves(table_of(Earning), "customer_id"),
    Moves(table_of(EarningCount), "customer_id"),
    Moves(table_of(QualifyingPoints), "customer_id"),
    Moves(table_of(MemberValue), "customer_id"),
    Moves(table_of(Referral), "referrer_id"),
    Moves(table_of(Benefit), "customer_id"),
    Moves(table_of(Payout), "customer_id"),
)
"""The ledger stands: accounts keep their postings, and a posting on either side moves what is left.

Tiers stay under the id they were reached by, the survivor's is looked at anew. What the customer
service reports of each id stays under it.
"""
BETWEEN_ACCOUNTS: Final = (
    Moves(table_of(Lot), "account_id"),
    Moves(table_of(Reservation), "account_id"),
)
"""Lots keep when they expire."""


class WalletMove(Row, table=True):
    """What a merge moved from one account's wallet into another's: two postings of the ledger.

    `debt` is what the source owed. Taken back, it has been given back.
    """

    __tablename__ = "wallet_move"

    posting_in: UUID = Field(foreign_key="posting.id", primary_key=True)
    posting_out: UUID = Field(foreign_key="posting.id", unique=True)
    merge_id: UUID = Field(index=True)
    currency: str = words()
    source_id: UUID
    target_id: UUID
    debt: int = long()
    taken_back: bool = False


class TierGiven(Row, table=True):
    """The tier that a merge gave the survivor, and what they had before."""

    __tablename__ = "tier_given"

    merge_id: UUID = Field(primary_key=True)
    customer_id: UUID
    tier_code: str = words()
    given_at: datetime = moment()
    former_code: str = words()
    former_since: datetime | None = moment(default=None)
    former_period_ends_at: datetime | None = moment(default=None)
