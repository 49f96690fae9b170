"""Issuing vouchers to customers: each source once, by its terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from structlog import get_logger

from kit.bulk import insert_rows
from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow, uuid7
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.entity import table_of
from loyalty.voucher_types.commands.counting import Moved, count_vouchers
from loyalty.voucher_types.models import VoucherCoding, VoucherType, VoucherTypeState
from loyalty.voucher_types.queries import types_by_code
from loyalty.vouchers.codes import new_codes
from loyalty.vouchers.events import VoucherIssued
from loyalty.vouchers.models import Voucher
from loyalty.vouchers.queries import Source, vouchers_by_source

log = get_logger(__name__)
TRIES: Final = 3
ONCE: Final = "ON CONFLICT DO NOTHING"
FROM_POOL: Final = text("""
WITH free AS (
  SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
    SELECT id FROM voucher
    WHERE type_id = :type AND pooled AND customer_id IS NULL AND state = 'open'
      AND (expires_at IS NULL OR expires_at > :now)
    ORDER BY id LIMIT :wanted FOR UPDATE SKIP LOCKED) AS found
), asked AS (
  SELECT * FROM unnest(CAST(:customers AS uuid[]), CAST(:kinds AS text[]),
    CAST(:sources AS uuid[]), CAST(:numbers AS int[]))
    WITH ORDINALITY AS each (customer_id, source_kind, source_id, number, place)
)
UPDATE voucher SET customer_id = asked.customer_id, issued_at = :now,
  source_kind = asked.source_kind, source_id = asked.source_id, number = asked.number,
  expires_at = least(voucher.expires_at, CAST(:expires_at AS timestamptz))
FROM free JOIN asked USING (place) WHERE voucher.id = free.id
""")


@dataclass(frozen=True, slots=True)
class NewVoucher:
    """A voucher that a customer is to have, and what for: each source gives one a number, ever."""

    voucher_type_code: str
    customer_id: UUID
    source_kind: str
    source_id: UUID
    number: int = 1

    @property
    def source(self) -> Source:
        return self.source_kind, self.source_id, self.number


@dataclass(frozen=True, slots=True)
class Issued:
    """The voucher's code; or why there is none.

    `refused` is unknown, not_live, ended, single_code or used_up.
    """

    source_id: UUID
    code: str | None
    refused: str | None = None
    voucher_id: UUID | None = None
    expires_at: datetime | None = None


async def issue_vouchers(session: AsyncSession, wanted: Sequence[NewVoucher]) -> list[Issued]:
    """Give each customer their voucher, in the order asked for; a repeat gets the first one.

    Announces `loyalty.voucher.issued` for each that is new.
    """
    types = await types_by_code(session, (each.voucher_type_code for each in wanted))
    before = await vouchers_by_source(session, (each.source for each in wanted))
    now = utcnow()
    refused: dict[Source, str] = {}
    todo: dict[Source, NewVoucher] = {}
    for each in sorted(wanted, key=lambda each: each.source):
        reason = _not_issued(types.get(each.voucher_type_code), now)
        if each.source not in before and reason is not None:
            refused[each.source] = reason
        elif each.source not in before:
            todo[each.source] = each
    fresh = await _give(session, list(todo.values()), types, now)
    return [_answer(each, (before | fresh).get(each.source), refused) for each in wanted]


def _not_issued(terms: VoucherType | None, now: datetime) -> str | None:
    if terms is None:
        return "unknown"
    if terms.coding == VoucherCoding.SINGLE:
        return "single_code"
    if terms.state != VoucherTypeState.LIVE:
        return "ended" if terms.state == VoucherTypeState.ENDED else "not_live"
    if terms.valid_until is not None and terms.valid_until <= now:
        return "ended"
    return None


def _answer(wanted: NewVoucher, found: Voucher | None, refused: dict[Source, str]) -> Issued:
    if found is None:
        return Issued(wanted.source_id, None, refused.get(wanted.source, "used_up"))
    return Issued(wanted.source_id, found.code, None, found.id, found.expires_at)


async def _give(
    session: AsyncSession, todo: Sequence[NewVoucher], types: dict[str, VoucherType], now: datetime
) -> dict[Source, Voucher]:
    """The vouchers of these sources, made or taken from the pool, and announced if they are new."""
    made = [each for each in todo if not types[each.voucher_type_code].pooled]
    pooled = [each for each in todo if types[each.voucher_type_code].pooled]
    ids = await _make(session, made, types, now)
    ids |= await _take_from_pools(session, pooled, types, now)
    found = await vouchers_by_source(session, (each.source for each in todo))
    terms = {each.id: each for each in types.values()}
    new = [each for each in found.values() if each.id in ids]
    for each in new:
        record(session, _announcement(each, terms[each.type_id]))
    await count_vouchers(
        session,
        [Moved(each.type_id, made=int(not each.pooled), issued=1, outstanding=1) for each in new],
    )
    return found


async def _make(
    session: AsyncSession, todo: Sequence[NewVoucher], types: dict[str, VoucherType], now: datetime
) -> set[UUID]:
    """Make what nobody has made meanwhile; a code that is there already is made anew."""
    ids: set[UUID] = set()
    missing = list(todo)
    for _ in range(TRIES):
        codes = new_codes(len(missing))
        rows = [
            _row(each, types[each.voucher_type_code], code, now)
            for each, code in zip(missing, codes, strict=True)
        ]
        made = await insert_rows(session, table_of(Voucher), rows, ONCE, "id")
        ids |= {row.id for row in made}
        there = await vouchers_by_source(session, (each.source for each in missing))
        missing = [each for each in missing if each.source not in there]
        if not missing:
            break
    return ids


def _row(wanted: NewVoucher, terms: VoucherType, code: str, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "created_at": now,
        "type_id": terms.id,
        "code": code,
        "pooled": False,
        "state": "open",
        "customer_id": wanted.customer_id,
        "issued_at": now,
        "expires_at": expiry(terms, now),
        "source_kind": wanted.source_kind,
        "source_id": wanted.source_id,
        "number": wanted.number,
    }


def expiry(terms: VoucherType, at: datetime) -> datetime | None:
    """When a voucher issued at that time is good no more; None for never."""
    begins = at if terms.valid_from is None else max(at, terms.valid_from)
    days = None if terms.days_valid is None else begins + timedelta(days=terms.days_valid)
    return min((each for each in (days, terms.valid_until) if each is not None), default=None)


async def _take_from_pools(
    session: AsyncSession, todo: Sequence[NewVoucher], types: dict[str, VoucherType], now: datetime
) -> set[UUID]:
    if not todo:
        return set()
    customers = {each.customer_id for each in todo}
    await open_accounts(session, customers)
    await hold_accounts(session, customers)
    there = await vouchers_by_source(session, (each.source for each in todo))
    by_type: dict[str, list[NewVoucher]] = {}
    for each in todo:
        if each.source not in there:
            by_type.setdefault(each.voucher_type_code, []).append(each)
    for code in sorted(by_type):
        asked = {"type": types[code].id, "now": now, "expires_at": expiry(types[code], now)}
        asked |= {"wanted": len(by_type[code])}
        asked |= {"customers": [each.customer_id for each in by_type[code]]}
        asked |= {"kinds": [each.source_kind for each in by_type[code]]}
        asked |= {"sources": [each.source_id for each in by_type[code]]}
        asked |= {"numbers": [each.number for each in by_type[code]]}
        await session.execute(FROM_POOL, asked)
    found = await vouchers_by_source(session, (each.source for each in todo))
    short = len(todo) - len(found)
    if short:
        log.warning("voucher_pool_is_empty", types=sorted(by_type), short=short)
    return {each.id for source, each in found.items() if source not in there}


def _announcement(voucher: Voucher, terms: VoucherType) -> VoucherIssued:
    customer, kind, source = voucher.customer_id, voucher.source_kind, voucher.source_id
    assert customer is not None and kind is not None and source is not None  # noqa: S101, PT018  # it was found by them
    return VoucherIssued(
        voucher_id=voucher.id,
        customer_id=customer,
        voucher_type_code=terms.code,
        voucher_type_name=terms.name,
        expires_at=voucher.expires_at,
        source_kind=kind,
        source_id=source,
    )
