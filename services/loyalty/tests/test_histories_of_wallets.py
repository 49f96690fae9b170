"""Random histories of several members: whatever happens between them, and whatever breaks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from kit.errors import DomainError
from kit.merging.mergers import Merger
from kit.models import utcnow, uuid7
from loyalty.adjustments.commands import adjust_points
from loyalty.adjustments.models import Correction
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
member = st.integers(0, MEMBERS - 1)
points = st.sampled_from([1, 7, 30, 100])
which = st.integers(0, 20)
days = st.sampled_from([-4_000, -1, 0, 1, 4_000])
STEPS = {
    "earn": st.tuples(member, points),
    "earn_pending": st.tuples(member, points),
    "earn_later": st.tuples(member, points),
    "mature": st.tuples(which),
    "spend": st.tuples(member, points),
    "adjust": st.tuples(member, points.map(lambda n: n - 20)),
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
tireless = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


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


@pytest.fixture
def party(members):
    async def act() -> Party:
        customers = [await members.register() for _ in range(MEMBERS)]
        accounts = [UUID(await members.account(each)) for each in customers]
        return Party(members.harness.db, customers, accounts)

    return act


@tireless
@given(history=st.lists(steps, min_size=8, max_size=25))
async def test_whatever_members_do_every_invariant_holds(members, party, history):
    some = await party()

    for number, (name, arguments) in enumerate(history):
        await some.do(number, name, arguments)

    assert await members.is_sound()


@tireless
@given(history=st.lists(steps, min_size=4, max_size=12))
async def test_a_history_that_is_replayed_changes_nothing(members, party, history):
    some = await party()
    repeatable = [
        (number, step)
        for number, step in enumerate(history)
        if step[0] in ("earn", "earn_at", "spend", "adjust", "reserve", "transfer")
    ]
    first = [await some.do(number, *step) for number, step in repeatable]
    before = await members.ledger()

    for (number, step), done in zip(repeatable, first, strict=True):
        if done:
            assert await some.do(number, *step)

    assert await members.ledger() == before
    assert await members.is_sound()


KILL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid % 2 = $1"
)
BROKEN = (
    DBAPIError,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


async def test_connections_that_break_at_any_step_leave_each_operation_done_once_or_not_at_all(
    members, party
):
    some = await party()
    for who in range(MEMBERS):
        await some.earn(f"{some.salt}-first-{who}", who, 100)
    broken = 0

    async def until_done(number: int) -> None:
        nonlocal broken
        giver = number % MEMBERS
        while True:
            try:
                await some.do(number, "earn", (giver, 10))
                await some.do(number, "transfer", (giver, (giver + 1) % MEMBERS, 10))
                await some.do(number, "spend", (giver, 1))
            except BROKEN:
                broken += 1
                continue
            return

    killer = await asyncpg.connect(members.harness.running.settings.raw_database_url())
    async with asyncio.TaskGroup() as together:
        work = [together.create_task(until_done(number)) for number in range(24)]
        turn = 0
        while not broken or (turn < 12 and not all(each.done() for each in work)):
            turn += 1
            await killer.fetch(KILL, turn % 2)
    await killer.close()

    ledger = await members.ledger()
    assert broken
    assert ledger["liability"] == MEMBERS * 100 + 24 * 10 - 24
    assert await members.is_sound()


class Crash(Exception):
    """The process ends here."""


@contextmanager
def crashing(db: Any, after: int) -> Iterator[None]:
    """Nothing is carried out after so many statements: neither the next one nor the commit."""
    left = after

    def burn(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Crash

    engine = db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", burn)
    event.listen(engine, "commit", burn)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", burn)
        event.remove(engine, "commit", burn)


def stories(*without: str) -> st.SearchStrategy[Any]:
    some = st.one_of(*(st.tuples(st.just(n), arguments) for n, arguments in STEPS.items()
                       if n not in without))  # fmt: skip
    return st.lists(st.tuples(some, st.integers(0, 14)), min_size=4, max_size=12)


# Points that were given away end together with those that stayed: where both come to lie in one
# account by a merge, it is nobody's promise which go first.
@settings(tireless, max_examples=10)
@given(history=stories("transfer") | stories("merge", "unmerge"), lost=st.booleans())
@example(
    history=[*[(("earn", (0, 1)), 0)] * 4, (("earn", (0, 7)), 0), (("reverse", (4,)), 0)], lost=True
)
async def test_a_crash_between_any_two_steps_changes_nothing_that_a_repeat_does_not_put_right(
    members, party, history, lost
):
    calm, troubled = await party(), await party()

    for number, (step, after) in enumerate(history):
        await calm.do(number, *step)
        with crashing(troubled.db, after):
            try:
                await troubled.do(number, *step)
            except Crash:
                crashed = True
            else:
                crashed = False
        if crashed or (lost and step[0] in REPEATED):
            await troubled.do(number, *step)

    has = [
        [await members.points(each, HAS) for each in some.customers] for some in (calm, troubled)
    ]
    assert has[0] == has[1]
    assert await members.is_sound()


REPEATED = ("earn", "earn_at", "spend", "adjust", "reserve", "transfer", "confirm", "release")
HAS = "balance debt pending locked lots(first: 100) { remaining points pending }"

no_amount = st.sampled_from([0, -1, -(2**63), 10**12 + 1, 2**63 - 1, 2**64, 10**30])
wrong = st.one_of(
    st.tuples(st.just("spend"), no_amount),
    st.tuples(st.just("reserve"), no_amount),
    st.tuples(st.just("transfer"), no_amount),
    st.tuples(st.just("adjust"), no_amount.filter(lambda n: n != -1)),
    st.tuples(st.sampled_from(["spend", "reserve", "transfer", "adjust"]), st.just("nobody")),
    st.tuples(st.sampled_from(["spend", "reserve", "transfer", "adjust"]), st.just("reused")),
    st.tuples(st.sampled_from(["reverse", "confirm", "release"]), st.just("nothing")),
)


@settings(tireless, max_examples=15)
@given(asked=st.lists(wrong, min_size=3, max_size=8))
async def test_what_makes_no_sense_is_refused_and_leaves_the_ledger_unchanged(
    members, party, asked
):
    some = await party()
    for number, name in enumerate(("spend", "reserve", "transfer", "adjust")):
        await some.do(100, "earn", (0, 100))
        arguments = (0, 1, 5) if name == "transfer" else (0, 5)
        assert await some.do(number, name, arguments)
    before = await members.ledger()

    for number, (name, what) in enumerate(asked):
        assert not await _nonsense(some, 1_000 + number, name, what)

    assert await members.ledger() == before
    assert await members.is_sound()


async def _nonsense(some: Party, number: int, name: str, what: Any) -> bool:
    """Whether it took effect: an amount, an account or a posting that is none, or a used key."""
    if what == "nothing":
        unknown = replace(some, reserved=[uuid7()])
        return await unknown.do(number, "reverse_unknown" if name == "reverse" else name, (0,))
    if what == "nobody":
        stranger = replace(some, accounts=[uuid7() for _ in some.accounts])
        return await stranger.do(number, name, (0, 1, 5) if name == "transfer" else (0, 5))
    if what == "reused":
        first = ("spend", "reserve", "transfer", "adjust").index(name)
        return await some.do(first, name, (0, 1, 6) if name == "transfer" else (0, 6))
    return await some.do(number, name, (0, 1, what) if name == "transfer" else (0, what))
