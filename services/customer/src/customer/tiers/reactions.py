"""What the loyalty service reports of tiers."""

from uuid import UUID

from customer.tiers.commands import TierReport, keep_tiers
from kit.database import AsyncSession
from kit.events import Heard


class TierChanged(Heard):
    customer_id: UUID
    version: int
    to_tier: str


async def keep_reported_tiers(session: AsyncSession, events: list[TierChanged]) -> None:
    reports = [TierReport(each.customer_id, each.version, each.to_tier) for each in events]
    await keep_tiers(session, reports)
