"""Keeping tiers as reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from customer.entity import table_of
from customer.identifiers.queries import survivors
from customer.profiles.changes import changes_of
from customer.tiers.models import CustomerTier
from kit.bulk import insert_rows, replacing
from kit.database import AsyncSession

NEWEST: Final = (
    f"ON CONFLICT (customer_id) DO UPDATE SET {replacing(('version', 'tier'))} "
    "WHERE excluded.version > customer_tier.version"
)


@dataclass(frozen=True, slots=True)
class TierReport:
    customer_id: UUID
    version: int
    tier: str


async def keep_tiers(session: AsyncSession, reports: Sequence[TierReport]) -> None:
    """Of two reports about a customer the one with the higher version counts."""
    known_by = await survivors(session, sorted({each.customer_id for each in reports}))
    newest: dict[UUID, TierReport] = {}
    for each in sorted(reports, key=lambda report: report.version):
        newest[known_by.get(each.customer_id, each.customer_id)] = each
    rows = [
        {"customer_id": customer_id, "version": each.version, "tier": each.tier}
        for customer_id, each in sorted(newest.items())
    ]
    kept = await insert_rows(session, table_of(CustomerTier), rows, NEWEST, "customer_id")
    changes = changes_of(session)
    for row in kept:
        changes.note(row.customer_id, ["tier"])
