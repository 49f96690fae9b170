"""What transfers do when a reviewer has decided."""

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.transfers.commands.settling import settle_transfer


class TransferReviewed(Heard):
    """The part of a decision that transfers read."""

    act_kind: str
    key: str
    action: str
    verdict: str


async def settle_reviewed_transfer(session: AsyncSession, event: TransferReviewed) -> None:
    """A held transfer is made or returned; one that was only flagged has been made."""
    if event.act_kind == "transfer" and event.action == "hold":
        await settle_transfer(session, event.key, released=event.verdict == "released")
