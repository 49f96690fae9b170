"""Kinds of channels, and how each meets a customer."""

from enum import StrEnum
from typing import Final

TOUCHPOINT: Final = "touchpoint"
"""In a campaign's channels: whichever channel the customer is at."""


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


INTERRUPTING: Final = frozenset(
    {
        ChannelKind.CALL_CENTRE_OUT,
        ChannelKind.SMS,
        ChannelKind.MMS,
        ChannelKind.PUSH,
        ChannelKind.ACCOUNT_MANAGER,
        ChannelKind.DIRECT_SALES,
    }
)
"""Kinds that reach out to a customer wherever they are; quiet hours are for these."""
