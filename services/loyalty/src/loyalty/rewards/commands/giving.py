"""Handing rewards out for nothing: what benefits, prizes and the like promise."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from kit.database import AsyncSession
from kit.models import utcnow
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


async def hand_out(session: AsyncSession, wanted: Sequence[HandOut]) -> list[HandedOut]:
    """Give each one, or say why not; a source that was given one is given no other.

    The reward's own terms hold, except its price. It comes last in a transaction: whoever else
    wants the same reward waits until its end. The answers are in the order of what was wanted.
    """
    known = await _given_before(session, wanted)
    new = {each.source_id: each for each in wanted if each.source_id not in known}
    found = await standings(
        session, {(each.reward_code, each.customer_id) for each in new.values()}
    )
    answers = {**known}
    takings = []
    for each in new.values():
        standing = found.get((each.reward_code, each.customer_id))
        refused = _refused(each, standing)
        if refused is not None or standing is None:
            answers[each.source_id] = refused or HandedOut(each.source_id, "unknown")
        else:
            takings.append(Taking.of(standing, each.source_kind, each.source_id))
    barred = await take_from_stock(session, takings)
    for taking in takings:
        barrier = barred.get(taking.source_id)
        answers[taking.source_id] = (
            _given(taking.source_id, taking.reward)
            if barrier is None
            else _barred(taking.source_id, barrier)
        )
    return [answers[each.source_id] for each in wanted]


async def give_back(session: AsyncSession, source_kind: str, source_ids: Iterable[UUID]) -> None:
    """Undo handing out: what these sources were given is there for others; again changes nothing."""
    await put_back(session, source_kind, source_ids)


async def _given_before(session: AsyncSession, wanted: Sequence[HandOut]) -> dict[UUID, HandedOut]:
    answers: dict[UUID, HandedOut] = {}
    for kind in sorted({each.source_kind for each in wanted}):
        sources = [each.source_id for each in wanted if each.source_kind == kind]
        given = await given_of(session, kind, sources)
        for source_id in given:
            row = given[source_id]
            reward = await session.get_one(Reward, row.reward_id)
            answers[source_id] = (
                _given(source_id, reward)
                if row.returned_at is None
                else HandedOut(source_id, "not_allowed", reason="it was given back")
            )
    return answers


def _refused(wanted: HandOut, standing: Standing | None) -> HandedOut | None:
    if standing is None:
        return HandedOut(wanted.source_id, "unknown", reason="there is no such reward")
    barriers = standing.barriers(utcnow()) - COSTING_POINTS
    first = next((each for each in RewardBarrier if each in barriers), None)
    return None if first is None else _barred(wanted.source_id, first)


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
