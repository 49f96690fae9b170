"""What loyalty reports: points, where customers stand, benefits, vouchers, rewards, luck."""

from typing import Final

from customer.timeline.reactions.happening import Happening
from customer.timeline.reactions.loyalty import (
    benefits,
    luck,
    points,
    redemptions,
    standing,
    vouchers,
)

HEARD: Final[tuple[type[Happening], ...]] = (
    *points.HEARD,
    *standing.HEARD,
    *benefits.HEARD,
    *vouchers.HEARD,
    *redemptions.HEARD,
    *luck.HEARD,
)
