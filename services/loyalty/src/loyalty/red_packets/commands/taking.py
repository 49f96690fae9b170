"""Taking parts: in the order in which they are asked for, one for each customer, and never more."""

import secrets
from collections.abc import Mapping, Sequence
from uuid import UUID

from prometheus_client import Counter

from kit.bulk import insert_rows
from kit.database import AsyncSession
from kit.errors import Conflict, DomainError, IdempotencyKeyReused, NotFound
from kit.events import record
from kit.models import utcnow, uuid7
from loyalty.admission.queries import Admission, Participant, participants
from loyalty.admission.screening import REQUEST, Request, screened
from loyalty.drafted import to_take_part
from loyalty.entity import table_of
from loyalty.fraud.models import ActKind, Hold
from loyalty.points.commands import post
from loyalty.points.models import NewPosting
from loyalty.points.queries import costs
from loyalty.red_packets.commands.funding import settle_with_campaign
from loyalty.red_packets.commands.opening import empty, link_of
from loyalty.red_packets.errors import (
    RedPacketIsEmpty,
    RedPacketNotForThem,
    RedPacketTakenBefore,
)
from loyalty.red_packets.events import RedPacketTaken
from loyalty.red_packets.models import (
    Grab,
    PartReview,
    RedPacket,
    RedPacketState,
    RedPacketTake,
    Take,
    Taken,
)
from loyalty.red_packets.queries import next_parts, takes_known

parts_taken = Counter("loyalty_red_packet_parts_total", "Parts of red packets that were taken.")
EMPTY = RedPacketIsEmpty("Every part is taken.")
OVER = RedPacketIsEmpty("Its time is over.")


async def take_parts(session: AsyncSession, grabs: Sequence[Grab]) -> list[Taken]:
    """A part for each grab, credited in this transaction, or why there is none.

    In the order of the grabs, and answered in that order; the same source gets the same answer.
    Packets are held first and wallets after them.
    """
    taking = _Taking(session, grabs)
    await taking.look()
    granted = [each for each in grabs if taking.may(each)]
    await taking.give(await taking.screen(granted))
    return [taking.answer(each) for each in grabs]


class _Taking:
    """What one call of `take_parts` knows, and decides."""

    def __init__(self, session: AsyncSession, grabs: Sequence[Grab]) -> None:
        self.session = session
        self.grabs = grabs
        self.packets: dict[str, RedPacket] = {}
        self.members: dict[UUID, Participant] = {}
        self.by_source: dict[tuple[str, UUID], Take | Grab] = {}
        self.had: dict[tuple[UUID, UUID], int] = {}
        self.left: dict[UUID, int] = {}
        self.refused: dict[tuple[str, UUID], DomainError] = {}
        self.holds: Mapping[UUID, Hold] = {}
        self.costs: dict[str, tuple[int, str]] = {}

    async def look(self) -> None:
        codes = {each.red_packet_code for each in self.grabs}
        self.packets = await to_take_part(self.session, RedPacket, codes)
        by_id = [each.id for each in self.packets.values()]
        for take in await takes_known(self.session, self.grabs, by_id):
            self.by_source[take.source_kind, take.source_id] = take
            self.had[take.packet_id, take.customer_id] = take.amount
        self.left = {each.id: each.parts - each.taken for each in self.packets.values()}
        if any(each.state == RedPacketState.OPEN for each in self.packets.values()):
            customers = (each.customer_id for each in self.grabs)
            self.members = await participants(self.session, customers)
        self.costs = await costs(self.session, {each.currency for each in self.packets.values()})

    def may(self, grab: Grab) -> bool:
        """Whether a part is set aside for this grab."""
        source = (grab.source_kind, grab.source_id)
        if source in self.by_source or source in self.refused:
            return False
        refusal = self._refusal(grab)
        if refusal is not None:
            self.refused[source] = refusal
            return False
        packet = self.packets[grab.red_packet_code]
        self.left[packet.id] -= 1
        self.had[packet.id, grab.customer_id] = 0
        self.by_source[source] = grab
        return True

    def _refusal(self, grab: Grab) -> DomainError | None:
        packet = self.packets.get(grab.red_packet_code)
        if packet is None or packet.is_prepared:
            return NotFound("red packet", grab.red_packet_code)
        if (packet.id, grab.customer_id) in self.had:
            return RedPacketTakenBefore(self.had[packet.id, grab.customer_id])
        if packet.state == RedPacketState.ENDED or packet.ends_at <= utcnow():
            return OVER
        if packet.state == RedPacketState.EMPTIED or not self.left[packet.id]:
            return EMPTY
        return self._stranger(grab, packet)

    def _stranger(self, grab: Grab, packet: RedPacket) -> DomainError | None:
        if packet.by_link and grab.source_kind == REQUEST and not _knows_link(grab, packet):
            return RedPacketNotForThem("It is for those who have its link.")
        admission = Admission(packet.unit, packet.tiers, packet.segments)
        reason = admission.refuses(self.members.get(grab.customer_id))
        return RedPacketNotForThem(reason) if reason else None

    async def screen(self, granted: Sequence[Grab]) -> list[Grab]:
        """Those whom no limit refuses; the parts of the others are there for the next."""
        self.holds = await screened(
            self.session, ActKind.RED_PACKET, [self._request(each) for each in granted]
        )
        through = []
        for each in granted:
            hold = self.holds.get(each.source_id)
            if hold is None or hold.waits:
                through.append(each)
            else:
                self._stop(each)
        return through

    def _request(self, grab: Grab) -> Request:
        packet = self.packets[grab.red_packet_code]
        average = packet.amount // packet.parts
        return Request(grab.source_kind, grab.source_id, grab.customer_id, average, grab.device)

    def _stop(self, grab: Grab) -> None:
        packet, source = self.packets[grab.red_packet_code], (grab.source_kind, grab.source_id)
        self.left[packet.id] += 1
        del self.had[packet.id, grab.customer_id], self.by_source[source]
        self.refused[source] = RedPacketNotForThem("It can't be taken now.")

    async def give(self, granted: Sequence[Grab]) -> None:
        """Parts in order for each packet's grabs, posted, kept and told."""
        takes: list[tuple[RedPacket, Take]] = []
        for packet in sorted(self.packets.values(), key=lambda each: each.id):
            mine = [each for each in granted if each.red_packet_code == packet.code]
            if mine:
                parts = await next_parts(self.session, packet, len(mine))
                taken = [
                    self._take(packet, number, amount, grab)
                    for (number, amount), grab in zip(parts, mine, strict=True)
                ]
                takes += [(packet, each) for each in taken]
                self._count(packet, taken)
                self._settle(packet, taken)
        if not takes:
            return
        await self._keep(takes)
        parts_taken.inc(len(takes))
        for packet, take in takes:
            self.by_source[take.source_kind, take.source_id] = take
            record(self.session, _told(packet, take))

    def _count(self, packet: RedPacket, takes: Sequence[Take]) -> None:
        packet.taken += len(takes)
        packet.taken_amount += sum(each.amount for each in takes)
        self.session.add(packet)
        if packet.taken == packet.parts:
            empty(self.session, packet)

    def _settle(self, packet: RedPacket, takes: Sequence[Take]) -> None:
        """What a task gives, its own campaign pays from what it has committed."""
        asked = sum(each.amount for each in takes if each.source_kind == REQUEST)
        promised = sum(each.amount for each in takes) - asked
        settle_with_campaign(self.session, packet, spent=asked, released=promised)

    def _take(self, packet: RedPacket, number: int, amount: int, grab: Grab) -> Take:
        return Take(
            packet_id=packet.id,
            number=number,
            customer_id=grab.customer_id,
            taken_as=grab.customer_id,
            amount=amount,
            source_kind=grab.source_kind,
            source_id=grab.source_id,
            posting_id=uuid7(),
            review=PartReview.HELD if grab.source_id in self.holds else None,
            taken_at=utcnow(),
        )

    async def _keep(self, takes: Sequence[tuple[RedPacket, Take]]) -> None:
        postings = [
            NewPosting(
                id=take.posting_id,
                account_id=self.members[take.customer_id].account_id,
                key=f"red_packet:{packet.id}:{take.number}",
                kind="grant",
                points=take.amount,
                reason="red packet",
                source_kind="red_packet",
                source_id=str(packet.id),
                currency=packet.currency,
                pending=take.review is not None,
                occurred_at=take.taken_at,
            )
            for packet, take in takes
        ]
        for posted in await post(self.session, postings):
            if posted.outcome != "posted":
                raise Conflict(f"A part could not be credited: {posted.outcome}.")
        rows = [take._asdict() for _, take in takes]
        await insert_rows(self.session, table_of(RedPacketTake), rows)

    def answer(self, grab: Grab) -> Taken:
        source = (grab.source_kind, grab.source_id)
        known = self.by_source.get(source)
        if known is None:
            return _no(grab, self.refused[source])
        packet = self.packets.get(grab.red_packet_code)
        if packet is None or not isinstance(known, Take) or not _is_of(known, packet, grab):
            return _no(grab, IdempotencyKeyReused(str(grab.source_id)))
        return self._taken(packet, known)

    def _taken(self, packet: RedPacket, take: Take) -> Taken:
        minor, money = self.costs[packet.currency]
        return Taken(
            take.source_id,
            "taken",
            amount_minor=take.amount * minor,
            currency=money,
            amount=take.amount,
            wallet=packet.currency,
            number=take.number,
            is_held=take.review == PartReview.HELD,
        )


def _knows_link(grab: Grab, packet: RedPacket) -> bool:
    return secrets.compare_digest(grab.link.encode(), link_of(packet).encode())


def _no(grab: Grab, refusal: DomainError) -> Taken:
    outcome = "empty" if isinstance(refusal, RedPacketIsEmpty) else "refused"
    return Taken(grab.source_id, outcome, reason=refusal.message, refusal=refusal)


def _is_of(take: Take, packet: RedPacket, grab: Grab) -> bool:
    return (take.packet_id, take.customer_id) == (packet.id, grab.customer_id)


def _told(packet: RedPacket, take: Take) -> RedPacketTaken:
    return RedPacketTaken(
        red_packet_id=packet.id,
        code=packet.code,
        customer_id=take.customer_id,
        number=take.number,
        currency=packet.currency,
        amount=take.amount,
        source_kind=take.source_kind,
        source_id=take.source_id,
        held=take.review is not None,
    )
