"""Everything that changes what is known of members."""

from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert

from kit.database import AsyncSession
from loyalty.members.models import MemberFacts


async def remember_facts(session: AsyncSession, facts: Iterable[MemberFacts]) -> None:
    """Keep the newest facts of each member, whatever comes late."""
    newest: dict[object, MemberFacts] = {}
    for each in sorted(facts, key=lambda each: each.version):
        newest[each.customer_id] = each
    rows = [newest[customer].model_dump() for customer in sorted(newest, key=str)]
    wanted = insert(MemberFacts).values(rows)
    changed = {name: wanted.excluded[name] for name in rows[0] if name != "customer_id"}
    await session.execute(
        wanted.on_conflict_do_update(
            index_elements=["customer_id"],
            set_=changed,
            where=wanted.excluded.version > MemberFacts.version,
        )
    )
