"""Partners and the way each has come."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from channel.entity import Entity, one_of
from channel.partners.errors import PartnerCannotAdvance


class PartnerKind(StrEnum):
    AGENT = "agent"
    FRANCHISEE = "franchisee"
    ECOMMERCE_PLATFORM = "ecommerce_platform"
    APP_PUBLISHER = "app_publisher"
    CALL_CENTRE = "call_centre"
    DIRECT_SELLER = "direct_seller"


class PartnerState(StrEnum):
    APPLIED = "applied"
    VERIFIED = "verified"
    CONTRACTED = "contracted"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


NEXT: dict[str, tuple[PartnerState, ...]] = {
    PartnerState.APPLIED: (PartnerState.VERIFIED, PartnerState.TERMINATED),
    PartnerState.VERIFIED: (PartnerState.CONTRACTED, PartnerState.TERMINATED),
    PartnerState.CONTRACTED: (PartnerState.ACTIVE, PartnerState.TERMINATED),
    PartnerState.ACTIVE: (PartnerState.SUSPENDED, PartnerState.TERMINATED),
    PartnerState.SUSPENDED: (PartnerState.ACTIVE, PartnerState.TERMINATED),
    PartnerState.TERMINATED: (),
}


class Partner(Entity, table=True):
    """A channel partner. `version` counts the steps it has taken."""

    __tablename__ = "partner"
    __table_args__ = (
        one_of("kind", PartnerKind, of="partner"),
        one_of("state", PartnerState, of="partner"),
        Index("partner_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    code: str = Field(unique=True)
    name: str
    kind: str
    tier: str
    unit: str
    state: str = PartnerState.APPLIED
    version: int = Field(default=1, sa_type=BigInteger, sa_column_kwargs={"server_default": "1"})

    def advance(self, to: PartnerState) -> None:
        """Go one step on the way; what is not a next step is refused."""
        if to not in NEXT[self.state]:
            raise PartnerCannotAdvance(self.state, to, NEXT[self.state])
        self.state = to
        self.version += 1


class PartnerStep(Entity, table=True):
    """One step of a partner: who took it, when, and why."""

    __tablename__ = "partner_step"

    partner_code: str = Field(foreign_key="partner.code", index=True)
    from_state: str | None
    to_state: str
    by: str
    reason: str
