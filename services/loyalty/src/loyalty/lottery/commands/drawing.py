"""Drawing: one after another in each lottery, each link of the chain after the one before."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from kit.database import AsyncSession
from kit.errors import DomainError, IdempotencyKeyReused, NotFound
from kit.models import utcnow, uuid7
from loyalty.admission.queries import Participant, participants
from loyalty.admission.screening import Request, screened
from loyalty.fraud.models import ActKind
from loyalty.lottery.commands.keeping import keep_draws
from loyalty.lottery.commands.prizes import hand_over
from loyalty.lottery.commands.rounds import Round, rounds_of
from loyalty.lottery.errors import LotteryDrawIsHeld, LotteryNotForThem
from loyalty.lottery.fairness import link_after, pseudonym, roll
from loyalty.lottery.models import LotteryDraw, PrizeKind
from loyalty.lottery.models.draws import Chance, Drawn
from loyalty.lottery.queries import draws_by_source
from loyalty.points.commands import post
from loyalty.points.errors import NotEnoughPoints
from loyalty.points.models import NewPosting

Source: TypeAlias = tuple[str, UUID]
Made: TypeAlias = tuple[Round, LotteryDraw]


async def draw(session: AsyncSession, chances: Sequence[Chance]) -> list[Drawn]:
    """A draw for each chance, its prize given in this transaction, or why there is none.

    In the order of the chances, and answered in that order; the same source gets the same answer.
    Lotteries are held first and wallets after them. What a draw costs is not given back.
    """
    rounds = await rounds_of(session, chances)
    drawn = await draws_by_source(session, {_source(each) for each in chances})
    fresh = {_source(each): each for each in reversed(chances) if _source(each) not in drawn}
    members = await participants(session, (each.customer_id for each in fresh.values()))
    refused: dict[Source, DomainError] = {}
    for wave in _waves([*reversed(fresh.values())]):
        granted = [each for each in wave if not _refuse(rounds, each, members, refused)]
        through = await _screen(session, rounds, granted, refused)
        paid = await _charge(session, rounds, through, members, refused)
        made = [
            await _draw(session, rounds[each.lottery_code], each, price) for each, price in paid
        ]
        await keep_draws(session, made, members)
        drawn |= {(each.source_kind, each.source_id): each for _, each in made}
    return [_answer(rounds, each, drawn, refused) for each in chances]


def _source(chance: Chance) -> Source:
    return chance.source_kind, chance.source_id


def _waves(chances: Sequence[Chance]) -> Iterator[list[Chance]]:
    """In each wave a customer draws once from a lottery: what came of it counts for the next."""
    times: Counter[tuple[str, UUID]] = Counter()
    waves: list[list[Chance]] = []
    for each in chances:
        who = (each.lottery_code, each.customer_id)
        if times[who] == len(waves):
            waves.append([])
        waves[times[who]].append(each)
        times[who] += 1
    yield from waves


def _refuse(
    rounds: Mapping[str, Round],
    chance: Chance,
    members: Mapping[UUID, Participant],
    refused: dict[Source, DomainError],
) -> bool:
    held = rounds.get(chance.lottery_code)
    if held is None:
        refusal: DomainError | None = NotFound("lottery", chance.lottery_code)
    else:
        refusal = held.refusal(chance, members.get(chance.customer_id))
    if refusal is not None:
        refused[_source(chance)] = refusal
    return refusal is not None


async def _screen(
    session: AsyncSession,
    rounds: Mapping[str, Round],
    chances: Sequence[Chance],
    refused: dict[Source, DomainError],
) -> list[Chance]:
    """Those that no limit stops; what is held is drawn when it is asked for once more."""
    requests = [
        Request(
            each.source_kind,
            each.source_id,
            each.customer_id,
            rounds[each.lottery_code].price_for(each),
            each.device,
        )
        for each in chances
    ]
    holds = await screened(session, ActKind.LOTTERY, requests)
    for each in chances:
        if (hold := holds.get(each.source_id)) is not None:
            stopped = LotteryNotForThem("It can't be drawn now.")
            refused[_source(each)] = LotteryDrawIsHeld() if hold.waits else stopped
    return [each for each in chances if _source(each) not in refused]


async def _charge(
    session: AsyncSession,
    rounds: Mapping[str, Round],
    chances: Sequence[Chance],
    members: Mapping[UUID, Participant],
    refused: dict[Source, DomainError],
) -> list[tuple[Chance, int]]:
    """Those who could pay, each with what they paid."""
    prices = [(each, rounds[each.lottery_code].price_for(each)) for each in chances]
    postings = {
        _source(each): NewPosting(
            account_id=members[each.customer_id].account_id,
            key=f"lottery:{each.source_kind}:{each.source_id}",
            kind="spend",
            points=-price,
            reason="lottery",
            source_kind="lottery",
            source_id=str(rounds[each.lottery_code].lottery.id),
            asked_by=each.asked_by,
        )
        for each, price in prices
        if price
    }
    posted = {each.posting_id: each for each in await post(session, list(postings.values()))}
    for source, posting in postings.items():
        if posted[posting.id].outcome != "posted":
            balance = posted[posting.id].balance
            refused[source] = NotEnoughPoints(needed=-posting.points, balance=balance)
    return [(each, price) for each, price in prices if _source(each) not in refused]


async def _draw(session: AsyncSession, held: Round, chance: Chance, price: int) -> Made:
    """The next draw of the chain: what the seed gives it, or what stands in for that."""
    made = _rolled(held, chance, price)
    code, withheld = made.prize_code, list[str]()
    while True:
        made.prize_code = held.pool.given_for(code, withheld)
        prize = held.pool.by_code[made.prize_code]
        cost = await hand_over(session, prize, made.customer_id, made.id)
        if cost is not None:
            break
        withheld.append(made.prize_code)
    made.withheld, made.is_win = withheld, prize["kind"] != PrizeKind.BLANK
    made.cost_minor, made.cost_currency = cost
    _count(held, chance, made)
    return held, made


def _rolled(held: Round, chance: Chance, price: int) -> LotteryDraw:
    """The draw with the prize that the seed gives it, be it there or not."""
    epoch = held.epoch
    if epoch is None:
        raise ValueError("there is no epoch to draw in")
    who = pseudonym(epoch.salt, chance.customer_id)
    seed = chance.client_seed or str(chance.source_id)
    nonce = held.next_nonce(who)
    return LotteryDraw(
        id=uuid7(),
        lottery_id=held.lottery.id,
        epoch_id=epoch.id,
        number=epoch.draws + 1,
        customer_id=chance.customer_id,
        pseudonym=who,
        client_seed=seed,
        nonce=nonce,
        drawn_at=utcnow().replace(microsecond=0),
        prize_code=held.pool.named(roll(epoch.seed, str(epoch.id), who, seed, nonce)),
        is_win=False,
        price=price,
        link="",
        source_kind=chance.source_kind,
        source_id=chance.source_id,
    )


def _count(held: Round, chance: Chance, made: LotteryDraw) -> None:
    """It is the last link now, its prize is taken, and it counts for its customer."""
    held.pool.take(made.prize_code)
    held.given[made.prize_code] += 1
    held.use_chance(chance)
    held.count(chance.customer_id, is_win=made.is_win)
    if held.epoch is not None:
        made.link = link_after(held.epoch.head, made.record())
        held.epoch.head, held.epoch.draws = made.link, made.number


def _answer(
    rounds: Mapping[str, Round],
    chance: Chance,
    drawn: Mapping[Source, LotteryDraw],
    refused: Mapping[Source, DomainError],
) -> Drawn:
    known, held = drawn.get(_source(chance)), rounds.get(chance.lottery_code)
    if known is None:
        return _no(chance, refused[_source(chance)])
    asked = (chance.customer_id, chance.client_seed or str(chance.source_id))
    if (
        held is None
        or held.lottery.id != known.lottery_id
        or asked != (known.customer_id, known.client_seed)
    ):
        return _no(chance, IdempotencyKeyReused(str(chance.source_id)))
    return Drawn(
        chance.source_id,
        "won" if known.is_win else "blank",
        prize=known.prize_code,
        cost_minor=known.cost_minor,
        currency=known.cost_currency,
        draw=known,
    )


def _no(chance: Chance, refusal: DomainError) -> Drawn:
    return Drawn(chance.source_id, "refused", reason=refusal.message, refusal=refusal)
