"""Random histories: whatever is done with vouchers, also at once, everything adds up."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from kit.errors import Conflict
from kit.models import utcnow, uuid7
from loyalty.voucher_types.commands.counting import fold_voucher_figures
from loyalty.vouchers.commands import NewVoucher, issue_vouchers
from loyalty.vouchers.commands.expiring import expire_vouchers
from loyalty.vouchers.commands.freeing import end_voucher_reservations, release_vouchers
from loyalty.vouchers.commands.spending import redeem_reserved, redeem_vouchers, reserve_vouchers
from loyalty.vouchers.errors import VouchersDoNotApply
from loyalty.vouchers.queries import Cart
from loyalty.vouchers.stacking import Line

# Columns that have to be equal, one row per type.
SUMS = """
SELECT type.code,
  coalesce(figure.issued, 0) AS issued,
  (SELECT count(*) FROM voucher WHERE type_id = type.id AND customer_id IS NOT NULL) AS given,
  coalesce(figure.outstanding, 0) AS outstanding,
  (SELECT count(*) FROM voucher WHERE type_id = type.id AND state IN ('open', 'reserved')) AS left,
  coalesce(figure.expired, 0) AS expired,
  (SELECT count(*) FROM voucher WHERE type_id = type.id AND state = 'expired') AS over,
  coalesce(figure.redeemed - figure.returned, 0) AS used,
  (SELECT count(*) FROM voucher_use WHERE type_id = type.id AND state = 'redeemed') AS uses,
  coalesce(figure.discount_minor, 0) AS discount,
  (SELECT coalesce(sum(use.discount_minor), 0) FROM voucher_use AS use
    JOIN voucher_redemption AS redemption ON redemption.id = redemption_id
    WHERE type_id = type.id AND redemption.state = 'redeemed') AS off,
  coalesce(taken.taken, 0) AS taken,
  (SELECT count(*) FROM voucher_use WHERE type_id = type.id AND taken.taken IS NOT NULL
    AND state IN ('reserved', 'redeemed')) AS held
FROM voucher_type AS type LEFT JOIN voucher_figure AS figure ON figure.type_id = type.id
LEFT JOIN voucher_taken AS taken ON taken.type_id = type.id
"""
STATES = """
SELECT count(*) FROM voucher LEFT JOIN voucher_use AS use
  ON voucher_id = voucher.id AND use.state IN ('reserved', 'redeemed')
WHERE (voucher.state IN ('reserved', 'redeemed')) <> (use.state IS NOT NULL)
  OR use.state <> voucher.state
"""
some = st.integers(0, 3)
step = st.one_of(
    st.tuples(st.just("issue"), some, some),
    *[st.tuples(st.just("reserve"), some, some)] * 3,
    *[st.tuples(st.just("redeem"), some, some)] * 2,
    *[st.tuples(st.just("redeem_reserved"), some, some)] * 3,
    st.tuples(st.just("release"), some, some),
    st.tuples(st.just("cancel"), some, some),
    st.tuples(st.just("time_out"), some, some),
    st.tuples(st.just("expire"), some, some),
)
histories = st.lists(st.lists(step, min_size=1, max_size=4), min_size=4, max_size=8)
tireless = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Life:
    """Two customers with two vouchers each to begin with, four orders, and a public code."""

    def __init__(self, members: Any, customers: list[UUID]) -> None:
        self.members, self.customers = members, customers
        self.sources = [uuid7() for _ in range(4)]
        self.orders = [uuid7() for _ in range(4)]
        self.codes: list[list[str]] = [["MANY40"], ["MANY40"]]
        self.reserved: list[UUID] = []

    async def act(self, name: str, one: int, other: int) -> None:
        with contextlib.suppress(VouchersDoNotApply, Conflict):
            if name == "cancel":
                await self.members.cancel(self.customers[0], self.orders[one])
                return
            async with self.members.harness.db.transaction() as session:
                await getattr(self, name)(session, one, other)

    def cart(self, one: int, other: int) -> Cart:
        mine = self.codes[one % 2]
        codes = sorted({mine[each % len(mine)] for each in (one, other)})
        lines = [Line("plan", 1, 10_000), Line("case", 2, 1_999)]
        return Cart(self.customers[one % 2], "CNY", lines, codes)

    async def issue(self, session: Any, one: int, other: int) -> None:
        kind = ("ten", "third")[other % 2]
        wanted = NewVoucher(kind, self.customers[one % 2], kind, self.sources[one])
        (issued,) = await issue_vouchers(session, [wanted])
        self.codes[one % 2].append(issued.code or "")

    async def reserve(self, session: Any, one: int, other: int) -> None:
        row = await reserve_vouchers(session, self.cart(one, other), "test", seconds=600)
        self.reserved.append(row.id)

    async def redeem(self, session: Any, one: int, other: int) -> None:
        await redeem_vouchers(session, self.cart(one, other), "test", self.orders[other])

    async def redeem_reserved(self, session: Any, one: int, other: int) -> None:
        if self.reserved:
            kept = self.reserved[one % len(self.reserved)]
            await redeem_reserved(session, kept, self.orders[other], "till")

    async def release(self, session: Any, one: int, other: int) -> None:
        if self.reserved:
            await release_vouchers(session, self.reserved[other % len(self.reserved)])

    async def time_out(self, session: Any, one: int, other: int) -> None:
        await end_voucher_reservations(session, utcnow() + timedelta(minutes=5 * one))

    async def expire(self, session: Any, one: int, other: int) -> None:
        await expire_vouchers(session, utcnow() + timedelta(days=10 * one))


async def rows(members: Any, sql: str) -> list[Any]:
    async with members.harness.db.reading() as session:
        return list((await session.execute(text(sql))).all())


@given(history=histories)
@tireless
async def test_whatever_is_done_with_vouchers_also_at_once_everything_adds_up(
    members: Any, vouchers: Any, history: list[list[tuple[str, int, int]]]
) -> None:
    if not await rows(members, "SELECT code FROM voucher_type"):
        await vouchers.a_type(daysValid=25)
        third = {"discount": "PERCENTAGE", "basisPoints": 3333, "returns": False}
        await vouchers.a_type("third", daysValid=15, **third)
        await vouchers.a_type("public", coding="SINGLE", singleCode="MANY40", mostRedemptions=40)
    life = Life(members, [await members.register(), await members.register()])
    for number in range(4):
        await life.act("issue", number, number // 2)

    for at_once in history:
        await asyncio.gather(*(life.act(*each) for each in at_once))

    await members.harness.turn(fold_voucher_figures)
    for _, *pairs in await rows(members, SUMS):
        assert pairs[::2] == pairs[1::2]
    assert (await rows(members, STATES))[0][0] == 0
