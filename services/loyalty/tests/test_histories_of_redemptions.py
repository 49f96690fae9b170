"""Random histories of redemptions: whatever happens, points and stock move together."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from kit.errors import DomainError
from kit.merging.mergers import Merger
from kit.models import utcnow, uuid7
from loyalty.merging.commands import merge_customers, unmerge_customers
from loyalty.points.commands.spending import spend_points
from loyalty.redemptions.commands import reserving, settling
from loyalty.redemptions.models import Wanted
from loyalty.rewards.commands import give_back, hand_out
from loyalty.rewards.commands.catalogue import change_reward, end_reward, restock_reward
from loyalty.rewards.models import HandOut
from loyalty.rewards.queries import reward_for_update

MEMBERS = 3
REWARDS = ("mug", "pen", "cup")
STOCKED = 4
member, which = st.integers(0, MEMBERS - 1), st.integers(0, 20)
reward, quantity = st.sampled_from(REWARDS), st.integers(1, 3)
STEPS = {
    "reserve": st.tuples(member, reward, quantity),
    "redeem": st.tuples(member, reward, quantity),
    "confirm": st.tuples(which),
    "release": st.tuples(which),
    "fulfil": st.tuples(which),
    "fail": st.tuples(which),
    "expire": st.tuples(st.sampled_from([0, 10_000])),
    "give": st.tuples(member, reward),
    "return_": st.tuples(which),
    "restock": st.tuples(reward, st.sampled_from([-3, 2])),
    "reprice": st.tuples(reward, st.sampled_from([5, 40])),
    "end": st.tuples(reward),
    "spend": st.tuples(member),
    "merge": st.tuples(member, member),
    "unmerge": st.tuples(which),
}
steps = st.one_of(*(st.tuples(st.just(name), arguments) for name, arguments in STEPS.items()))
tireless = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BROKEN = """SELECT
  (SELECT count(*) FROM reward_stock AS stock WHERE given <> (
    SELECT coalesce(sum(many), 0) FROM reward_given AS one
    WHERE one.reward_id = stock.reward_id AND returned_at IS NULL)),
  (SELECT count(*) FROM wallet WHERE locked <> coalesce((
    SELECT sum(price) FROM redemption JOIN reservation ON reservation.id = posting_id
    WHERE state = 'reserved' AND reservation.account_id = wallet.account_id
      AND redemption.currency = wallet.currency), 0)),
  (SELECT count(*) FROM redemption JOIN reward_given AS one
     ON (one.source_kind, one.source_id) = ('redemption', redemption.id)
   WHERE many <> redemption.quantity
     OR (returned_at IS NULL) <> (state IN ('reserved', 'confirmed', 'fulfilled'))),
  (SELECT count(*) FROM redemption WHERE state IN ('confirmed', 'fulfilled') AND NOT EXISTS (
     SELECT FROM fulfilment
     WHERE quantity = redemption.quantity AND (source_kind, source_id) = ('redemption', redemption.id)))"""
SEEN = """SELECT (SELECT count(*) FROM redemption), (SELECT count(*) FROM reward_given),
  (SELECT count(*) FROM fulfilment), (SELECT count(*) FROM posting),
  (SELECT count(*) FROM outbox), (SELECT string_agg(given::text, ',') FROM reward_stock),
  (SELECT string_agg(state, ',' ORDER BY id) FROM redemption)"""


@dataclass
class Bazaar:
    """Some members and rewards, and every operation by its own key."""

    members: Any
    customers: list[UUID]
    codes: dict[str, str]
    salt: UUID = field(default_factory=uuid7)
    redeemed: list[UUID] = field(default_factory=list)
    given: list[UUID] = field(default_factory=list)
    mergers: list[Merger] = field(default_factory=list)
    stocked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REWARDS, STOCKED))

    async def do(self, number: int, name: str, arguments: tuple) -> None:
        with contextlib.suppress(DomainError):
            await getattr(self, name)(f"{self.salt}-{number}", *arguments)

    async def within(self, act: Callable[[Any], Awaitable[Any]]) -> Any:
        async with self.members.harness.db.transaction() as session:
            return await act(session)

    async def redeem(self, key: str, who: int, code: str, quantity: int = 1, **more: Any) -> UUID:
        wanted = Wanted(
            customer_id=self.customers[who],
            reward_code=self.codes[code],
            key=key,
            by="somebody",
            quantity=quantity,
            **{"at_once": True, **more},
        )
        redeemed = await self.within(lambda session: reserving.redeem(session, wanted))
        self.redeemed.append(redeemed.id)
        return redeemed.id

    async def reserve(self, key: str, who: int, code: str, quantity: int = 1) -> UUID:
        return await self.redeem(key, who, code, quantity, at_once=False)

    async def settle(self, nth: int, command: Callable[..., Any]) -> None:
        if self.redeemed:
            wanted = self.redeemed[nth % len(self.redeemed)]
            await self.within(lambda session: command(session, wanted))

    async def confirm(self, _: str, nth: int) -> None:
        await self.settle(nth, settling.confirm_redemption)

    async def release(self, _: str, nth: int) -> None:
        await self.settle(nth, settling.release_redemption)

    async def fulfil(self, _: str, nth: int) -> None:
        await self.settle(nth, lambda session, one: settling.fulfil_redemptions(session, [one]))

    async def fail(self, _: str, nth: int) -> None:
        await self.settle(nth, lambda session, one: settling.fail_redemptions(session, [one]))

    async def expire(self, _: str, seconds: int) -> None:
        then = utcnow() + timedelta(seconds=seconds)
        await self.within(lambda session: settling.end_redemptions(session, then))

    async def give(self, _: str, who: int, code: str) -> None:
        wanted = HandOut(self.codes[code], self.customers[who], "benefit", uuid7())
        (answer,) = await self.within(lambda session: hand_out(session, [wanted]))
        if answer.outcome == "given":
            self.given.append(answer.source_id)

    async def return_(self, _: str, nth: int) -> None:
        if self.given:
            source = self.given[nth % len(self.given)]
            await self.within(lambda session: give_back(session, "benefit", [source]))

    async def _with_reward(self, code: str, act: Callable[[Any, Any], Awaitable[Any]]) -> Any:
        async def held(session: Any) -> Any:
            return await act(session, await reward_for_update(session, self.codes[code]))

        return await self.within(held)

    async def restock(self, key: str, code: str, more: int) -> None:
        await self._with_reward(code, lambda s, one: restock_reward(s, one, more, key, "max"))
        self.stocked[code] += more

    async def reprice(self, _: str, code: str, price: int) -> None:
        await self._with_reward(code, lambda s, one: change_reward(s, one, {"price": price}))

    async def end(self, _: str, code: str) -> None:
        await self._with_reward(code, end_reward)

    async def spend(self, key: str, who: int) -> None:
        account = UUID(await self.members.account(self.customers[who]))
        await spend_points(self.members.harness.db, account, 30, "a fair", key)

    async def merge(self, _: str, survivor: int, absorbed: int) -> None:
        one, other = self.customers[survivor], self.customers[absorbed]
        if one != other and not {one, other} & {each.absorbed_id for each in self.mergers}:
            merger = Merger(uuid7(), one, other)
            await self.within(lambda session: merge_customers(session, merger))
            self.mergers.append(merger)

    async def unmerge(self, _: str, nth: int) -> None:
        if self.mergers:
            merger = self.mergers.pop(nth % len(self.mergers))
            await self.within(lambda session: unmerge_customers(session, merger))

    async def left(self) -> dict[str, int]:
        rows = await self._row(
            "SELECT coalesce(jsonb_object_agg(code, jsonb_build_array(stocked, given)), '{}') "
            "FROM reward_stock JOIN reward ON reward.id = reward_id"
        )
        return {name: rows[0][code] for name, code in self.codes.items()}

    async def _row(self, sql: str) -> Any:
        async with self.members.harness.db.reading() as session:
            return (await session.execute(text(sql))).one()

    async def seen(self) -> tuple:
        return tuple(await self._row(SEEN))

    async def require_sound(self) -> None:
        assert tuple(await self._row(BROKEN)) == (0, 0, 0, 0)
        assert await self.members.is_sound()
        for code, (stocked, given_) in (await self.left()).items():
            assert 0 <= given_ <= stocked == self.stocked[code]


@pytest.fixture
def bazaar(members, shop):
    async def act() -> Bazaar:
        customers = [await shop.member_with(100) for _ in range(MEMBERS)]
        codes = {name: f"{name}-{uuid7()}" for name in REWARDS}
        limits = {"pen": {"mostPerMember": 2}, "cup": {"mostPerDay": 1}}
        for name, code in codes.items():
            await shop.sell(
                code[:40], price=20, stock=STOCKED, mostAtOnce=2, **limits.get(name, {})
            )
        return Bazaar(members, customers, {name: code[:40] for name, code in codes.items()})

    return act


@tireless
@given(history=st.lists(steps, min_size=10, max_size=30))
async def test_whatever_happens_points_and_stock_move_together(bazaar, history):
    some = await bazaar()

    for number, (name, arguments) in enumerate(history):
        await some.do(number, name, arguments)

    await some.require_sound()


apart = steps.filter(lambda step: step[0] not in ("merge", "unmerge", "restock"))


@tireless
@given(history=st.lists(apart, min_size=4, max_size=16))
async def test_whatever_happens_at_once_and_twice_points_and_stock_move_together(bazaar, history):
    some = await bazaar()
    first = [each for each in history if each[0] in ("reserve", "redeem", "give")]
    await asyncio.gather(*(some.do(number, *step) for number, step in enumerate(first)))

    await asyncio.gather(
        *(some.do(number, *step) for number, step in enumerate([*history, *history]))
    )

    await some.require_sound()


class Crash(Exception):
    """The service died right here."""


@contextlib.contextmanager
def crashing_at(db: Any, statement: int):
    """Everything ends before the statement of this number runs."""
    left = statement

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Crash

    event.listen(db.engine.sync_engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", count)


async def crash_everywhere(some: Bazaar, act: Callable[[], Awaitable[Any]]) -> int:
    """Run it until it crashes nowhere any more; how many steps there were."""
    before, number = await some.seen(), 0
    while True:
        number += 1
        try:
            with crashing_at(some.members.harness.db, number):
                await act()
            return number
        except Crash:
            assert await some.seen() == before


async def test_a_crash_before_any_step_leaves_nothing_half_done(bazaar):
    some = await bazaar()
    redeemed, reserved = await some.redeem("a", 0, "pen"), await some.reserve("b", 0, "pen")
    late = await some.reserve("c", 1, "cup")

    taken = [
        await crash_everywhere(some, act)
        for act in (
            lambda: some.redeem("k", 1, "pen", 2),
            lambda: some.reserve("l", 1, "mug"),
            lambda: some.within(lambda s: settling.confirm_redemption(s, reserved)),
            lambda: some.within(lambda s: settling.fail_redemptions(s, [redeemed])),
            lambda: some.within(lambda s: settling.release_redemption(s, late)),
            lambda: some.expire("", 10_000),
        )
    ]

    assert min(taken) > 5
    await some.require_sound()
    assert {code: row[1] for code, row in (await some.left()).items()} == {
        "mug": 0,
        "pen": 3,
        "cup": 0,
    }
