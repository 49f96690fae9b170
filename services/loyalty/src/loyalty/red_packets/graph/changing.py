"""Drafting, opening, ending and grabbing red packets."""

from datetime import datetime
from typing import Annotated, Self, TypeAlias
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
from kit.graph.scalars import Long
from kit.units import checked_unit
from loyalty.admission.graph import request_of, require_device, require_few, taking_part
from loyalty.admission.screening import REQUEST
from loyalty.points.commands.spending import require_words
from loyalty.points.models import MOST_POINTS
from loyalty.red_packets import errors, models, queries
from loyalty.red_packets.commands import opening, take_parts
from loyalty.red_packets.graph.packet import RedPacket, RedPacketSplit
from loyalty.written import CODE, checked_code

CODE_LENGTH = 64
NAME_LENGTH = 120
LINK_LENGTH = 64

grabbing: Gathering[models.Grab, models.Taken] = Gathering(take_parts)


@strawberry.input(description="A sum to be given away in parts.")
class DraftRedPacketInput:
    code: str = strawberry.field(description=CODE)
    name: str = strawberry.field(description="Its name for members, up to 120 characters.")
    unit: str = strawberry.field(description="For members of this unit and below.")
    currency: str = strawberry.field(
        default="cash_back", description="Of which wallet: a code of `currencies`."
    )
    amount: Long = strawberry.field(description="All parts together.")
    parts: int = strawberry.field(description="How many, 1 to 10000.")
    smallest: Long = strawberry.field(
        default=Long(1), description="No part is smaller, from 1; times `parts` at most `amount`."
    )
    split: models.RedPacketSplit = strawberry.field(
        default=RedPacketSplit.RANDOM, description="How the sum falls into parts."
    )
    tiers: list[str] = strawberry.field(
        default_factory=list, description="For members of these tiers, up to 20; empty: of any."
    )
    segments: list[str] = strawberry.field(
        default_factory=list,
        description="For members of any of these segments, up to 20 codes; empty: of any.",
    )
    by_link: bool = strawberry.field(
        default=False, description="Only for those who have its link: a group that grabs."
    )
    campaign_code: str | None = strawberry.field(
        default=None, description="Whose budget pays for it; null: the programme does."
    )
    ends_at: datetime = strawberry.field(description="What is left then goes back.")

    def read(self) -> models.Terms:
        """What it says, or InvalidInput."""
        for field, given, most in (
            ("name", self.name, NAME_LENGTH),
            ("campaignCode", self.campaign_code or "-", CODE_LENGTH),
        ):
            require_words(field, given, most)
        _require_enough(self)
        require_few("tiers", self.tiers)
        require_few("segments", self.segments)
        return models.Terms(
            code=checked_code(self.code),
            name=self.name,
            unit=checked_unit(self.unit),
            currency=self.currency,
            amount=self.amount,
            parts=self.parts,
            smallest=self.smallest,
            split=self.split,
            tiers=sorted(set(self.tiers)),
            segments=sorted(set(self.segments)),
            by_link=self.by_link,
            campaign_code=self.campaign_code,
            ends_at=self.ends_at,
        )


def _require_enough(asked: DraftRedPacketInput) -> None:
    if not 1 <= asked.amount <= MOST_POINTS:
        raise InvalidInputError("amount", f"is between 1 and {MOST_POINTS}")
    if not 1 <= asked.parts <= models.MOST_PARTS:
        raise InvalidInputError("parts", f"are between 1 and {models.MOST_PARTS}")
    if asked.smallest < 1 or asked.smallest * asked.parts > asked.amount:
        raise InvalidInputError("smallest", "is from 1, and enough for all parts")


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


@strawberry.type(description="The red packet is written down; somebody else has to open it.")
class RedPacketWasDrafted:
    packet: RedPacket = strawberry.field(description="The draft.")


@strawberry.type(description="It may be grabbed from now on.")
class RedPacketWasOpened:
    packet: RedPacket = strawberry.field(description="The packet, with the hash of its seed.")


@strawberry.type(description="Nobody gets a part any more; what was left is its funder's again.")
class RedPacketWasEnded:
    packet: RedPacket = strawberry.field(description="The packet, with its seed.")


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


@strawberry.type(description="Who drafted a red packet can't open it: somebody else has to.")
class OwnRedPacket(Refusal):
    pass


@strawberry.type(description="Every part is taken, or the time is over.")
class RedPacketIsEmpty(Refusal):
    pass


@strawberry.type(description="It is for members of another unit or tier, or for who has its link.")
class RedPacketNotForThem(Refusal):
    pass


@strawberry.type(description="There is one part for each customer, and this one has had theirs.")
class RedPacketTakenBefore(Refusal):
    amount: Long = strawberry.field(description="How much they got.")


DraftRedPacketResult: TypeAlias = Annotated[
    RedPacketWasDrafted | InvalidInput | NotFound | Conflict,
    strawberry.union("DraftRedPacketResult"),
]
OpenRedPacketResult: TypeAlias = Annotated[
    RedPacketWasOpened | OwnRedPacket | NotFound | Conflict, strawberry.union("OpenRedPacketResult")
]
EndRedPacketResult: TypeAlias = Annotated[
    RedPacketWasEnded | NotFound | Conflict, strawberry.union("EndRedPacketResult")
]
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
class RedPacketsMutation:
    @strawberry.mutation(
        description="Write a red packet down; a draft of that code is written anew. Nobody can "
        "grab it before somebody else opens it.",
        extensions=[Roles("marketer", "operator")],
    )
    async def draft_red_packet(
        self, info: Info, input: DraftRedPacketInput
    ) -> DraftRedPacketResult:
        terms, caller = input.read(), info.context.caller
        caller.require_unit(terms.unit)
        async with info.context.db.transaction() as session:
            await _require_own(info, await queries.packet_known_as(session, terms.code))
            packet = await opening.draft_packet(session, terms, caller.subject)
        return RedPacketWasDrafted(packet=RedPacket.of(packet))

    @strawberry.mutation(
        description="Cut a drafted sum into parts and let members grab them. Publishes "
        "`loyalty.red_packet.opened` with the hash of the seed that decided on the parts.",
        extensions=[Roles("approver", scope="approve:finance")],
    )
    async def open_red_packet(self, info: Info, code: str) -> OpenRedPacketResult:
        async with info.context.db.transaction() as session:
            await _require_own(info, await queries.packet_by_code(session, code))
            packet = await opening.open_packet(session, code, info.context.caller.subject)
        return RedPacketWasOpened(packet=RedPacket.of(packet))

    @strawberry.mutation(
        description="End an open red packet before its time. Publishes `loyalty.red_packet.ended` "
        "with what goes back to its funder, and the seed.",
        extensions=[Roles("marketer", "approver", "operator")],
    )
    async def end_red_packet(self, info: Info, code: str) -> EndRedPacketResult:
        async with info.context.db.transaction() as session:
            await _require_own(info, await queries.packet_by_code(session, code))
            packet = await opening.end_packet(session, code)
        return RedPacketWasEnded(packet=RedPacket.of(packet))

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


async def _require_own(info: Info, packet: models.RedPacket | None) -> None:
    if packet is not None and not info.context.caller.sees(packet.unit):
        raise NotFoundError("red packet", packet.code)


answered = [
    answers(errors.OwnRedPacket, OwnRedPacket),
    answers(errors.RedPacketIsEmpty, RedPacketIsEmpty),
    answers(errors.RedPacketNotForThem, RedPacketNotForThem),
    answers(errors.RedPacketTakenBefore, RedPacketTakenBefore),
]
