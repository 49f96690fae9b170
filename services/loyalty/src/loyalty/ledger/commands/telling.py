"""Keeping what was found to be wrong, and telling of what was not known before."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession

log = get_logger(__name__)
KEEP: Final = """
INSERT INTO ledger_fault (kind, id, currency, month, found_at)
SELECT kind, id, currency, month, clock_timestamp() FROM ({found}) AS found
ORDER BY kind, id, currency, month ON CONFLICT DO NOTHING RETURNING kind
"""


async def keep_faults(
    session: AsyncSession, queries: Sequence[str], asked: Mapping[str, Any]
) -> int:
    """Keep what these find, and say in the log what nobody knew of; how many that were."""
    found = text(KEEP.format(found=" UNION ALL ".join(queries)))
    new = Counter(row.kind for row in await session.execute(found, dict(asked)))
    for kind in sorted(new):
        log.error("ledger_out_of_balance", kind=kind, found=new[kind])
    return new.total()
