"""Drafting, opening and ending red packets."""

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
from loyalty.admission.graph import (
    require_own,
)
from loyalty.drafted import by_code, known_as
from loyalty.red_packets import errors, models
from loyalty.red_packets.commands import opening
from loyalty.red_packets.graph.inputs import DraftRedPacketInput
from loyalty.red_packets.graph.packet import RedPacket


@strawberry.type(description="The red packet is written down; somebody else has to open it.")
class RedPacketWasDrafted:
    packet: RedPacket = strawberry.field(description="The draft.")


@strawberry.type(
    description="It may be grabbed from now on; FUNDING: as soon as its campaign has set the money "
    "aside, within seconds."
)
class RedPacketWasOpened:
    packet: RedPacket = strawberry.field(description="The packet, with the hash of its seed.")


@strawberry.type(description="Nobody gets a part any more; what was left is its funder's again.")
class RedPacketWasEnded:
    packet: RedPacket = strawberry.field(description="The packet, with its seed.")


@strawberry.type(description="Who drafted a red packet can't open it: somebody else has to.")
class OwnRedPacket(Refusal):
    pass


DraftRedPacketResult: TypeAlias = Annotated[
    RedPacketWasDrafted | InvalidInput | NotFound | Conflict,
    strawberry.union("DraftRedPacketResult"),
]


OpenRedPacketResult: TypeAlias = Annotated[
    RedPacketWasOpened | OwnRedPacket | NotFound | Conflict, strawberry.union("OpenRedPacketResult")
]


EndRedPacketResult: TypeAlias = Annotated[
    RedPacketWasEnded | InvalidInput | NotFound | Conflict, strawberry.union("EndRedPacketResult")
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
            require_own(info, await known_as(session, models.RedPacket, terms.code))
            packet = await opening.draft_packet(session, terms, caller.subject)
        return RedPacketWasDrafted(packet=RedPacket.of(packet))

    @strawberry.mutation(
        description="Cut a drafted sum into parts and let members grab them. Publishes "
        "`loyalty.red_packet.opened` with the hash of the seed that decided on the parts. One that "
        "a campaign pays for is FUNDING until the campaign has set all of it aside; without the "
        "money it is a DRAFT again, and `unfundedBecause` says why.",
        extensions=[Roles("approver", scope="approve:finance")],
    )
    async def open_red_packet(self, info: Info, code: str) -> OpenRedPacketResult:
        async with info.context.db.transaction() as session:
            require_own(info, await by_code(session, models.RedPacket, code))
            caller = info.context.caller
            packet = await opening.open_packet(session, code, caller.subject, caller.unit or "")
        return RedPacketWasOpened(packet=RedPacket.of(packet))

    @strawberry.mutation(
        description="End an open red packet before its time. Publishes `loyalty.red_packet.ended` "
        "with what goes back to its funder, and the seed.",
        extensions=[Roles("marketer", "approver", "operator")],
    )
    async def end_red_packet(
        self,
        info: Info,
        code: str,
        reason: Annotated[
            str, strawberry.argument(description="Why, in up to 200 characters.")
        ] = "",
    ) -> EndRedPacketResult:
        async with info.context.db.transaction() as session:
            require_own(info, await by_code(session, models.RedPacket, code))
            packet = await opening.end_packet(session, code, info.context.caller.subject, reason)
        return RedPacketWasEnded(packet=RedPacket.of(packet))


answered = [answers(errors.OwnRedPacket, OwnRedPacket)]
