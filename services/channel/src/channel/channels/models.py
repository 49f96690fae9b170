"""Channels: where customers are met, and whose they are."""

from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from channel.entity import Entity, one_of


class ChannelKind(StrEnum):
    OWN_STORE = "own_store"
    AGENT_STORE = "agent_store"
    FRANCHISE = "franchise"
    ECOMMERCE = "ecommerce"
    APP = "app"
    WEB = "web"
    CALL_CENTRE_IN = "call_centre_in"
    CALL_CENTRE_OUT = "call_centre_out"
    SMS = "sms"
    MMS = "mms"
    EMAIL = "email"
    PUSH = "push"
    ACCOUNT_MANAGER = "account_manager"
    DIRECT_SALES = "direct_sales"
    SMART_DEVICE = "smart_device"


class Channel(Entity, table=True):
    """A way to meet customers: our own, or a partner's."""

    __tablename__ = "channel"
    __table_args__ = (
        one_of("kind", ChannelKind, of="channel"),
        Index("channel_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    code: str = Field(unique=True)
    kind: str
    name: str
    unit: str
    partner_code: str | None = Field(default=None, foreign_key="partner.code", index=True)
