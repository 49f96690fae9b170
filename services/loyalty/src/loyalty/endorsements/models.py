"""Endorsements as they are stored: who recommends what in which words, and who saw it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.defining import Defined
from loyalty.entity import Entity


class EndorserKind(StrEnum):
    PARTNER = "partner"
    EXPERT = "expert"
    PEER = "peer"


class Endorsement(Defined, table=True):
    """A recommendation. A peer is a customer, who agreed to be named where `evidence` says."""

    __tablename__ = "endorsement"
    __table_args__ = (
        CheckConstraint(one_of("kind", *EndorserKind), name="endorsement_kind"),
        CheckConstraint("cost_minor >= 0", name="endorsement_cost_is_not_negative"),
        CheckConstraint(
            "(kind = 'partner') = (partner_code IS NOT NULL)", name="a_partner_is_named_by_code"
        ),
        CheckConstraint(
            "(kind = 'peer') = (endorser_id IS NOT NULL) AND (kind <> 'peer' OR evidence <> '')",
            name="a_peer_is_a_customer_who_agreed",
        ),
        Index("endorsement_by_endorser", "endorser_id"),
    )

    code: str = words(unique=True)
    unit: str = words()
    kind: str = words()
    endorsed_by: str = words()
    partner_code: str | None = words(default=None)
    endorser_id: UUID | None = None
    evidence: str = words(default="")
    text: str = words()
    cost_minor: int = long()
    currency: str = words()
    retired_at: datetime | None = moment(default=None)


class EndorsementShown(Entity, table=True):
    """A customer was shown an endorsement, once for what it was shown for.

    It names the endorsement by its code alone: who recommends may be forgotten.
    """

    __tablename__ = "endorsement_shown"
    __table_args__ = (
        UniqueConstraint("source_kind", "source_id", name="endorsement_is_shown_once"),
        Index("endorsement_shown_by_customer", "customer_id", "id"),
    )

    customer_id: UUID
    endorsement_code: str = words()
    source_kind: str = words()
    source_id: UUID
    shown_at: datetime = moment()


@dataclass(frozen=True, slots=True)
class Showing:
    """An endorsement that a customer is shown."""

    id: UUID
    endorsement: Endorsement
    shown_at: datetime
