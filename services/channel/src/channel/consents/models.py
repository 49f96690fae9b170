"""Who refuses which kinds of channel; whoever refuses none has no row."""

from collections.abc import Iterable, Mapping, Set
from typing import Any, Final

from sqlalchemy import Column, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from channel.channels.models import ChannelKind
from channel.entity import Entity

MARKETING: Final = "marketing"
NEVER_APPROACHED: Final = frozenset({"do_not_contact", "restricted", "sensitive", "test"})
VIP_PROTECTED: Final = "vip_protected"

channel_refusal = Table(
    "channel_refusal",
    Entity.metadata,
    Column("customer_id", Uuid, primary_key=True),
    Column("kinds", ARRAY(Text), nullable=False),
)


def refused_kinds(consents: Iterable[Mapping[str, Any]], lists: Set[str]) -> list[str]:
    """The kinds that a customer said no to, or that their special lists close.

    What was never said is no refusal here: whether silence suffices was decided before.
    """
    if lists & NEVER_APPROACHED:
        return sorted(ChannelKind)
    said = {
        each["channel_kind"] or "": bool(each["granted"])
        for each in consents
        if each["purpose"] == MARKETING
    }
    on_all = said.get("", said.get("any", True))
    closed = {kind for kind in ChannelKind if not said.get(kind, on_all)}
    if VIP_PROTECTED in lists:
        closed |= set(ChannelKind) - {ChannelKind.ACCOUNT_MANAGER}
    return sorted(closed)
