"""Why vouchers are not used, as data."""

from datetime import datetime
from typing import Self

import strawberry

from kit.graph.refusals import Refusal, answers
from loyalty.vouchers import errors, reasons


@strawberry.type(description="A code that takes nothing off.")
class VoucherRefused:
    code: str = strawberry.field(description="As it was sent.")
    reason: reasons.VoucherReason = strawberry.field(description="Why, for programs.")
    message: str = strawberry.field(description="Why, for people.")

    @classmethod
    def of(cls, refused: errors.VoucherRefused) -> Self:
        return cls(code=refused.code, reason=refused.reason, message=refused.message)


@strawberry.type(
    description="Some of the codes take nothing off. None of them was taken: ask again without."
)
class VouchersDoNotApply(Refusal):
    refused: list[VoucherRefused] = strawberry.field(description="Which, and why.")


@strawberry.type(description="Too many codes were tried that do not exist.")
class TooManyWrongCodes(Refusal):
    retry_at: datetime = strawberry.field(description="When codes are looked up again.")


answered = [
    answers(errors.VouchersDoNotApply, VouchersDoNotApply),
    answers(errors.TooManyWrongCodes, TooManyWrongCodes),
]
