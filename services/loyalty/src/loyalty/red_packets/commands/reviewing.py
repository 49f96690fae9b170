"""Reviewing: parts that were held are the customer's in the end, or their funder's again."""

from collections.abc import Mapping
from uuid import UUID

from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow
from loyalty.accounts.queries import account_ids
from loyalty.points.commands import post
from loyalty.points.models import NewPosting
from loyalty.red_packets.commands.funding import settle_with_campaign
from loyalty.red_packets.events import RedPacketReturned
from loyalty.red_packets.models import PartReview, RedPacket, RedPacketTake
from loyalty.red_packets.queries import takes_held


async def settle_parts(session: AsyncSession, verdicts: Mapping[UUID, str]) -> None:
    """Let customers spend what was released, and take back what was rejected, by the source."""
    held = await takes_held(session, verdicts)
    accounts = await account_ids(session, (take.customer_id for take, _ in held))
    postings = []
    for take, packet in held:
        take.review = PartReview(verdicts[take.source_id])
        session.add(take)
        postings.append(_settling(take, packet, accounts[take.customer_id]))
        if take.review == PartReview.REJECTED:
            record(session, _returned(take, packet))
            settle_with_campaign(session, packet, spent=-take.amount, released=take.amount)
    await session.flush()
    await post(session, postings)


def _settling(take: RedPacketTake, packet: RedPacket, account_id: UUID) -> NewPosting:
    released = take.review == PartReview.RELEASED
    return NewPosting(
        account_id=account_id,
        key=f"{'mature' if released else 'reverse'}:{take.posting_id}",
        kind="mature" if released else "reverse",
        points=take.amount if released else -take.amount,
        reason="released in a review" if released else "rejected in a review",
        source_kind="red_packet",
        source_id=str(packet.id),
        currency=packet.currency,
        settles=take.posting_id if released else None,
        reverses=None if released else take.posting_id,
        occurred_at=utcnow(),
    )


def _returned(take: RedPacketTake, packet: RedPacket) -> RedPacketReturned:
    return RedPacketReturned(
        red_packet_id=packet.id,
        code=packet.code,
        customer_id=take.customer_id,
        number=take.number,
        currency=packet.currency,
        amount=take.amount,
        campaign_code=packet.campaign_code,
    )
