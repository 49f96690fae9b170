"""Handing a voucher to a customer."""

from typing import Annotated, TypeAlias
from uuid import NAMESPACE_OID, UUID, uuid5

import strawberry

from kit.errors import Conflict as ConflictError
from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, IdempotencyKeyReused, InvalidInput, NotFound
from kit.idempotency import answered_before, remember_answer
from kit.units import lies_below
from loyalty.accounts.queries import accounts_by_customer
from loyalty.voucher_types.models import VoucherType
from loyalty.voucher_types.queries import types_by_code
from loyalty.vouchers.commands import NewVoucher, issue_vouchers
from loyalty.vouchers.graph.types import Voucher
from loyalty.vouchers.queries import vouchers_by_source
from loyalty.vouchers.tills import customer_of_today

BY_HAND = "hand"
SAID = {
    "not_live": "The voucher type is a draft.",
    "ended": "The voucher type has been ended.",
    "single_code": "The voucher type has one public code: there is nothing to issue.",
    "used_up": "The batches of the voucher type are used up.",
}


@strawberry.type(description="The customer has a voucher of their own.")
class VoucherWasIssued:
    voucher: Voucher = strawberry.field(description="The voucher, the first one for a repeat.")


IssueVoucherResult: TypeAlias = Annotated[
    VoucherWasIssued | NotFound | Conflict | InvalidInput | IdempotencyKeyReused,
    strawberry.union("IssueVoucherResult"),
]


@strawberry.type
class IssuingMutation:
    @strawberry.mutation(
        description="Hand a customer of your unit a voucher of a type that may be handed out "
        "(`byHand`). Publishes `loyalty.voucher.issued`.",
        extensions=[Roles("front_line", "operator")],
    )
    async def issue_voucher(
        self,
        info: Info,
        customer_id: Annotated[UUID, strawberry.argument(description="Who gets it.")],
        voucher_type_code: Annotated[str, strawberry.argument(description="Of which type.")],
        idempotency_key: Annotated[
            str,
            strawberry.argument(
                description="Yours, unique per intent: a repeat gets the first voucher."
            ),
        ],
    ) -> IssueVoucherResult:
        caller, db = info.context.caller, info.context.db
        customer = await customer_of_today(info.context.db, info.context.caller, customer_id)
        source = uuid5(NAMESPACE_OID, f"{caller.subject}\n{idempotency_key}")
        content = {"customer_id": str(customer_id), "type": voucher_type_code}
        operation = f"issue_voucher:{caller.subject}"
        wanted = NewVoucher(voucher_type_code, customer, BY_HAND, source)
        async with db.transaction() as session:
            if await answered_before(session, operation, idempotency_key, content) is None:
                known = await types_by_code(session, [voucher_type_code])
                await _require_handed_out(info, customer, known.get(voucher_type_code), wanted)
                (issued,) = await issue_vouchers(session, [wanted])
                if issued.refused is not None:
                    raise ConflictError(SAID[issued.refused])
                await remember_answer(session, operation, idempotency_key, {"issued": True})
            found = await vouchers_by_source(session, [wanted.source])
        return VoucherWasIssued(voucher=Voucher.of(found[wanted.source]))


async def _require_handed_out(
    info: Info, customer: UUID, terms: VoucherType | None, wanted: NewVoucher
) -> None:
    context = info.context
    accounts = await accounts_by_customer(context.db, [customer], context.caller)
    if terms is None or not lies_below(accounts[customer].unit, terms.unit):
        raise NotFoundError("voucher type", wanted.voucher_type_code)
    if not terms.by_hand:
        raise ConflictError("Vouchers of this type are not handed out.")
