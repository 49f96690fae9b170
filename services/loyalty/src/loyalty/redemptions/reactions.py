"""What redemptions do when the arms, a reviewer or the customer service report something."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.fulfilments.models import RECALLED
from loyalty.redemptions.commands import settling
from loyalty.redemptions.models import SOURCE, RedemptionReason


class FulfilmentEnded(Heard):
    """The part of an end of handing out that redemptions read."""

    source_kind: str
    source_id: UUID
    reason: str = ""


class ReviewDecided(Heard):
    """The part of a decision about a held act that redemptions read."""

    act_kind: str
    key: str
    verdict: str


class ErasureRequested(Heard):
    customer_id: UUID
    alias_ids: list[UUID]


async def fulfil_redemptions_handed_out(
    session: AsyncSession, events: list[FulfilmentEnded]
) -> None:
    await settling.fulfil_redemptions(
        session, [each.source_id for each in events if each.source_kind == SOURCE]
    )


async def fail_redemptions_not_handed_out(
    session: AsyncSession, events: list[FulfilmentEnded]
) -> None:
    """Points and stock come back; what was recalled was rejected by a reviewer."""
    ours = [each for each in events if each.source_kind == SOURCE]
    recalled = [each.source_id for each in ours if each.reason == RECALLED]
    await settling.fail_redemptions(session, recalled, RedemptionReason.REJECTED)
    failed = [each.source_id for each in ours if each.reason != RECALLED]
    await settling.fail_redemptions(session, failed)


async def go_on_with_reviewed_redemptions(
    session: AsyncSession, events: list[ReviewDecided]
) -> None:
    verdicts = {UUID(each.key): each.verdict for each in events if each.act_kind == SOURCE}
    await settling.decide_redemptions(
        session,
        [key for key, verdict in verdicts.items() if verdict == "released"],
        [key for key, verdict in verdicts.items() if verdict == "rejected"],
    )


async def release_redemptions_of_the_erased(session: AsyncSession, event: ErasureRequested) -> None:
    await settling.release_redemptions_of(session, [event.customer_id, *event.alias_ids])
