"""Buckets that are emptied by asking and fill up again in time."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col

from customer.limits.models import PageBucket
from kit.database import AsyncSession, Database
from kit.models import utcnow

KEPT: Final = timedelta(hours=25)
"""Longer than any bucket takes to be full again."""
# Whichever way it lies: what seems to come was before the clock was put back.
FILLED: Final = "least($2, bucket.tokens + abs(extract(epoch FROM excluded.at - bucket.at)) * $3)"
TAKE: Final = f"""
    INSERT INTO page_bucket AS bucket (key, tokens, at) VALUES ($1, $2 - 1, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET tokens = {FILLED} - 1, at = excluded.at WHERE {FILLED} >= 1
    RETURNING 1
    """  # noqa: S608  # our own text
GIVE_BACK: Final = "UPDATE page_bucket SET tokens = least($2, tokens + 1) WHERE key = $1"


@dataclass
class Limit:
    """At most `most` at once for each who asks, and as many again in `seconds`.

    Who is refused changes nothing, however often they ask.
    """

    name: str
    most: int
    seconds: float

    async def allows(self, db: Database, who: str) -> bool:
        """One statement; nobody's address or id is kept, only a digest."""
        rows = await db.call(TAKE, self._key(who), float(self.most), self.most / self.seconds)
        return bool(rows)

    async def give_back(self, db: Database, who: str) -> None:
        """What they asked does not count after all."""
        await db.call(GIVE_BACK, self._key(who), float(self.most))

    def retry_at(self) -> datetime:
        """Who is refused now has one more by then."""
        return utcnow() + timedelta(seconds=self.seconds / self.most)

    def _key(self, who: str) -> UUID:
        told = hashlib.blake2b(f"{self.name}:{who}".encode(), digest_size=16)
        return UUID(bytes=told.digest())


async def forget_page_buckets(session: AsyncSession) -> None:
    """Those that are full again."""
    await session.execute(delete(PageBucket).where(col(PageBucket.at) < utcnow() - KEPT))
