"""What benefits look up."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import Page, page
from loyalty.benefits.asking import Quote
from loyalty.benefits.models import Benefit
from loyalty.currencies.models import Currency
from loyalty.lottery.models import Lottery, LotteryState
from loyalty.points.models import Posting, Programme
from loyalty.points.queries import costs

LOST = text("""
SELECT task_id FROM task_order WHERE task_id = ANY (:tasks)
GROUP BY task_id HAVING bool_and(cancelled_at IS NOT NULL)
""").bindparams(bindparam("tasks", type_=ARRAY(Uuid)))

LARGEST = text("""
SELECT packet.code, packet.currency, max(part.amount) AS amount
FROM red_packet AS packet JOIN red_packet_part AS part ON part.packet_id = packet.id
WHERE packet.code = ANY (:codes) AND packet.state = 'open' GROUP BY packet.code, packet.currency
""").bindparams(bindparam("codes", type_=ARRAY(Text)))


async def programme(session: AsyncSession) -> Programme:
    """What a point costs whoever grants it, and in which money."""
    return (await session.exec(select(Programme))).one()


async def wallet_for_money(session: AsyncSession) -> dict[str, str]:
    """The wallet currency that holds each money."""
    rows = await session.exec(select(Currency).where(Currency.kind == "money", Currency.spendable))
    return {row.money: row.code for row in sorted(rows, key=lambda row: row.code) if row.money}


async def largest_parts(session: AsyncSession, codes: Iterable[str]) -> dict[str, tuple[int, str]]:
    """What the largest part of each red packet that is open costs, in which money."""
    rows = (await session.execute(LARGEST, {"codes": sorted(set(codes))})).all()
    costs_of = await costs(session, (row.currency for row in rows))
    return {row.code: _cost(row.amount, costs_of[row.currency]) for row in rows}


def _cost(amount: int, of_one: tuple[int, str]) -> tuple[int, str]:
    return amount * of_one[0], of_one[1]


async def dearest_prizes(session: AsyncSession, codes: Iterable[str]) -> dict[str, Quote]:
    """What the dearest prize of each lottery that is open costs, tomorrow's prizes among them."""
    found = select(Lottery).where(
        col(Lottery.code).in_(sorted(set(codes))), Lottery.state == LotteryState.OPEN
    )
    rows = (await session.exec(found)).all()
    prizes = {row.code: [*row.prizes, *(row.next_prizes or ())] for row in rows}
    paid = {each["currency"] for some in prizes.values() for each in some if each["currency"]}
    costs_of = await costs(session, paid)
    return {code: _dearest(some, costs_of) for code, some in prizes.items()}


def _dearest(prizes: Iterable[dict[str, Any]], costs_of: dict[str, tuple[int, str]]) -> Quote:
    paid = [
        _cost(each["amount"], costs_of[each["currency"]]) for each in prizes if each["currency"]
    ]
    moneys = {money for _, money in paid}
    if len(moneys) > 1:
        return Quote(refused=f"its prizes cost {' and '.join(sorted(moneys))}")
    return Quote(max((cost for cost, _ in paid), default=0), "".join(moneys))


async def postings_by_key(session: AsyncSession, keys: Iterable[str]) -> dict[str, Posting]:
    rows = await session.exec(select(Posting).where(col(Posting.key).in_(list(keys))))
    return {row.key: row for row in rows}


async def tasks_without_orders(session: AsyncSession, tasks: Collection[UUID]) -> set[UUID]:
    """Those of the tasks whose orders have all been cancelled."""
    return set((await session.scalars(LOST, {"tasks": list(tasks)})).all())


async def benefits_for_update(session: AsyncSession, tasks: Iterable[UUID]) -> Sequence[Benefit]:
    """The benefits of these tasks, held in one order."""
    found = select(Benefit).where(col(Benefit.task_id).in_(list(tasks)))
    held = found.order_by(col(Benefit.task_id)).with_for_update()
    return (await session.exec(held.execution_options(populate_existing=True))).all()


async def bundles_with(session: AsyncSession, parts: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """The task of the bundle that each part is of, the parts given with whose they are."""
    theirs = select(Benefit).where(
        col(Benefit.customer_id).in_(set(parts.values())), Benefit.kind == "bundle"
    )
    rows = await session.exec(theirs)
    found = {UUID(part["id"]): row.task_id for row in rows for part in row.parts}
    return {each: found[each] for each in parts if each in found}


async def benefits_of(
    session: AsyncSession, customer: UUID, first: int, after: str | None
) -> Page[Benefit]:
    """A customer's benefits, the newest first."""
    mine = select(Benefit).where(Benefit.customer_id == customer)
    return await page(session, mine, [Benefit.id], first=first, after=after)
