"""What a reviewer decided on a transfer: it is made, or the points come back."""

from structlog import get_logger

from kit.database import AsyncSession, whole
from kit.errors import InvalidInput
from kit.merging.mergers import current_ids
from kit.personal.erasing import erased_among
from loyalty.accounts.models import PointsAccount
from loyalty.points.errors import NotEnoughPoints
from loyalty.points.models import Posting
from loyalty.reservations.commands import release_reservation
from loyalty.reservations.queries import reservation
from loyalty.transfers.commands.giving import Transfer, make_transfer
from loyalty.transfers.models import HeldTransfer, TransferState
from loyalty.transfers.queries import held_by_key

log = get_logger(__name__)


async def settle_transfer(session: AsyncSession, key: str, *, released: bool) -> None:
    """Make a held transfer, or give the points back to the giver; once.

    What was withdrawn meanwhile is not made, nor what became a transfer to oneself by a merge, is
    for somebody who was erased, or of which a debt has taken too much.
    """
    held = await held_by_key(session, key, lock=True)
    if held is None or held.state != TransferState.WAITING:
        return
    reserved, locking = await reservation(session, held.reservation_id)
    withdrawn = reserved.settled_by is not None
    if not withdrawn:
        await release_reservation(session, held.reservation_id)
    makes = released and not withdrawn and await _is_between_two(session, held)
    makes = makes and await _is_made(session, held, locking)
    held.state = TransferState.MADE if makes else TransferState.RETURNED
    session.add(held)
    await session.flush()
    log.info("held_transfer_settled", state=str(held.state), withdrawn=withdrawn)


async def _is_between_two(session: AsyncSession, held: HeldTransfer) -> bool:
    accounts = [
        await session.get_one(PointsAccount, each) for each in (held.giver_id, held.taker_id)
    ]
    ids = [each.customer_id for each in accounts]
    today = await current_ids(session, ids)
    giver, taker = [today.get(each, each) for each in ids]
    return giver != taker and not await erased_among(session, [taker])


async def _is_made(session: AsyncSession, held: HeldTransfer, locking: Posting) -> bool:
    transfer = Transfer(
        held.giver_id,
        held.taker_id,
        held.points,
        held.reason,
        held.key,
        held.currency,
        caused_by=locking.asked_by,
    )
    try:
        async with whole(session):
            await make_transfer(session, transfer)
    except (NotEnoughPoints, InvalidInput) as refused:
        log.info("held_transfer_can_not_be_made", why=refused.code)
        return False
    return True
