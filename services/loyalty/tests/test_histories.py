"""Random histories: whatever happens to members, in whatever order, the ledger keeps its rules."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from kit.errors import IdempotencyKeyReused
from kit.models import utcnow, uuid7
from kit.reactions import Message
from loyalty.accounts.queries import account_ids
from loyalty.adjustments.commands import adjust_points
from loyalty.adjustments.models import Correction
from loyalty.points.commands.ageing import expire_points
from loyalty.points.commands.spending import spend_points
from loyalty.points.errors import NotEnoughPoints

LIFETIME_DAYS = 731
PLACED = "octoreach.channel.order.placed.v1"
CANCELLED = "octoreach.channel.order.cancelled.v1"

small = st.integers(0, 3)
steps = st.one_of(
    st.tuples(st.just("order"), small),
    st.tuples(st.just("cancel"), small),
    st.tuples(st.just("grant"), small),
    st.tuples(st.just("spend"), small),
    st.tuples(st.just("spend_other"), small),
    st.tuples(st.just("adjust"), small),
    st.tuples(st.just("age"), st.sampled_from([200, 400])),
)
histories = st.lists(steps, min_size=10, max_size=30)
tireless = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

ORDERS = (100, 55, 7, 0)
GRANTS = (10, 20, 30, 40)
SPENDS = (5, 60, 90, 130)
ADJUSTMENTS = (15, -10, 25, -70)


@dataclass
class Expected:
    """The same member, kept by the simplest rules there are."""

    position: int = 0
    lots: list[list] = field(default_factory=list)
    done: set = field(default_factory=set)
    expired: dict = field(default_factory=dict)

    @property
    def seen(self) -> dict[str, int]:
        return {"balance": max(self.position, 0), "debt": max(-self.position, 0)}

    def first(self, *what) -> bool:
        fresh = what not in self.done
        self.done.add(what)
        return fresh

    def move(self, points: int, name=None, first_of=None) -> None:
        self.position += points
        if points > 0:
            self.lots.append([LIFETIME_DAYS, points, name])
        in_order = sorted(self.lots, key=lambda lot: (lot[2] != first_of or not first_of, lot[0]))
        excess = sum(lot[1] for lot in self.lots) - max(self.position, 0)
        for lot in in_order:
            taken = min(excess, lot[1])
            lot[1] -= taken
            excess -= taken

    def order(self, number: int) -> None:
        if self.first("order", number) and ("cancel", number) not in self.done and ORDERS[number]:
            self.move(ORDERS[number], name=("order", number))

    def cancel(self, number: int) -> None:
        given = ORDERS[number] - self.expired.get(("order", number), 0)
        if self.first("cancel", number) and ("order", number) in self.done and given:
            self.move(-given, first_of=("order", number))

    def grant(self, number: int) -> None:
        if self.first("grant", number):
            self.move(GRANTS[number])

    def take(self, kind: str, number: int, points: int) -> None:
        if (kind, number) not in self.done and (points > 0 or self.position + points >= 0):
            self.first(kind, number)
            self.move(points)

    def age(self, days: int) -> None:
        for lot in self.lots:
            lot[0] -= days
        gone = {lot[2]: lot[1] for lot in self.lots if lot[0] <= 0}
        self.position -= sum(lot[1] for lot in self.lots if lot[0] <= 0)
        self.expired |= gone
        self.lots = [lot for lot in self.lots if lot[0] > 0]


class Life:
    """One member in the service, living through the same."""

    def __init__(self, members, customer, account) -> None:
        self.members, self.customer, self.account = members, customer, account
        self.orders = [uuid7() for _ in ORDERS]
        self.tasks = [uuid7() for _ in GRANTS]
        self.name = str(customer)

    async def order(self, number: int) -> None:
        await self.members.order(self.customer, ORDERS[number] * 100, order=self.orders[number])

    async def cancel(self, number: int) -> None:
        await self.members.cancel(self.customer, self.orders[number])

    async def grant(self, number: int) -> None:
        await self.members.grant(
            self.customer, self.tasks[number], kind="points", points=GRANTS[number]
        )

    async def by_hand(self, command, number: int, points: int, reason: str) -> None:
        db = self.members.harness.db
        await command(db, self.account, points, reason, f"{self.name} {number}")

    async def spend(self, number: int) -> bool:
        try:
            await self.by_hand(spend_points, number, SPENDS[number], "a mug")
        except NotEnoughPoints:
            return False
        return True

    async def spend_other(self, number: int) -> None:
        """The key of a spend with other content: refused, or too much anyway."""
        try:
            await self.by_hand(spend_points, number, 10**9, "a house")
        except (NotEnoughPoints, IdempotencyKeyReused):
            return
        raise AssertionError("a house was bought")

    async def adjust(self, number: int) -> None:
        key = f"{self.name} {number}"
        correction = Correction(self.account, ADJUSTMENTS[number], "put right", key)
        with contextlib.suppress(NotEnoughPoints):
            async with self.members.harness.db.transaction() as session:
                await adjust_points(session, correction, "somebody")

    async def age(self, days: int) -> None:
        async with self.members.harness.db.transaction() as session:
            await session.execute(
                text(
                    "UPDATE lot SET expires_at = expires_at - make_interval(days => :days), "
                    "due_at = due_at - make_interval(days => :days) "
                    "WHERE account_id = :account"
                ),
                {"days": days, "account": self.account},
            )
            while await expire_points(session):
                pass


async def a_life(members) -> Life:
    customer = await members.register()
    async with members.harness.db.reading() as session:
        return Life(members, customer, (await account_ids(session, [customer]))[customer])


@tireless
@given(history=histories)
async def test_a_member_has_what_the_simplest_rules_give_them(members, history):
    life, expected = await a_life(members), Expected()

    for step, number in history:
        await getattr(life, step)(number)
        if step == "spend":
            expected.take("spend", number, -SPENDS[number])
        elif step == "adjust":
            expected.take("adjust", number, ADJUSTMENTS[number])
        elif step != "spend_other":
            getattr(expected, step)(number)

    seen = await members.points(life.customer, "balance debt lots(first: 100) { remaining }")
    left = [lot[1] for lot in sorted(expected.lots, key=lambda lot: lot[0]) if lot[1]]
    assert seen == {**expected.seen, "lots": [{"remaining": each} for each in left]}
    assert await members.is_sound()


@tireless
@given(history=st.lists(steps.filter(lambda step: step[0] not in ("age", "adjust")), max_size=12))
async def test_everything_at_once_and_twice_adds_up(members, history):
    life = await a_life(members)

    outcomes = await asyncio.gather(
        *(getattr(life, step)(number) for step, number in [*history, *history])
    )

    told = dict.fromkeys(zip([*history, *history], outcomes, strict=True))
    did = set(history)
    earned = sum(
        points
        for number, points in enumerate(ORDERS)
        if ("order", number) in did and ("cancel", number) not in did
    )
    granted = sum(GRANTS[number] for step, number in did if step == "grant")
    spent = sum(SPENDS[n] for (step, n), succeeded in told if step == "spend" and succeeded)
    points = await members.points(life.customer)
    assert points["balance"] - points["debt"] == earned + granted - spent
    assert await members.is_sound()


@tireless
@given(
    deliveries=st.lists(st.tuples(st.booleans(), st.integers(0, 7)), max_size=40),
    cut=st.integers(1, 40),
)
async def test_orders_add_up_in_any_order_in_any_batches_however_often(members, deliveries, cut):
    lives = [await a_life(members) for _ in range(2)]
    event_ids = {each: uuid7() for each in set(deliveries)}
    messages = [_message(lives, event_ids, each) for each in deliveries]

    for batch in (messages[:cut], messages[cut:]):
        outcomes = await members.harness.running.hearing.hear(batch)
        assert [each.failure for each in outcomes] == [None] * len(batch)

    for which, life in enumerate(lives):
        placed = {
            number // 2 for cancels, number in deliveries if not cancels and number % 2 == which
        }
        gone = {number // 2 for cancels, number in deliveries if cancels and number % 2 == which}
        left = sum(ORDERS[number] for number in placed - gone)
        assert await members.points(life.customer) == {"balance": left, "debt": 0}
    assert await members.is_sound()


def _message(lives, event_ids, delivery) -> Message:
    cancels, number = delivery
    life, number = lives[number % 2], number // 2
    now = utcnow().isoformat()
    content = (
        f'{{"order_id": "{life.orders[number]}", "customer_id": "{life.customer}", '
        f'"amount_minor": {ORDERS[number] * 100}, "currency": "CNY", '
        f'"channel_code": "store", "partner_code": null, "unit": "hq.zj", "lines": [], '
        f'"placed_at": "{now}", "cancelled_at": "{now}"}}'
    )
    subject = CANCELLED if cancels else PLACED
    return Message(event_ids[delivery], subject, now, "", content.encode())


async def test_points_live_as_long_as_the_histories_think(members):
    life = await a_life(members)
    await life.order(0)

    lots = (await members.points(life.customer, "lots { expiresAt }"))["lots"]

    days = (datetime_of(lots[0]["expiresAt"]) - utcnow()) / timedelta(days=1)
    assert abs(days - LIFETIME_DAYS) < 2


def datetime_of(moment: str):
    return type(utcnow()).fromisoformat(moment)
