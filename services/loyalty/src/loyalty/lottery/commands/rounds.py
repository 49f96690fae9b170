"""A round: one lottery while it is held, and what is known of those who want to draw."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kit.database import AsyncSession
from kit.errors import DomainError, NotFound
from kit.models import utcnow
from loyalty.admission.queries import Admission, Participant
from loyalty.admission.screening import REQUEST
from loyalty.drafted import to_take_part
from loyalty.lottery.commands.epochs import turn
from loyalty.lottery.errors import LotteryIsClosed, LotteryNotForThem, NoChanceLeft, NoDrawLeft
from loyalty.lottery.fairness import Pool, pseudonym
from loyalty.lottery.models import Lottery, LotteryChance, LotteryEpoch, LotteryState
from loyalty.lottery.models.draws import Chance
from loyalty.lottery.queries import (
    Count,
    chances_of,
    counts_of,
    nonces_of,
    open_epochs,
    stocks,
)


@dataclass
class Round:
    """A lottery with its epoch, if it is open, as the draws made so far have left it."""

    lottery: Lottery
    epoch: LotteryEpoch | None
    pool: Pool
    counts: dict[UUID, Count] = field(default_factory=dict)
    nonces: dict[str, int] = field(default_factory=dict)
    free: dict[UUID, list[LotteryChance]] = field(default_factory=dict)
    given: Counter[str] = field(default_factory=Counter)

    def refusal(self, chance: Chance, member: Participant | None) -> DomainError | None:
        """Why there is no draw for this chance, or nothing."""
        if self.lottery.state == LotteryState.DRAFT:
            return NotFound("lottery", self.lottery.code)
        if self.epoch is None:
            return LotteryIsClosed()
        reason = Admission(self.lottery.unit, self.lottery.tiers, self.lottery.segments).refuses(
            member
        )
        if reason:
            return LotteryNotForThem(reason)
        return self._limit(chance) or self._want_of_a_chance(chance)

    def _limit(self, chance: Chance) -> DomainError | None:
        count, lottery = self.counts.get(chance.customer_id, Count()), self.lottery
        for name, had, most, words in (
            ("draws_in_all", count.draws_in_all, lottery.draws_in_all, "Nobody draws more often."),
            ("draws_per_day", count.draws_today, lottery.draws_per_day, "That was all for today."),
            ("wins_in_all", count.wins, lottery.wins_in_all, "Nobody wins more often."),
        ):
            if most is not None and had >= most:
                return NoDrawLeft(name, words)
        return None

    def _want_of_a_chance(self, chance: Chance) -> DomainError | None:
        takes_one = chance.source_kind == REQUEST and self.lottery.price is None
        return NoChanceLeft() if takes_one and not self.free.get(chance.customer_id) else None

    def price_for(self, chance: Chance) -> int:
        """What the customer pays: nothing for a campaign's chance, or one they were granted."""
        if chance.source_kind != REQUEST or self.free.get(chance.customer_id):
            return 0
        return self.lottery.price or 0

    def use_chance(self, chance: Chance) -> None:
        """A chance that was granted is used where a draw would cost something."""
        granted = self.free.get(chance.customer_id)
        if chance.source_kind == REQUEST and self.lottery.price != 0 and granted:
            granted.pop(0).used_at = utcnow()

    def count(self, customer_id: UUID, *, is_win: bool) -> None:
        had = self.counts.get(customer_id, Count())
        self.counts[customer_id] = Count(
            had.draws_in_all + 1, had.draws_today + 1, had.wins + is_win
        )

    def next_nonce(self, who: str) -> int:
        self.nonces[who] = self.nonces.get(who, 0) + 1
        return self.nonces[who]


async def rounds_of(session: AsyncSession, chances: Sequence[Chance]) -> dict[str, Round]:
    """The lotteries by code, held, each in the epoch of now."""
    lotteries = await to_take_part(session, Lottery, (each.lottery_code for each in chances))
    ids = [each.id for each in lotteries.values()]
    epochs = await open_epochs(session, ids)
    now = utcnow()
    for lottery in lotteries.values():
        epoch = epochs.get(lottery.id)
        if epoch is not None and epoch.ends_at <= now:
            del epochs[lottery.id]
            if (following := await turn(session, lottery, epoch, now)) is not None:
                epochs[lottery.id] = following
    rounds = {
        code: Round(lottery, epochs.get(lottery.id), Pool(_opened_with(epochs.get(lottery.id))))
        for code, lottery in lotteries.items()
    }
    await _fill(session, [each for each in rounds.values() if each.epoch], chances)
    return rounds


def _opened_with(epoch: LotteryEpoch | None) -> Sequence[dict[str, object]]:
    return epoch.opening["prizes"] if epoch else []


async def _fill(session: AsyncSession, rounds: Sequence[Round], chances: Sequence[Chance]) -> None:
    """What is left of the prizes, and what these customers have drawn and may draw."""
    if not rounds:
        return
    ids = [each.lottery.id for each in rounds]
    epochs = {each.epoch.id: each for each in rounds if each.epoch}
    by_id = {each.lottery.id: each for each in rounds}
    customers = {each.customer_id for each in chances}
    for lottery, left in (await stocks(session, ids)).items():
        pool = by_id[lottery].pool
        pool.left = {code: left[code].left_over for code in pool.by_code}
        pool.today = {code: left[code].today for code in pool.by_code}
    for (lottery, customer), count in (await counts_of(session, ids, epochs, customers)).items():
        by_id[lottery].counts[customer] = count
    called = {pseudonym(one.epoch.salt, who) for one in rounds if one.epoch for who in customers}
    for (epoch, who), nonce in (await nonces_of(session, epochs, called)).items():
        epochs[epoch].nonces[who] = nonce
    for chance in await chances_of(session, ids, customers):
        by_id[chance.lottery_id].free.setdefault(chance.customer_id, []).append(chance)
