"""Whether a customer may be reached by a channel, as of this moment."""

from typing import Any

from sqlalchemy import ColumnElement, any_, exists

from channel.channels.models import Channel
from channel.consents.models import channel_refusal
from channel.entity import table_of


def refused(customer_id: Any, channel_code: Any) -> ColumnElement[bool]:
    """The condition that the customer refuses the kind of the channel."""
    channel, refusal = table_of(Channel).c, channel_refusal.c
    found: ColumnElement[bool] = exists().where(
        refusal.customer_id == customer_id,
        channel.code == channel_code,
        channel.kind == any_(refusal.kinds),
    )
    return found
