"""Random histories of several members: whatever happens between them, and whatever breaks."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from services.loyalty.tests.wallets import MEMBERS, STEPS, Party, steps
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from kit.models import uuid7

tireless = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


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


alone = steps.filter(lambda step: step[0] not in ("merge", "unmerge"))


@tireless
@given(history=st.lists(alone, min_size=6, max_size=20))
async def test_whatever_two_workers_do_at_once_every_invariant_holds(members, party, history):
    some = await party()
    for who in range(MEMBERS):
        await some.do(1_000 + who, "earn", (who, 100))
    numbered = list(enumerate(history))

    async def work(mine: list) -> None:
        for number, step in mine:
            await some.do(number, *step)

    await asyncio.gather(work(numbered), work(numbered[::-1]))

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


pair, one_sum = st.integers(0, 1), st.just(30)
meeting = st.one_of(
    st.tuples(
        st.sampled_from(["earn", "earn_pending", "spend", "reserve"]), st.tuples(pair, one_sum)
    ),
    st.tuples(
        st.sampled_from(["reverse", "mature", "confirm", "release"]),
        st.tuples(st.integers(0, 5)),
    ),
)
some_of_it = st.lists(meeting, min_size=2, max_size=8)


@settings(tireless, max_examples=6)
@given(apart=some_of_it, together=some_of_it)
@example(
    apart=[
        ("earn", (0, 30)), ("earn", (1, 30)), ("spend", (1, 30)), ("reverse", (1,)),
        ("earn_pending", (1, 30)),
    ],
    together=[("mature", (0,))],
)  # fmt: skip
async def test_sums_that_meet_when_two_are_merged_and_parted_leave_no_empty_posting(
    members, party, apart, together
):
    some = await party()

    for number, step in enumerate([*apart, ("merge", (0, 1)), *together, ("unmerge", (0,))]):
        await some.do(number, *step)

    empty = "SELECT count(*) FROM posting WHERE id NOT IN (SELECT posting_id FROM entry)"
    assert await members.scalar(empty) == 0
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
