"""The kinds of benefits, each in a module of its own."""

from typing import Final

from loyalty.benefits.asking import Kind
from loyalty.benefits.kinds import (
    bundle,
    cash_back,
    endorsement,
    gift,
    lottery,
    points,
    privilege,
    red_packet,
    referral,
)

KINDS: Final[dict[str, Kind]] = {
    "lottery": lottery.KIND,
    "red_packet": red_packet.KIND,
    "gift": gift.KIND,
    "privilege": privilege.KIND,
    "endorsement": endorsement.KIND,
    "bundle": bundle.KIND,
    "points": points.KIND,
    "cash_back": cash_back.KIND,
    "referral": referral.KIND,
}
"""In the order in which a batch gives them: what many want is held before wallets are."""
