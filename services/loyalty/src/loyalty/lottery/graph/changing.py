"""Drafting, opening and closing lotteries."""

from typing import Annotated, TypeAlias

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import (
    Conflict,
    InvalidInput,
    NotFound,
    Refusal,
    answers,
)
from loyalty.admission.graph import require_own
from loyalty.drafted import by_code, known_as
from loyalty.lottery import errors, models
from loyalty.lottery.commands import opening
from loyalty.lottery.graph.inputs import DraftLotteryInput
from loyalty.lottery.graph.lottery import Lottery


@strawberry.type(description="The lottery, or its next prizes, are written down.")
class LotteryWasDrafted:
    lottery: Lottery = strawberry.field(description="As it is now.")


@strawberry.type(description="It may be drawn from; or its next prizes are approved.")
class LotteryWasOpened:
    lottery: Lottery = strawberry.field(description="As it is now, with what it commits to.")


@strawberry.type(description="Nobody draws any more, and the last seed is told.")
class LotteryWasClosed:
    lottery: Lottery = strawberry.field(description="As it is now.")


@strawberry.type(description="Who drafted can't open: somebody else has to.")
class OwnLottery(Refusal):
    pass


DraftLotteryResult: TypeAlias = Annotated[
    LotteryWasDrafted | InvalidInput | Conflict, strawberry.union("DraftLotteryResult")
]


OpenLotteryResult: TypeAlias = Annotated[
    LotteryWasOpened | OwnLottery | NotFound | Conflict, strawberry.union("OpenLotteryResult")
]


CloseLotteryResult: TypeAlias = Annotated[
    LotteryWasClosed | NotFound | Conflict, strawberry.union("CloseLotteryResult")
]


@strawberry.type
class LotteriesMutation:
    @strawberry.mutation(
        description="Write a lottery down, anew while it is a draft. Of an open one, write the "
        "prizes from the next epoch on; all else stays as it is.",
        extensions=[Roles("marketer", "operator")],
    )
    async def draft_lottery(self, info: Info, input: DraftLotteryInput) -> DraftLotteryResult:
        terms, caller = input.read(), info.context.caller
        caller.require_unit(terms.unit)
        async with info.context.db.transaction() as session:
            require_own(info, await known_as(session, models.Lottery, terms.code))
            lottery = await opening.draft_lottery(session, terms, caller.subject)
        return LotteryWasDrafted(lottery=Lottery.of(lottery))

    @strawberry.mutation(
        description="Let members draw what somebody else drafted; of an open lottery, approve its "
        "next prizes. Publishes `loyalty.lottery.opened` with what it commits to.",
        extensions=[Roles("approver", scope="approve:finance")],
    )
    async def open_lottery(self, info: Info, code: str) -> OpenLotteryResult:
        async with info.context.db.transaction() as session:
            require_own(info, await by_code(session, models.Lottery, code))
            lottery = await opening.open_lottery(session, code, info.context.caller.subject)
        return LotteryWasOpened(lottery=Lottery.of(lottery))

    @strawberry.mutation(
        description="Let nobody draw any more. Publishes `loyalty.lottery.revealed` with the seed.",
        extensions=[Roles("marketer", "approver", "operator")],
    )
    async def close_lottery(self, info: Info, code: str) -> CloseLotteryResult:
        async with info.context.db.transaction() as session:
            require_own(info, await by_code(session, models.Lottery, code))
            lottery = await opening.close_lottery(session, code)
        return LotteryWasClosed(lottery=Lottery.of(lottery))


answered = [answers(errors.OwnLottery, OwnLottery)]
