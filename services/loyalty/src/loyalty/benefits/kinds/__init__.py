"""The kinds of benefits, each in a module of its own."""

from typing import Final

from loyalty.benefits.asking import Kind
from loyalty.benefits.kinds import bundle, cash_back, endorsement, points, privilege, referral

KINDS: Final[dict[str, Kind]] = {
    "points": points.KIND,
    "cash_back": cash_back.KIND,
    "privilege": privilege.KIND,
    "endorsement": endorsement.KIND,
    "bundle": bundle.KIND,
    "referral": referral.KIND,
}
"""In the order in which a batch gives them."""
