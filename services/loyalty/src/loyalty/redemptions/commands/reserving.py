"""Reserving a reward for points, or taking it at once: one transaction, whatever happens in it."""

from datetime import timedelta
from uuid import UUID

from kit.database import AsyncSession
from kit.errors import IdempotencyKeyReused, InvalidInput, NotFound
from kit.idempotency import KEY_LENGTH
from kit.models import utcnow, uuid7
from loyalty.fraud.commands import screen
from loyalty.fraud.models import Act, ActKind
from loyalty.points.commands.posting import post_one
from loyalty.points.commands.spending import require_words
from loyalty.points.errors import NotEnoughPoints
from loyalty.points.keys import sent
from loyalty.points.models import MOST_POINTS, NewPosting
from loyalty.redemptions.commands.delivering import deliver_redemption, fulfil_vouchers
from loyalty.redemptions.commands.telling import tell
from loyalty.redemptions.errors import RedemptionRefused
from loyalty.redemptions.events import RedemptionConfirmed, RedemptionReserved
from loyalty.redemptions.models import SOURCE, Redemption, RedemptionState, Wanted
from loyalty.redemptions.queries import hold_redeemer
from loyalty.reservations.commands import LONGEST_SECONDS
from loyalty.rewards.commands.stock import Taking, take_from_stock
from loyalty.rewards.errors import RewardNotAvailable
from loyalty.rewards.models import RewardBarrier
from loyalty.rewards.queries import standing
from loyalty.rewards.standing import Standing


async def redeem(session: AsyncSession, wanted: Wanted) -> Redemption:
    """Lock a member's points and keep a reward for them; or, at once, spend them for it.

    A repeat gets the first redemption as it is now. What a limit against fraud holds is reserved
    until a person has looked. Raises InvalidInput, NotFound, RewardNotAvailable, NotEnoughPoints,
    RedemptionRefused, and IdempotencyKeyReused for other content.
    """
    require_sound(wanted)
    customer, known = await hold_redeemer(session, wanted)
    if known is not None:
        if known.customer_id != customer or not known.asks(wanted):
            raise IdempotencyKeyReused(sent(wanted.key))
        return known
    found = await standing(session, wanted.reward_code, customer)
    return await _redeem(session, wanted, found, _require_allowed(found, wanted.quantity))


def require_sound(wanted: Wanted) -> None:
    """InvalidInput for what nobody may ask for."""
    require_words("idempotencyKey", sent(wanted.key), KEY_LENGTH)
    if not 0 < wanted.seconds <= LONGEST_SECONDS:
        raise InvalidInput("seconds", f"are between 1 and {LONGEST_SECONDS}")


async def require_allowed(session: AsyncSession, wanted: Wanted) -> None:
    """All that bars a member as far as a look tells: RewardNotAvailable, NotEnoughPoints, NotFound."""
    found = await standing(session, wanted.reward_code, wanted.customer_id)
    _require_allowed(found, wanted.quantity)


async def _redeem(
    session: AsyncSession, wanted: Wanted, found: Standing, account_id: UUID
) -> Redemption:
    redemption = _redemption(wanted, found)
    redemption.held = await _is_held(session, redemption, wanted.device)
    await _pay(session, redemption, account_id, wanted.asked_by)
    session.add(redemption)
    await session.flush()
    had = redemption.state == RedemptionState.CONFIRMED
    if had and await deliver_redemption(session, redemption) is not None:
        raise RewardNotAvailable([RewardBarrier.OUT_OF_STOCK])
    taking = Taking.of(found, SOURCE, redemption.id, redemption.quantity)
    if barred := await take_from_stock(session, [taking]):
        raise RewardNotAvailable(barred.values())
    tell(session, RedemptionConfirmed if had else RedemptionReserved, redemption)
    fulfil_vouchers(session, [redemption])
    return redemption


def _require_allowed(found: Standing, many: int) -> UUID:
    """The account that pays; or why it may not."""
    reward = found.reward
    if not 0 < many <= reward.most_at_once:
        upto = f"between 1 and {reward.most_at_once}" if reward.most_at_once > 1 else "1"
        raise InvalidInput("quantity", f"is {upto} of this reward at once")
    if many * (reward.price or 0) > MOST_POINTS:
        raise InvalidInput("quantity", f"costs more than {MOST_POINTS}")
    barriers = found.barriers(utcnow(), many)
    if barriers == {RewardBarrier.NOT_ENOUGH_POINTS}:
        raise NotEnoughPoints(needed=many * (reward.price or 0), balance=found.balance)
    if barriers:
        raise RewardNotAvailable(barriers)
    if found.account_id is None:
        raise NotFound("customer", found.customer_id)
    return found.account_id


def _redemption(wanted: Wanted, found: Standing) -> Redemption:
    """On the terms of now."""
    reward, many = found.reward, wanted.quantity
    return Redemption(
        key=wanted.key,
        customer_id=found.customer_id,
        unit=found.unit or "",
        reward_id=reward.id,
        reward_code=reward.code,
        kind=reward.kind,
        title=reward.name,
        quantity=many,
        currency=reward.currency,
        price=many * (reward.price or 0),
        money=reward.money,
        cost_minor=many * reward.cost_minor,
        value_minor=None if reward.value_minor is None else many * reward.value_minor,
        partner_code=reward.partner_code,
        voucher_type=reward.voucher_type,
        at_once=wanted.at_once,
        seconds=wanted.seconds,
        posting_id=uuid7(),
        reserved_by=wanted.by,
    )


async def _is_held(session: AsyncSession, redemption: Redemption, device: str | None) -> bool:
    act = Act(
        kind=ActKind.REDEMPTION,
        customer_id=redemption.customer_id,
        key=str(redemption.id),
        points=redemption.price,
        device=device,
        caused_by=redemption.reserved_by,
    )
    hold = (await screen(session, [act]))[act.key]
    if hold is not None and not hold.waits:
        raise RedemptionRefused(hold.rule_code)
    return hold is not None


async def _pay(
    session: AsyncSession, redemption: Redemption, account_id: UUID, asked_by: str | None
) -> None:
    """Lock the points, or spend them where nobody has to confirm."""
    at_once = redemption.at_once and not redemption.held
    now = utcnow()
    if at_once:
        redemption.state, redemption.confirmed_at = RedemptionState.CONFIRMED, now
        redemption.spent_by = redemption.posting_id
    else:
        seconds = LONGEST_SECONDS if redemption.held else redemption.seconds
        redemption.expires_at = now + timedelta(seconds=seconds)
    paying = NewPosting(
        id=redemption.posting_id,
        account_id=account_id,
        key=f"{SOURCE}:{redemption.key}",
        kind="spend" if at_once else "lock",
        points=-redemption.price,
        reason=redemption.title,
        source_kind=SOURCE,
        source_id=str(redemption.id),
        currency=redemption.currency,
        expires_at=redemption.expires_at,
        asked_by=asked_by,
    )
    await post_one(session, paying)
