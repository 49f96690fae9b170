"""The kinds of channel on which customers say yes or no."""

from enum import StrEnum


class ChannelKind(StrEnum):
    """On what one can be met: a no to a kind that does not exist would silence nobody."""

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
