"""Asking rules again of the customers a transaction has changed, before it commits."""

import time
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from prometheus_client import Counter, Histogram
from sqlalchemy import ARRAY, Text, Uuid, bindparam, text, update

from customer.activity.models import LONGEST_WINDOW
from customer.entity import table_of
from customer.profiles.changes import Changes, taken_changes
from customer.profiles.commands import announce
from customer.profiles.events import CustomerChanged, facts_of
from customer.profiles.facts import KnownFacts
from customer.profiles.models import Customer
from customer.profiles.queries import customers_for_update
from customer.reckoning.answers import Known, Turned, ask
from customer.reckoning.rulebook import Rulebook, rulebook
from customer.rules.models import RuleDue
from customer.rules.subject import Subject
from customer.segments.membership import Moves, move_members
from kit.bulk import document, insert_rows, sent
from kit.database import AsyncSession
from kit.events import record
from kit.metrics import SECONDS
from kit.models import utcnow

asked = Counter("customers_reckoned_total", "Customers of whom rules were asked again.")
seconds = Histogram(
    "reckoning_duration_seconds",
    "Time to ask rules again of the customers of one transaction.",
    buckets=SECONDS,
)
KNOWN: Final = text(
    """
    SELECT asked.id,
        (SELECT tier FROM customer_tier AS tier WHERE tier.customer_id = asked.id) AS tier,
        ARRAY(
            SELECT segment_id FROM segment_member AS member WHERE member.customer_id = asked.id
        ) AS segments,
        (
            SELECT jsonb_agg(jsonb_build_array(measure, day, total)) FROM activity_day AS activity
            WHERE activity.customer_id = asked.id AND measure = ANY(:measures) AND day >= :oldest
        ) AS activity,
        ARRAY(SELECT rule_id FROM rule_due AS due WHERE due.customer_id = asked.id
            ORDER BY rule_id) AS due_rules,
        ARRAY(SELECT due_at FROM rule_due AS due WHERE due.customer_id = asked.id
            ORDER BY rule_id) AS due_times
    FROM unnest(:ids) AS asked (id)
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("measures", type_=ARRAY(Text)))
_sent = sent(table_of(Customer), ("id", "version", "tags", "tags_expire_at"))
_retag = (
    update(table_of(Customer))
    .where(table_of(Customer).c.id == _sent.c.id)
    .values(version=_sent.c.version, tags=_sent.c.tags, tags_expire_at=_sent.c.tags_expire_at)
)
SOONER: Final = (
    "ON CONFLICT (customer_id, rule_id) DO UPDATE SET due_at = excluded.due_at "
    "WHERE excluded.due_at < rule_due.due_at"
)


async def reckon(session: AsyncSession) -> None:
    """Have tags, memberships and what is due follow from what this transaction has changed."""
    changes = taken_changes(session)
    if changes is None:
        return
    book = await rulebook(session)
    affected = {each: inputs for each, inputs in changes.inputs.items() if book.reading(inputs)}
    if not affected:
        return
    started = time.perf_counter()
    customers = await _at_hand(session, changes, affected)
    await _reckon(session, book, affected, customers)
    taken_changes(session)
    asked.inc(len(customers))
    seconds.observe(time.perf_counter() - started)


async def _at_hand(
    session: AsyncSession, changes: Changes, ids: Iterable[UUID]
) -> dict[UUID, KnownFacts]:
    """The customers, locked; those whom nobody has registered yet are left out."""
    await session.flush()
    found = {each: changes.customers[each] for each in ids if each in changes.customers}
    if missing := [each for each in ids if each not in found]:
        locked = await customers_for_update(session, missing)
        found |= {each: customer for each, customer in locked.items() if customer.id == each}
    return found


async def _reckon(
    session: AsyncSession,
    book: Rulebook,
    inputs: dict[UUID, set[str]],
    customers: dict[UUID, KnownFacts],
) -> None:
    customers = {each: one for each, one in customers.items() if not one.is_restricted}
    today = utcnow().date()
    turned: dict[UUID, Turned] = {}
    for row in await _known(session, book, list(customers), today):
        subject = Subject(customers[row.id], today, row.tier, _by_measure(row.activity))
        known = Known(set(row.segments), dict(zip(row.due_rules, row.due_times, strict=True)))
        turned[row.id] = ask(book, inputs[row.id], subject, known)
    await _announce_tagged(session, [customers[each] for each, t in turned.items() if t.tags])
    moves = Moves()
    for customer_id, each in turned.items():
        moves.add(customer_id, each.joined, each.left)
    await move_members(session, moves)
    await _keep_dues(session, turned)


async def _known(
    session: AsyncSession, book: Rulebook, ids: Sequence[UUID], today: date
) -> Sequence[Any]:
    longest = max(book.measures.values(), default=LONGEST_WINDOW)
    found = await session.execute(
        KNOWN,
        {
            "ids": sorted(ids),
            "measures": list(book.measures),
            "oldest": today - timedelta(days=longest - 1),
        },
    )
    return found.all()


def _by_measure(activity: list[list[Any]] | None) -> dict[str, dict[date, int]]:
    found: dict[str, dict[date, int]] = {}
    for measure, day, total in activity or ():
        found.setdefault(measure, {})[date.fromisoformat(day)] = total
    return found


async def _announce_tagged(session: AsyncSession, customers: Sequence[KnownFacts]) -> None:
    announce(session, [each for each in customers if isinstance(each, Customer)])
    newcomers = [each for each in customers if not isinstance(each, Customer)]
    for each in newcomers:
        each.version += 1
        record(session, CustomerChanged(**facts_of(each)))
    if newcomers:
        rows = [
            {name: getattr(each, name) for name in ("id", "version", "tags", "tags_expire_at")}
            for each in newcomers
        ]
        await session.execute(_retag, document(rows))


async def _keep_dues(session: AsyncSession, turned: dict[UUID, Turned]) -> None:
    rows = [
        {"customer_id": customer_id, "rule_id": rule_id, "due_at": due}
        for customer_id, each in sorted(turned.items())
        for rule_id, due in sorted(each.dues.items())
    ]
    await insert_rows(session, table_of(RuleDue), rows, SOONER)
