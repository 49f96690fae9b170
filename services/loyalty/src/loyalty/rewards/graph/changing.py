"""Defining rewards, changing, publishing, ending and restocking them."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias

import strawberry

from kit.database import AsyncSession
from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, IdempotencyKeyReused, InvalidInput, NotFound
from kit.graph.scalars import Long
from kit.identity import Caller
from loyalty.rewards import models, queries
from loyalty.rewards.commands import catalogue
from loyalty.rewards.graph.catalogue import Reward
from loyalty.rewards.graph.inputs import ChangeRewardInput, DefineRewardInput

Code: TypeAlias = Annotated[str, strawberry.argument(description="The reward's code.")]
CHANGERS = ("marketer", "operator")


@strawberry.type(description="The draft is written.")
class RewardWasDefined:
    reward: Reward = strawberry.field(description="The draft.")


@strawberry.type(description="The terms hold for whoever reserves from now on.")
class RewardWasChanged:
    reward: Reward = strawberry.field(description="The reward as it is now.")


@strawberry.type(description="Members may have it.")
class RewardWasPublished:
    reward: Reward = strawberry.field(description="The reward as it is now.")


@strawberry.type(description="Nobody gets it any more.")
class RewardWasEnded:
    reward: Reward = strawberry.field(description="The reward as it is now.")


@strawberry.type(description="The stock is another.")
class RewardWasRestocked:
    left: Long = strawberry.field(description="How many were left right after it.")
    reward: Reward = strawberry.field(description="The reward as it is now.")


DefineRewardResult: TypeAlias = Annotated[
    RewardWasDefined | InvalidInput | Conflict, strawberry.union("DefineRewardResult")
]
ChangeRewardResult: TypeAlias = Annotated[
    RewardWasChanged | InvalidInput | NotFound | Conflict, strawberry.union("ChangeRewardResult")
]
PublishRewardResult: TypeAlias = Annotated[
    RewardWasPublished | NotFound | Conflict, strawberry.union("PublishRewardResult")
]
EndRewardResult: TypeAlias = Annotated[
    RewardWasEnded | NotFound | Conflict, strawberry.union("EndRewardResult")
]
RestockRewardResult: TypeAlias = Annotated[
    RewardWasRestocked | InvalidInput | NotFound | Conflict | IdempotencyKeyReused,
    strawberry.union("RestockRewardResult"),
]


@strawberry.type
class RewardsMutation:
    @strawberry.mutation(
        description="Write a reward down for the members of a unit of yours. Nobody may have it "
        "before it is published. Conflict when the code is taken.",
        extensions=[Roles(*CHANGERS)],
    )
    async def define_reward(self, info: Info, input: DefineRewardInput) -> DefineRewardResult:
        caller, terms = info.context.caller, input.read()
        caller.require_unit(terms.unit)
        async with info.context.db.transaction() as session:
            row = await catalogue.define_reward(session, terms, input.stock, caller.subject)
        return RewardWasDefined(reward=Reward.of(row))

    @strawberry.mutation(
        description="Change the terms of a reward that has not ended. Its code, kind, currency and "
        "stock stay; what is reserved already keeps its price. Conflict when it has ended.",
        extensions=[Roles(*CHANGERS)],
    )
    async def change_reward(
        self, info: Info, code: Code, input: ChangeRewardInput
    ) -> ChangeRewardResult:
        changes = input.read()
        if "unit" in changes:
            info.context.caller.require_unit(changes["unit"])
        row = await _change(
            info, code, lambda session, held: catalogue.change_reward(session, held, changes)
        )
        return RewardWasChanged(reward=row)

    @strawberry.mutation(
        description="Let members have a reward, from now on or from its time on. Conflict when "
        "its time is over.",
        extensions=[Roles(*CHANGERS)],
    )
    async def publish_reward(self, info: Info, code: Code) -> PublishRewardResult:
        row = await _change(info, code, catalogue.publish_reward)
        return RewardWasPublished(reward=row)

    @strawberry.mutation(
        description="Let nobody have a reward any more; what is reserved may still be confirmed. "
        "For good. Conflict for a draft.",
        extensions=[Roles(*CHANGERS)],
    )
    async def end_reward(self, info: Info, code: Code) -> EndRewardResult:
        row = await _change(info, code, catalogue.end_reward)
        return RewardWasEnded(reward=row)

    @strawberry.mutation(
        description="Add to the stock of a reward, or take from what is left. Conflict when it "
        "never runs out, or when fewer are left than are to be taken.",
        extensions=[Roles(*CHANGERS)],
    )
    async def restock_reward(
        self,
        info: Info,
        code: Code,
        more: Annotated[
            Long, strawberry.argument(description="How many come; below zero, how many go.")
        ],
        idempotency_key: Annotated[
            str,
            strawberry.argument(
                description="Yours, unique per intent: a repeat gets the first answer."
            ),
        ],
    ) -> RestockRewardResult:
        async with info.context.db.transaction() as session:
            caller = info.context.caller
            reward = await _held(session, caller, code)
            left = await catalogue.restock_reward(
                session, reward, more, idempotency_key, caller.subject
            )
        return RewardWasRestocked(left=Long(left), reward=Reward.of(reward))


async def _change(
    info: Info,
    code: str,
    command: Callable[[AsyncSession, models.Reward], Awaitable[models.Reward]],
) -> Reward:
    async with info.context.db.transaction() as session:
        held = await _held(session, info.context.caller, code)
        return Reward.of(await command(session, held))


async def _held(session: AsyncSession, caller: Caller, code: str) -> models.Reward:
    """The reward, if it is of a unit that is the caller's to change; NotFound otherwise."""
    reward = await queries.reward_for_update(session, code)
    if not caller.sees(reward.unit):
        raise NotFoundError("reward", code)
    return reward
