"""Grabbing parts of red packets."""

from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.errors import IdempotencyKeyReused as KeyReused
from kit.errors import InvalidInput as InvalidInputError
from kit.gathering import Gathering
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import (
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    Refusal,
    answers,
)
from kit.graph.scalars import Long
from loyalty.admission.graph import request_of, require_device, taking_part
from loyalty.admission.screening import REQUEST
from loyalty.red_packets import errors, models
from loyalty.red_packets.commands import take_parts

LINK_LENGTH = 64


grabbing: Gathering[models.Grab, models.Taken] = Gathering(take_parts, most=1_000)


@strawberry.input(description="Who wants a part of which red packet.")
class GrabRedPacketInput:
    code: str = strawberry.field(description="The packet's code.")
    customer_id: UUID | None = strawberry.field(
        default=None, description="For whom; customers leave it out: for themselves."
    )
    link: str = strawberry.field(default="", description="The token of its link, if it takes one.")
    device: str = strawberry.field(
        default="",
        description="What your app knows the device by, up to 200 characters: limits count by it. "
        "It is kept as a mark from which nobody gets it back.",
    )
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first part."
    )


@strawberry.type(description="The part is in the customer's wallet.")
class RedPacketPartWasTaken:
    number: int = strawberry.field(description="Which part.")
    amount: Long = strawberry.field(description="How much, in units of the currency.")
    currency: str = strawberry.field(description="Of which wallet.")
    is_held: bool = strawberry.field(
        description="Whether it is pending in the wallet until a person has looked at it."
    )

    @classmethod
    def of(cls, taken: models.Taken) -> Self:
        return cls(
            number=taken.number,
            amount=Long(taken.amount),
            currency=taken.wallet,
            is_held=taken.is_held,
        )


@strawberry.type(description="Every part is taken, or the time is over.")
class RedPacketIsEmpty(Refusal):
    pass


@strawberry.type(description="It is for members of another unit or tier, or for who has its link.")
class RedPacketNotForThem(Refusal):
    pass


@strawberry.type(description="There is one part for each customer, and this one has had theirs.")
class RedPacketTakenBefore(Refusal):
    amount: Long = strawberry.field(description="How much they got.")


GrabRedPacketResult: TypeAlias = Annotated[
    RedPacketPartWasTaken
    | RedPacketIsEmpty
    | RedPacketTakenBefore
    | RedPacketNotForThem
    | NotFound
    | InvalidInput
    | IdempotencyKeyReused,
    strawberry.union("GrabRedPacketResult"),
]


@strawberry.type
class RedPacketGrabsMutation:
    @strawberry.mutation(
        description="Take a part of a red packet, the next in order: it is in the wallet at once. "
        "Publishes `loyalty.red_packet.taken` and `loyalty.points.earned`; with the last part "
        "`loyalty.red_packet.emptied`.",
        extensions=[Roles("customer", "front_line", "operator")],
    )
    async def grab_red_packet(self, info: Info, input: GrabRedPacketInput) -> GrabRedPacketResult:
        if len(input.link) > LINK_LENGTH:
            raise InvalidInputError("link", f"takes up to {LINK_LENGTH} characters")
        require_device(input.device)
        customer = await taking_part(info, input.customer_id)
        grab = models.Grab(
            red_packet_code=input.code,
            customer_id=customer,
            source_kind=REQUEST,
            source_id=request_of(customer, input.idempotency_key),
            link=input.link,
            device=input.device,
        )
        taken = await grabbing.ask(info.context.db, input.code, grab)
        if isinstance(taken.refusal, KeyReused):
            raise KeyReused(input.idempotency_key)
        if taken.refusal is not None:
            raise taken.refusal
        return RedPacketPartWasTaken.of(taken)


answered = [
    answers(errors.RedPacketIsEmpty, RedPacketIsEmpty),
    answers(errors.RedPacketNotForThem, RedPacketNotForThem),
    answers(errors.RedPacketTakenBefore, RedPacketTakenBefore),
]
