"""Looking voucher types up, drafting, activating and ending them."""

from typing import Annotated, TypeAlias

import strawberry

from kit.errors import InvalidInput as InvalidInputError
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound, Refusal, answers
from loyalty.voucher_types import errors, models, queries
from loyalty.voucher_types.commands import types
from loyalty.voucher_types.graph.inputs import DraftVoucherTypeInput
from loyalty.voucher_types.graph.types import STAFF, VoucherType

Code: TypeAlias = Annotated[str, strawberry.argument(description="The type's code.")]


@strawberry.type(description="The draft is written.")
class VoucherTypeWasDrafted:
    voucher_type: VoucherType = strawberry.field(description="The draft.")


@strawberry.type(description="Its vouchers are good from now on, or from its time on.")
class VoucherTypeWasActivated:
    voucher_type: VoucherType = strawberry.field(description="The type.")


@strawberry.type(description="No more of its vouchers are made or issued.")
class VoucherTypeWasEnded:
    voucher_type: VoucherType = strawberry.field(description="The type.")


@strawberry.type(description="Who drafted a voucher type can't activate it: somebody else has to.")
class OwnVoucherType(Refusal):
    pass


DraftVoucherTypeResult: TypeAlias = Annotated[
    VoucherTypeWasDrafted | InvalidInput | Conflict, strawberry.union("DraftVoucherTypeResult")
]
ActivateVoucherTypeResult: TypeAlias = Annotated[
    VoucherTypeWasActivated | NotFound | Conflict | OwnVoucherType,
    strawberry.union("ActivateVoucherTypeResult"),
]
EndVoucherTypeResult: TypeAlias = Annotated[
    VoucherTypeWasEnded | NotFound | Conflict, strawberry.union("EndVoucherTypeResult")
]


@strawberry.type
class VoucherTypesQuery:
    @strawberry.field(
        description="Voucher types that are good in your unit or below it, those of the units above too, "
        "the newest first.",
        extensions=[Roles(*STAFF)],
    )
    async def voucher_types(
        self,
        info: Info,
        state: Annotated[
            models.VoucherTypeState | None, strawberry.argument(description="In this state.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[VoucherType] | None:
        unit = info.context.caller.unit or ""
        async with info.context.db.reading() as session:
            found = await queries.voucher_types(session, unit, state, first, after)
        return Connection.of(found, VoucherType.of)

    @strawberry.field(
        description="A voucher type; null without one that is good in your unit or below it.",
        extensions=[Roles(*STAFF)],
    )
    async def voucher_type(self, info: Info, code: Code) -> VoucherType | None:
        unit = info.context.caller.unit or ""
        async with info.context.db.reading() as session:
            found = await queries.type_reaching(session, code, unit)
        return None if found is None else VoucherType.of(found)


@strawberry.type
class VoucherTypesMutation:
    @strawberry.mutation(
        description="Write a voucher type; a draft that is there already is written anew. It is "
        "worth nothing until somebody else activates it.",
        extensions=[Roles("marketer", "operator")],
    )
    async def draft_voucher_type(
        self, info: Info, input: DraftVoucherTypeInput
    ) -> DraftVoucherTypeResult:
        terms, caller = input.read(), info.context.caller
        if not caller.sees(terms["unit"]):
            raise InvalidInputError("unit", "is not in yours")
        async with info.context.db.transaction() as session:
            row = await types.draft_type(session, terms, caller.unit or "", caller.subject)
        return VoucherTypeWasDrafted(voucher_type=VoucherType.of(row))

    @strawberry.mutation(
        description="Let a draft's vouchers be made, issued and redeemed. From now on its terms "
        "stand.",
        extensions=[Roles("approver", scope="approve:finance")],
    )
    async def activate_voucher_type(self, info: Info, code: Code) -> ActivateVoucherTypeResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            row = await types.activate_type(session, code, caller.unit or "", caller.subject)
        return VoucherTypeWasActivated(voucher_type=VoucherType.of(row))

    @strawberry.mutation(
        description="End a type: no more vouchers are made or issued, a public code is refused. "
        "What was issued or printed stays good until it expires; again changes nothing.",
        extensions=[Roles("marketer", "approver", "operator")],
    )
    async def end_voucher_type(self, info: Info, code: Code) -> EndVoucherTypeResult:
        unit = info.context.caller.unit or ""
        async with info.context.db.transaction() as session:
            row = await types.end_type(session, code, unit)
        return VoucherTypeWasEnded(voucher_type=VoucherType.of(row))


answered = [answers(errors.OwnVoucherType, OwnVoucherType)]
