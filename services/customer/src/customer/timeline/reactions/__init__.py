"""What others report about customers, and how each report reads on the timeline."""

from typing import Final

from customer.timeline.reactions import campaign, channel, loyalty
from customer.timeline.reactions.happening import Happening, keep_in_timeline
from kit.reactions import Reaction

HEARD: Final[tuple[type[Happening], ...]] = (*channel.HEARD, *campaign.HEARD, *loyalty.HEARD)
TIMELINE_REACTIONS: Final = tuple(
    Reaction(each.subject, each, keep_in_timeline, together=True, person="customer_id")
    for each in HEARD
)
