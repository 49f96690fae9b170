"""Granting chances, and drawing."""

import re
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from kit.errors import IdempotencyKeyReused as KeyReused
from kit.errors import InvalidInput as InvalidInputError
from kit.errors import NotFound as NotFoundError
from kit.gathering import Gathering
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import (
    Conflict,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    Refusal,
    answers,
)
from kit.idempotency import answered_before, remember_answer
from loyalty.admission.graph import request_of, require_device, taking_part
from loyalty.admission.screening import REQUEST
from loyalty.drafted import by_code
from loyalty.hands import colleague
from loyalty.lottery import errors, models, queries
from loyalty.lottery.commands import draw
from loyalty.lottery.commands.granting import grant_chances
from loyalty.lottery.graph.epochs import LotteryDraw
from loyalty.lottery.graph.lottery import LotteryPrize
from loyalty.lottery.models.draws import Chance, Drawn
from loyalty.points.commands.spending import REASON_LENGTH, require_words
from loyalty.points.graph.moving import NotEnoughPoints
from loyalty.units import may_read

MOST_CHANCES = 100


CLIENT_SEED = re.compile(r"[0-9a-f]{16,64}")


drawing: Gathering[Chance, Drawn] = Gathering(draw)


@strawberry.input(description="Who draws from which lottery.")
class DrawLotteryInput:
    code: str = strawberry.field(description="The lottery's code.")
    customer_id: UUID | None = strawberry.field(
        default=None, description="For whom; customers leave it out: for themselves."
    )
    client_seed: str = strawberry.field(
        description="16 to 64 digits 0-9 and a-f, made at random on the customer's device: the "
        "operator can't have known them when it committed to its seed."
    )
    device: str = strawberry.field(
        default="",
        description="What your app knows the device by, up to 200 characters: limits count by it. "
        "It is kept as a mark from which nobody gets it back.",
    )
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first draw."
    )


@strawberry.input(description="Draws for nothing.")
class GrantLotteryChancesInput:
    code: str = strawberry.field(description="The lottery's code.")
    customer_id: UUID = strawberry.field(description="For whom.")
    chances: int = strawberry.field(default=1, description="How many, 1 to 100.")
    reason: str = strawberry.field(description="Why, in up to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat grants nothing more."
    )


@strawberry.type(description="The draw is made, and its prize given.")
class LotteryWasDrawn:
    draw: LotteryDraw = strawberry.field(description="The draw: its number and link are a receipt.")
    prize: LotteryPrize = strawberry.field(description="What it gave; a BLANK is nothing.")
    epoch: int = strawberry.field(description="The number of the epoch whose file will have it.")


@strawberry.type(description="The chances are granted.")
class LotteryChancesWereGranted:
    chances: int = strawberry.field(description="How many the customer has now.")


@strawberry.type(description="The lottery is closed.")
class LotteryIsClosed(Refusal):
    pass


@strawberry.type(description="It is for members of another unit or tier.")
class LotteryNotForThem(Refusal):
    pass


@strawberry.type(
    description="A limit has stopped the draw until a person has looked; nothing was paid. Ask "
    "again later with the same key."
)
class LotteryDrawIsHeld(Refusal):
    pass


@strawberry.type(description="The customer has drawn, or won, as often as one may.")
class NoDrawLeft(Refusal):
    limit: str = strawberry.field(description="draws_in_all, draws_per_day or wins_in_all.")


@strawberry.type(description="A draw takes a chance, and this customer has none.")
class NoChanceLeft(Refusal):
    pass


GrantLotteryChancesResult: TypeAlias = Annotated[
    LotteryChancesWereGranted | NotFound | InvalidInput | Conflict | IdempotencyKeyReused,
    strawberry.union("GrantLotteryChancesResult"),
]


DrawLotteryResult: TypeAlias = Annotated[
    LotteryWasDrawn
    | NoDrawLeft
    | NoChanceLeft
    | NotEnoughPoints
    | LotteryIsClosed
    | LotteryNotForThem
    | LotteryDrawIsHeld
    | NotFound
    | InvalidInput
    | IdempotencyKeyReused,
    strawberry.union("DrawLotteryResult"),
]


@strawberry.type
class LotteryDrawsMutation:
    @strawberry.mutation(
        description="Grant a customer draws for nothing, from a lottery of your unit, of one above "
        "it or below.",
        extensions=[Roles("front_line", "marketer", "operator")],
    )
    async def grant_lottery_chances(
        self, info: Info, input: GrantLotteryChancesInput
    ) -> GrantLotteryChancesResult:
        if not 1 <= input.chances <= MOST_CHANCES:
            raise InvalidInputError("chances", f"are between 1 and {MOST_CHANCES}")
        require_words("reason", input.reason, REASON_LENGTH)
        customer = await taking_part(info, input.customer_id)
        content = [input.code, str(customer), input.chances, input.reason]
        async with info.context.db.transaction() as session:
            lottery = await by_code(session, models.Lottery, input.code)
            if not may_read(info.context.caller, lottery.unit):
                raise NotFoundError("lottery", input.code)
            key, by = input.idempotency_key, info.context.caller.subject
            operation = f"grant_lottery_chances:{by}"
            if await answered_before(session, operation, key, content) is None:
                await grant_chances(session, lottery, customer, input.chances, input.reason, by)
                await remember_answer(session, operation, key, {"granted": True})
            chances = await queries.chances_left(session, lottery.id, customer)
        return LotteryChancesWereGranted(chances=chances)

    @strawberry.mutation(
        description="Draw once: with a chance that was granted, or for the lottery's price, which "
        "is not given back. Publishes `loyalty.lottery.drawn`, `loyalty.points.spent` for the "
        "price and `loyalty.points.earned` for a prize in a wallet.",
        extensions=[Roles("customer", "front_line", "operator")],
    )
    async def draw_lottery(self, info: Info, input: DrawLotteryInput) -> DrawLotteryResult:
        if not CLIENT_SEED.fullmatch(input.client_seed):
            raise InvalidInputError("clientSeed", "is 16 to 64 digits 0-9 and a-f")
        require_device(input.device)
        customer = await taking_part(info, input.customer_id)
        chance = Chance(
            lottery_code=input.code,
            customer_id=customer,
            source_kind=REQUEST,
            source_id=request_of(customer, input.idempotency_key),
            client_seed=input.client_seed,
            device=input.device,
            asked_by=colleague(info.context.caller),
        )
        drawn = await drawing.ask(info.context.db, input.code, chance)
        if isinstance(drawn.refusal, KeyReused):
            raise KeyReused(input.idempotency_key)
        if drawn.refusal is not None:
            raise drawn.refusal
        return await _shown(info, drawn)


async def _shown(info: Info, drawn: Drawn) -> LotteryWasDrawn:
    if drawn.draw is None:
        raise NotFoundError("draw", drawn.source_id)
    async with info.context.db.reading() as session:
        epoch = await queries.epoch_of(session, drawn.draw.epoch_id)
        stock = (await queries.stocks(session, [epoch.lottery_id]))[epoch.lottery_id]
    told = next(each for each in epoch.opening["prizes"] if each["code"] == drawn.prize)
    prize = LotteryPrize.of(told, stock.get(drawn.prize))
    return LotteryWasDrawn(draw=LotteryDraw.of(drawn.draw), prize=prize, epoch=epoch.number)


answered = [
    answers(errors.LotteryIsClosed, LotteryIsClosed),
    answers(errors.LotteryNotForThem, LotteryNotForThem),
    answers(errors.LotteryDrawIsHeld, LotteryDrawIsHeld),
    answers(errors.NoDrawLeft, NoDrawLeft),
    answers(errors.NoChanceLeft, NoChanceLeft),
]
