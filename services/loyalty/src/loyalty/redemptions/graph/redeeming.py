"""Reserving rewards, taking them at once, confirming and releasing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from kit.database import AsyncSession
from kit.errors import NotFound as NotFoundError
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
from loyalty.hands import colleague
from loyalty.points.graph.moving import NotEnoughPoints
from loyalty.redemptions import errors, models, queries
from loyalty.redemptions.commands import reserving, settling
from loyalty.redemptions.graph.redemptions import Redemption, visible_redemptions
from loyalty.rewards.errors import RewardNotAvailable as RewardNotAvailableError
from loyalty.rewards.graph.enums import RewardBarrier  # noqa: F401  # declares it
from loyalty.rewards.models import RewardBarrier as Barrier

REDEEMERS = ("front_line", "operator", "customer")
DEVICE = "What the app knows the member's device by, if it does: limits against fraud count by it."
QUANTITY = "How many of it, from 1 to its `mostAtOnce`: all of them, or none."
KEY = "Yours, unique per intent: a repeat gets the first redemption as it is now."


@strawberry.input(description="A reward to be kept for a member until it is confirmed.")
class ReserveRewardInput:
    customer_id: UUID = strawberry.field(description="Whose points; a customer's own.")
    reward_code: str = strawberry.field(description="Which reward.")
    quantity: int = strawberry.field(default=1, description=QUANTITY)
    seconds: int = strawberry.field(
        default=900,
        description="After how long points and reward go back if nobody confirms; up to 604800.",
    )
    device: str | None = strawberry.field(default=None, description=DEVICE)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="A reward that a member takes at once.")
class RedeemRewardInput:
    customer_id: UUID = strawberry.field(description="Whose points; a customer's own.")
    reward_code: str = strawberry.field(description="Which reward.")
    quantity: int = strawberry.field(default=1, description=QUANTITY)
    device: str | None = strawberry.field(default=None, description=DEVICE)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="Points are locked and a reward is kept for the member.")
class RewardWasReserved:
    redemption: Redemption = strawberry.field(description="What to confirm or release.")


@strawberry.type(description="The points are spent; the member has the reward, or will get it.")
class RewardWasRedeemed:
    redemption: Redemption = strawberry.field(description="The redemption.")


@strawberry.type(description="The redemption is confirmed, released, or failed.")
class RedemptionWasSettled:
    redemption: Redemption = strawberry.field(description="The redemption as it is now.")


@strawberry.type(description="The member may not have the reward now.")
class RewardNotAvailable(Refusal):
    barriers: list[Barrier] = strawberry.field(description="Everything that bars them.")


@strawberry.type(description="A limit against fraud does not let the redemption through.")
class RedemptionRefused(Refusal):
    rule: str = strawberry.field(description="The code of the rule.")


ReserveRewardResult: TypeAlias = Annotated[
    RewardWasReserved
    | RewardNotAvailable
    | NotEnoughPoints
    | RedemptionRefused
    | NotFound
    | InvalidInput
    | IdempotencyKeyReused,
    strawberry.union("ReserveRewardResult"),
]
RedeemRewardResult: TypeAlias = Annotated[
    RewardWasRedeemed
    | RewardWasReserved
    | RewardNotAvailable
    | NotEnoughPoints
    | RedemptionRefused
    | NotFound
    | InvalidInput
    | IdempotencyKeyReused,
    strawberry.union("RedeemRewardResult"),
]
SettleRedemptionResult: TypeAlias = Annotated[
    RedemptionWasSettled | NotFound | Conflict, strawberry.union("SettleRedemptionResult")
]
Id: TypeAlias = Annotated[UUID, strawberry.argument(description="Which redemption.")]


@strawberry.type
class RedemptionsMutation:
    @strawberry.mutation(
        description="Lock a member's points and keep a reward for them, until somebody confirms or "
        "releases it or its time runs out; several of it together. Its price stands, whatever becomes of the reward. "
        "Publishes `loyalty.redemption.reserved`.",
        extensions=[Roles(*REDEEMERS)],
    )
    async def reserve_reward(self, info: Info, input: ReserveRewardInput) -> ReserveRewardResult:
        wanted = replace(_wanted(info, input), seconds=input.seconds)
        return RewardWasReserved(redemption=await _redeem(info, wanted))

    @strawberry.mutation(
        description="Spend a member's points for a reward. What a limit against fraud holds is "
        "reserved instead, until a person has looked at it. Publishes "
        "`loyalty.redemption.confirmed`, or `loyalty.redemption.reserved`.",
        extensions=[Roles(*REDEEMERS)],
    )
    async def redeem_reward(self, info: Info, input: RedeemRewardInput) -> RedeemRewardResult:
        wanted = replace(_wanted(info, input), at_once=True)
        redemption = await _redeem(info, wanted)
        answer = RewardWasReserved if redemption.held else RewardWasRedeemed
        return answer(redemption=redemption)

    @strawberry.mutation(
        description="Spend what a redemption has locked, and have the reward handed out. A repeat "
        "changes nothing. It fails, and points and reward go back, when there is no voucher left. "
        "Publishes `loyalty.redemption.confirmed` or `loyalty.redemption.failed`.",
        extensions=[Roles(*REDEEMERS)],
    )
    async def confirm_redemption(self, info: Info, id: Id) -> SettleRedemptionResult:
        return await _settle(info, settling.confirm_redemption, id)

    @strawberry.mutation(
        description="Give back the points and the reward of a redemption that is not confirmed. A "
        "repeat changes nothing. Publishes `loyalty.redemption.released`.",
        extensions=[Roles(*REDEEMERS)],
    )
    async def release_redemption(self, info: Info, id: Id) -> SettleRedemptionResult:
        return await _settle(info, settling.release_redemption, id)


def _wanted(info: Info, input: ReserveRewardInput | RedeemRewardInput) -> models.Wanted:
    return models.Wanted(
        customer_id=input.customer_id,
        reward_code=input.reward_code,
        key=input.idempotency_key,
        by=info.context.caller.subject,
        asked_by=colleague(info.context.caller),
        quantity=input.quantity,
        device=input.device,
    )


async def _redeem(info: Info, wanted: models.Wanted) -> Redemption:
    """Who comes too late is told so by a look, and holds nobody up."""
    reserving.require_sound(wanted)
    db = info.context.db
    wanted = replace(wanted, key=await queries.own_key(db, wanted, info.context.caller))
    redeemer = await queries.redeemer(db, wanted, info.context.caller)
    wanted = replace(wanted, customer_id=redeemer.customer_id)
    if redeemer.comes_too_late:
        async with db.reading() as session:
            await reserving.require_allowed(session, wanted)
    async with db.transaction() as session:
        return Redemption.of(await reserving.redeem(session, wanted))


async def _settle(
    info: Info,
    command: Callable[[AsyncSession, UUID, str | None], Awaitable[models.Redemption]],
    redemption_id: UUID,
) -> RedemptionWasSettled:
    if await info.context.loader(visible_redemptions).load(redemption_id) is None:
        raise NotFoundError("redemption", redemption_id)
    async with info.context.db.transaction() as session:
        redemption = await command(session, redemption_id, colleague(info.context.caller))
    return RedemptionWasSettled(redemption=Redemption.of(redemption))


answered = [
    answers(RewardNotAvailableError, RewardNotAvailable),
    answers(errors.RedemptionRefused, RedemptionRefused),
]
