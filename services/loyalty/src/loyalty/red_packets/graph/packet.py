"""What is shown of a red packet: to whom it goes, what is left, and who was luckiest."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import Personal
from kit.graph.scalars import Long
from loyalty.accesses.noting import saw
from loyalty.admission.graph import may_see
from loyalty.drafted import known_as, of_unit
from loyalty.red_packets import models, queries
from loyalty.red_packets.commands.opening import link_of

READERS = ("marketer", "approver", "front_line", "analyst", "operator", "customer")
STAFF = ("marketer", "approver", "operator")

RedPacketState = strawberry.enum(
    models.RedPacketState,
    description="DRAFT waits for somebody else to open it; FUNDING, once opened, for the money of its "
    "campaign, and is a draft again when there is none; OPEN may be grabbed; EMPTIED: every "
    "part is taken; ENDED: its time was over before.",
)
RedPacketSplit = strawberry.enum(
    models.RedPacketSplit,
    description="RANDOM: each part between the smallest and twice the average of what is left, "
    "equally likely, then shuffled. EVEN: parts differ by one unit at most.",
)


@strawberry.type(description="One part of a red packet that somebody took.")
class RedPacketPart:
    number: int = strawberry.field(description="Which one: parts go in the order of numbers.")
    amount: Long = strawberry.field(description="How much, in units of the packet's currency.")
    taken_at: datetime = strawberry.field(description="When it was taken.")
    owner: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: models.RedPacketTake) -> Self:
        return cls(
            number=row.number,
            amount=Long(row.amount),
            taken_at=row.taken_at,
            owner=row.customer_id,
        )

    @strawberry.field(description="Whether the caller took it.")
    def is_mine(self, info: Info) -> bool:
        return info.context.caller.claims.get("customer") == str(self.owner)

    @strawberry.field(
        description="Who took it; other customers are not told.",
        extensions=[
            Roles("front_line", "analyst", "operator"),
            Personal(saw, "red_packets", person="owner"),
        ],
    )
    def customer_id(self) -> UUID | None:
        return self.owner


@strawberry.type(description="A fixed sum in parts, for whoever is quick: one for each member.")
class RedPacket:
    id: UUID = strawberry.field(description="Its identifier.")
    code: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for members.")
    unit: str = strawberry.field(description="For members of this unit and below.")
    currency: str = strawberry.field(description="Of which wallet: a code of `currencies`.")
    amount: Long = strawberry.field(description="All parts together, exactly.")
    parts: int = strawberry.field(description="How many.")
    smallest: Long = strawberry.field(description="No part is smaller.")
    split: models.RedPacketSplit = strawberry.field(description="How the sum falls into parts.")
    tiers: list[str] = strawberry.field(description="For members of these tiers; empty: of any.")
    segments: list[str] = strawberry.field(
        description="For members of any of these segments; empty: of any."
    )
    by_link: bool = strawberry.field(description="Only for those who have its link.")
    campaign_code: str | None = strawberry.field(
        description="Whose budget pays for it; null: the programme does."
    )
    unfunded_because: str | None = strawberry.field(
        description="Why its campaign gave no money the last time, if so."
    )
    ends_at: datetime = strawberry.field(description="What is left then is its funder's again.")
    state: models.RedPacketState = strawberry.field(description="Whether it may be grabbed.")
    left: int = strawberry.field(description="How many parts are left.")
    left_amount: Long = strawberry.field(description="What those make; 0 once it ended.")
    returned: Long = strawberry.field(description="What went back to its funder when it ended.")
    seed_hash: str | None = strawberry.field(
        description="SHA-256 of the seed, known from the opening on."
    )
    seed: str | None = strawberry.field(
        description="What decided on the parts, once all are taken or the time is over: check it "
        "with `./just verify-draws` and `GET /v1/red-packets/CODE/split`."
    )
    opened_at: datetime | None = strawberry.field(description="Since when it may be grabbed.")
    closed_at: datetime | None = strawberry.field(description="When it was emptied or ended.")
    row: strawberry.Private[models.RedPacket]

    @classmethod
    def of(cls, row: models.RedPacket) -> Self:
        plain = {name: getattr(row, name) for name in PLAIN}
        return cls(
            **plain,
            split=RedPacketSplit(row.split),
            state=RedPacketState(row.state),
            left=row.parts - row.taken,
            left_amount=Long(row.amount - row.taken_amount - row.returned),
            seed=row.seed if row.is_over else None,
            row=row,
        )

    @strawberry.field(
        description="The token for the packet's link, if it takes one: give it to the group that "
        "is to grab. Null before it is opened.",
        extensions=[Roles(*STAFF)],
    )
    def link(self) -> str | None:
        return link_of(self.row) if self.by_link and self.row.seed else None

    @strawberry.field(
        description="Who ended it before its time; null where nobody did.",
        extensions=[Roles(*STAFF)],
    )
    def ended_by(self) -> str | None:
        return self.row.ended_by

    @strawberry.field(description="Why they did, if they said so.", extensions=[Roles(*STAFF)])
    def ended_because(self) -> str | None:
        return self.row.ended_because or None

    @strawberry.field(description="What the caller got of it, as a customer.")
    async def mine(self, info: Info) -> RedPacketPart | None:
        return await info.context.loader(_mine).load(self.id)

    @strawberry.field(
        description="The luckiest first, once every part is taken or the time is over; empty "
        "before, so that nobody can reckon what is left."
    )
    async def leaderboard(self, info: Info, first: First = 10) -> list[RedPacketPart]:
        if not self.row.is_over:
            return []
        async with info.context.db.reading() as session:
            found = await queries.luckiest(session, self.id, first)
        return [RedPacketPart.of(each) for each in found]


PLAIN = [
    "id", "code", "name", "unit", "currency", "amount", "parts", "smallest", "tiers", "segments", "by_link",
    "campaign_code", "unfunded_because", "ends_at", "returned", "seed_hash", "opened_at", "closed_at",
]  # fmt: skip


async def _mine(context: Context, packets: Sequence[UUID]) -> list[RedPacketPart | None]:
    if "customer" not in context.caller.roles:
        return [None for _ in packets]
    own = context.caller.claimed_id("customer")
    async with context.db.reading() as session:
        found = await queries.takes_of(session, packets, own)
    return [RedPacketPart.of(found[each]) if each in found else None for each in packets]


@strawberry.type
class RedPacketsQuery:
    @strawberry.field(
        description="A red packet by its code; null when there is none that you may see.",
        extensions=[Roles(*READERS)],
    )
    async def red_packet(self, info: Info, code: str) -> RedPacket | None:
        async with info.context.db.reading() as session:
            row = await known_as(session, models.RedPacket, code)
        return RedPacket.of(row) if row is not None and may_see(info, row) else None

    @strawberry.field(
        description="The red packets of your unit and below, the newest first.",
        extensions=[Roles("marketer", "approver", "front_line", "analyst", "operator")],
    )
    async def red_packets(
        self,
        info: Info,
        state: Annotated[
            models.RedPacketState | None, strawberry.argument(description="In this state.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[RedPacket] | None:
        unit = info.context.caller.unit or ""
        async with info.context.db.reading() as session:
            found = await of_unit(session, models.RedPacket, unit, state, first, after)
        return Connection.of(found, RedPacket.of)
