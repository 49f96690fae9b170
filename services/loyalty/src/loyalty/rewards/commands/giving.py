"""Handing rewards out for nothing: what benefits, prizes and the like promise."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.rewards.commands.delivering import Delivery, deliver, hold_members
from loyalty.rewards.commands.stock import Taking, put_back, take_from_stock
from loyalty.rewards.errors import IN_WORDS
from loyalty.rewards.models import HandedOut, HandOut, Reward, RewardBarrier
from loyalty.rewards.queries import given_of, standings
from loyalty.rewards.standing import COSTING_POINTS, Standing

OUTCOMES = {
    RewardBarrier.NOT_LIVE: "unknown",
    RewardBarrier.ENDED: "ended",
    RewardBarrier.OUT_OF_STOCK: "out_of_stock",
}

NO_SUCH = "there is no such reward"


async def hand_out(session: AsyncSession, wanted: Sequence[HandOut]) -> list[HandedOut]:
    """Give each one, or say why not; a source that was given one is given no other.

    The reward's own terms hold, except its price. Call it before points are posted, and late in a
    transaction: whoever else wants the same reward waits until its end. The answers are in the
    order of what was wanted.
    """
    answers = await _given_before(session, wanted)
    new = {each.source_id: each for each in wanted if each.source_id not in answers}
    pairs = {(each.reward_code, each.customer_id) for each in new.values()}
    found = await standings(session, pairs)
    takings = []
    for each in new.values():
        standing = found.get((each.reward_code, each.customer_id))
        if standing is None:
            answers[each.source_id] = HandedOut(each.source_id, "unknown", reason=NO_SUCH)
        elif barrier := _barrier(standing):
            answers[each.source_id] = _barred(each.source_id, barrier)
        else:
            takings.append(Taking.of(standing, each.source_kind, each.source_id))
    answers |= await _give(session, takings)
    return [answers[each.source_id] for each in wanted]


async def give_back(session: AsyncSession, source_kind: str, source_ids: Iterable[UUID]) -> None:
    """Undo handing out: what these sources were given is there for others; again changes nothing."""
    await put_back(session, source_kind, source_ids)


async def _given_before(session: AsyncSession, wanted: Sequence[HandOut]) -> dict[UUID, HandedOut]:
    answers: dict[UUID, HandedOut] = {}
    for kind in sorted({each.source_kind for each in wanted}):
        sources = [each.source_id for each in wanted if each.source_kind == kind]
        for source_id, given in (await given_of(session, kind, sources)).items():
            reward = await session.get_one(Reward, given.reward_id)
            answers[source_id] = (
                _given(source_id, reward)
                if given.returned_at is None
                else HandedOut(source_id, "not_allowed", reason="it was given back")
            )
    return answers


async def _give(session: AsyncSession, takings: Sequence[Taking]) -> dict[UUID, HandedOut]:
    kinds = {each.reward.kind for each in takings}
    await hold_members(session, (each.customer_id for each in takings), kinds)
    barred = await take_from_stock(session, takings)
    taken = [each for each in takings if each.source_id not in barred]
    delivered = await deliver(session, [delivery_of(each) for each in taken])
    for each in taken:
        if delivered[each.source_id].refused is not None:
            await put_back(session, each.source_kind, [each.source_id])
            barred[each.source_id] = RewardBarrier.OUT_OF_STOCK
    return {
        each.source_id: _barred(each.source_id, barred[each.source_id])
        if each.source_id in barred
        else _given(each.source_id, each.reward)
        for each in takings
    }


def delivery_of(taking: Taking) -> Delivery:
    reward = taking.reward
    return Delivery(
        customer_id=taking.customer_id,
        source_kind=taking.source_kind,
        source_id=taking.source_id,
        kind=reward.kind,
        reward_code=reward.code,
        title=reward.name,
        money=reward.money,
        value_minor=reward.value_minor,
        partner_code=reward.partner_code,
        voucher_type=reward.voucher_type,
    )


def _barrier(standing: Standing) -> RewardBarrier | None:
    barriers = standing.barriers(utcnow()) - COSTING_POINTS
    return next((each for each in RewardBarrier if each in barriers), None)


def _barred(source_id: UUID, barrier: RewardBarrier) -> HandedOut:
    outcome = OUTCOMES.get(barrier, "not_allowed")
    return HandedOut(source_id, outcome, reason=IN_WORDS[barrier])


def _given(source_id: UUID, reward: Reward) -> HandedOut:
    return HandedOut(
        source_id,
        "given",
        title=reward.name,
        cost_minor=reward.cost_minor,
        currency=reward.money,
    )
