"""A few members with their wallets, and everything that can be asked for them, by name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from kit.errors import DomainError
from kit.merging.mergers import Merger
from kit.models import utcnow, uuid7
from loyalty.adjustments.commands import adjust_points, decide_on
from loyalty.adjustments.models import Correction
from loyalty.adjustments.queries import adjustment_to_decide
from loyalty.merging.commands import merge_customers, unmerge_customers
from loyalty.points.commands.ageing import age_lots
from loyalty.points.commands.posting import post_alone, post_one
from loyalty.points.commands.spending import reverse_posting, spend_points
from loyalty.points.models import NewPosting, Posting
from loyalty.reports.commands import fold_ledger
from loyalty.reservations.commands import (
    confirm_reservation,
    end_reservations,
    release_reservation,
    reserve_points,
)
from loyalty.transfers.commands import Transfer, transfer_points

MEMBERS = 3
MUCH = 20_000
"""More than one may adjust alone."""
member = st.integers(0, MEMBERS - 1)
points = st.sampled_from([1, 7, 30, 100])
which = st.integers(0, 20)
days = st.sampled_from([-4_000, -1, 0, 1, 4_000])
STEPS = {
    "earn": st.tuples(member, points),
    "earn_at": st.tuples(member, points, days, days),
    "earn_pending": st.tuples(member, points),
    "earn_later": st.tuples(member, points),
    "mature": st.tuples(which),
    "spend": st.tuples(member, points),
    "adjust": st.tuples(member, points.map(lambda n: n - 20)),
    "ask": st.tuples(member, st.sampled_from([MUCH, -MUCH, -2 * MUCH])),
    "decide": st.tuples(which, st.booleans()),
    "reserve": st.tuples(member, points),
    "confirm": st.tuples(which),
    "release": st.tuples(which),
    "transfer": st.tuples(member, member, points),
    "reverse": st.tuples(which),
    "merge": st.tuples(member, member),
    "unmerge": st.tuples(which),
    "age": st.tuples(st.sampled_from([300, 500])),
    "fold": st.tuples(),
}
steps = st.one_of(*(st.tuples(st.just(name), arguments) for name, arguments in STEPS.items()))


def note(known: list[UUID], posting: UUID) -> None:
    """What is repeated is the same posting."""
    if posting not in known:
        known.append(posting)


@dataclass
class Party:
    """Some members, what has been posted for them, and every operation by its own key."""

    db: Any
    customers: list[UUID]
    accounts: list[UUID]
    salt: UUID = field(default_factory=uuid7)
    posted: list[UUID] = field(default_factory=list)
    pending: list[UUID] = field(default_factory=list)
    reserved: list[UUID] = field(default_factory=list)
    asked: list[UUID] = field(default_factory=list)
    mergers: list[Merger] = field(default_factory=list)
    noon: datetime = field(default_factory=utcnow)

    async def do(self, number: int, name: str, arguments: tuple) -> bool:
        """Whether it took effect; the same number is the same operation."""
        try:
            await getattr(self, name)(f"{self.salt}-{number}", *arguments)
        except DomainError:
            return False
        return True

    async def within(self, act: Callable[[Any], Awaitable[Any]]) -> Any:
        async with self.db.transaction() as session:
            return await act(session)

    def earning(self, key: str, who: int, amount: int, **more: Any) -> NewPosting:
        return NewPosting(
            account_id=self.accounts[who],
            key=key,
            kind="earn",
            points=amount,
            reason="test",
            source_kind="request",
            source_id=key,
            **more,
        )

    async def earn(self, key: str, who: int, amount: int) -> None:
        posted = await post_alone(self.db, self.earning(key, who, amount))
        note(self.posted, posted.posting_id)

    async def earn_pending(self, key: str, who: int, amount: int) -> None:
        posted = await post_alone(self.db, self.earning(key, who, amount, pending=True))
        note(self.pending, posted.posting_id)
        note(self.posted, posted.posting_id)

    async def earn_later(self, key: str, who: int, amount: int) -> None:
        earning = self.earning(key, who, amount, usable_at=self.noon + timedelta(days=30))
        posted = await post_alone(self.db, earning)
        note(self.posted, posted.posting_id)

    async def earn_at(self, key: str, who: int, amount: int, happened: int, usable: int) -> None:
        """By a clock that is wrong: long ago or yet to come, usable before it happened."""
        now = self.noon
        earning = self.earning(
            key,
            who,
            amount,
            occurred_at=now + timedelta(days=happened),
            usable_at=now + timedelta(days=usable),
            expires_at=now + timedelta(days=max(happened, usable) + 1, seconds=len(self.posted)),
        )
        posted = await post_alone(self.db, earning)
        note(self.posted, posted.posting_id)

    async def mature(self, key: str, nth: int) -> None:
        if not self.pending:
            return
        earning = self.pending[nth % len(self.pending)]

        async def act(session: Any) -> None:
            posting = await session.get(Posting, earning)
            maturing = self.earning(key, 0, posting.points, settles=earning)
            await post_one(session, replace(maturing, account_id=posting.account_id, kind="mature"))

        await self.within(act)

    async def fold(self, key: str) -> None:
        await self.within(fold_ledger)

    async def spend(self, key: str, who: int, amount: int) -> None:
        posted = await spend_points(self.db, self.accounts[who], amount, "a mug", key)
        note(self.posted, posted.posting_id)

    async def adjust(self, key: str, who: int, amount: int) -> None:
        correction = Correction(self.accounts[who], amount, "put right", key)
        await self.within(lambda session: adjust_points(session, correction, "somebody"))

    async def ask(self, key: str, who: int, amount: int) -> None:
        correction = Correction(self.accounts[who], amount, "put right", key)
        asked = await self.within(lambda session: adjust_points(session, correction, "somebody"))
        note(self.asked, asked.id)

    async def decide(self, _: str, nth: int, approves: bool) -> None:
        if self.asked:
            wanted = self.asked[nth % len(self.asked)]

            async def act(session: Any) -> None:
                adjustment = await adjustment_to_decide(session, wanted)
                await decide_on(session, adjustment, "somebody else", "", approves=approves)

            await self.within(act)

    async def reserve(self, key: str, who: int, amount: int) -> None:
        held = await self.within(
            lambda session: reserve_points(
                session, self.accounts[who], amount, "a mug", key, seconds=600
            )
        )
        note(self.reserved, held.posting_id)

    async def confirm(self, key: str, nth: int) -> None:
        if self.reserved:
            mine = self.reserved[nth % len(self.reserved)]
            posted = await self.within(lambda session: confirm_reservation(session, mine))
            note(self.posted, posted.posting_id)

    async def release(self, key: str, nth: int) -> None:
        if self.reserved:
            mine = self.reserved[nth % len(self.reserved)]
            await self.within(lambda session: release_reservation(session, mine))

    async def transfer(self, key: str, giver: int, taker: int, amount: int) -> None:
        asked = Transfer(self.accounts[giver], self.accounts[taker], amount, "a gift", key)
        await self.within(lambda session: transfer_points(session, asked))

    async def reverse(self, key: str, nth: int) -> None:
        if self.posted:
            wanted = self.posted[nth % len(self.posted)]

            async def act(session: Any) -> None:
                posting = await session.get(Posting, wanted)
                await reverse_posting(session, posting, "a mistake", key)

            await self.within(act)

    async def reverse_unknown(self, key: str, _: int) -> None:
        posting = Posting(
            id=uuid7(), key="", account_id=self.accounts[0], currency="points", kind="earn",
            against="liability", points=5, balance_after=0, reason="", source_kind="",
            source_id="", occurred_at=utcnow(),
        )  # fmt: skip
        await self.within(lambda session: reverse_posting(session, posting, "a mistake", key))

    async def merge(self, _: str, survivor: int, absorbed: int) -> None:
        one, other = self.customers[survivor], self.customers[absorbed]
        if one != other and not {one, other} & {each.absorbed_id for each in self.mergers}:
            merger = Merger(uuid7(), one, other)
            await self.within(lambda session: merge_customers(session, merger))
            self.mergers.append(merger)

    async def unmerge(self, _: str, nth: int) -> None:
        if self.mergers:
            merger = self.mergers[nth % len(self.mergers)]
            await self.within(lambda session: unmerge_customers(session, merger))
            self.mergers.remove(merger)

    async def age(self, key: str, days: int) -> None:
        then = utcnow() + timedelta(days=days)
        await self.within(lambda session: age_lots(session, then))
        await self.within(lambda session: end_reservations(session, then))
