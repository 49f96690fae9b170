"""Counting what becomes of vouchers, and keeping to the limits of their types."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from kit.bulk import insert_rows
from kit.database import AsyncSession
from kit.models import utcnow, uuid7
from loyalty.entity import table_of
from loyalty.voucher_types.models import VoucherMovement

FOLD: Final = text("""
WITH taken AS (
  SELECT id FROM voucher_movement ORDER BY id LIMIT 20000 FOR UPDATE SKIP LOCKED
), moved AS (
  DELETE FROM voucher_movement USING taken WHERE voucher_movement.id = taken.id
  RETURNING voucher_movement.*
)
INSERT INTO voucher_figure
  (type_id, made, issued, redeemed, returned, expired, outstanding, discount_minor)
SELECT type_id, sum(made), sum(issued), sum(redeemed), sum(returned), sum(expired),
  sum(outstanding), sum(discount_minor)
FROM moved GROUP BY type_id ORDER BY type_id
ON CONFLICT (type_id) DO UPDATE SET
  made = voucher_figure.made + excluded.made, issued = voucher_figure.issued + excluded.issued,
  redeemed = voucher_figure.redeemed + excluded.redeemed,
  returned = voucher_figure.returned + excluded.returned,
  expired = voucher_figure.expired + excluded.expired,
  outstanding = voucher_figure.outstanding + excluded.outstanding,
  discount_minor = voucher_figure.discount_minor + excluded.discount_minor
""")
TAKE: Final = text("""
UPDATE voucher_taken SET taken = taken + :times WHERE type_id = :type AND taken + :times <= most
RETURNING type_id
""")
LIMITED: Final = text("SELECT type_id FROM voucher_taken WHERE type_id = ANY (:types)")
GIVE_BACK: Final = text("UPDATE voucher_taken SET taken = taken - :times WHERE type_id = :type")


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of vouchers of one type."""

    type_id: UUID
    made: int = 0
    issued: int = 0
    redeemed: int = 0
    returned: int = 0
    expired: int = 0
    outstanding: int = 0
    discount_minor: int = 0


async def count_vouchers(session: AsyncSession, moved: Iterable[Moved]) -> None:
    """Count, in the transaction of what is counted; the same types are added up first."""
    sums: dict[UUID, Counter[str]] = {}
    for each in moved:
        changes = {name: value for name, value in asdict(each).items() if name != "type_id"}
        sums.setdefault(each.type_id, Counter()).update(changes)
    now = utcnow()
    rows = [
        {"id": uuid7(), "created_at": now, "type_id": type_id, **counted}
        for type_id, counted in sorted(sums.items())
        if any(counted.values())
    ]
    await insert_rows(session, table_of(VoucherMovement), rows)


async def fold_voucher_figures(session: AsyncSession) -> None:
    """Add up what was counted since: one statement, so that no reader sees half of it."""
    await session.execute(FOLD)


async def take(session: AsyncSession, times: Mapping[UUID, int]) -> set[UUID]:
    """Take vouchers of limited types, in the order of their ids; the types that are used up."""
    found = await session.execute(LIMITED, {"types": list(times)})
    used_up = set()
    for type_id in sorted(row.type_id for row in found):
        taken = await session.execute(TAKE, {"type": type_id, "times": times[type_id]})
        if taken.first() is None:
            used_up.add(type_id)
    return used_up


async def give_back(session: AsyncSession, times: Mapping[UUID, int]) -> None:
    """Make room again for what was taken and not used, in the order of the types' ids."""
    for type_id in sorted(times):
        await session.execute(GIVE_BACK, {"type": type_id, "times": times[type_id]})
