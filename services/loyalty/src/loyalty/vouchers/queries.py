"""How vouchers are looked up, and what of them applies to a cart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import text, tuple_
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.models import utcnow
from kit.paging import Page, page
from loyalty.segments.queries import segments_of
from loyalty.tiers.models import NO_TIER
from loyalty.tiers.queries import all_tiers
from loyalty.voucher_types.models import VoucherType
from loyalty.voucher_types.queries import taken, types_by_id, types_by_single_code
from loyalty.vouchers.codes import as_unique, plain
from loyalty.vouchers.eligibility import Buyer, Candidate, not_for
from loyalty.vouchers.errors import VoucherRefused
from loyalty.vouchers.models import Voucher, VoucherRedemption, VoucherState, VoucherUse
from loyalty.vouchers.reasons import VoucherReason
from loyalty.vouchers.stacking import Applied, Line, stack

Source: TypeAlias = tuple[str, UUID, int]
STANDING: Final = text("""
SELECT account.unit, member_tier.tier_code FROM points_account AS account
LEFT JOIN member_tier USING (customer_id) WHERE customer_id = :customer
""")
USED: Final = text("""
SELECT use.type_id, count(*) AS times
FROM voucher_redemption AS redemption JOIN voucher_use AS use ON redemption_id = redemption.id
WHERE customer_id = :customer AND type_id = ANY (:types) AND use.state IN ('reserved', 'redeemed')
GROUP BY use.type_id
""")
ORDER: Final = text(
    "SELECT customer_id, cancelled_at FROM earning "
    "WHERE source_kind = 'order' AND source_id = :order"
)


@dataclass(frozen=True, slots=True)
class Cart:
    """What somebody wants to buy, and the codes they have for it; `partner` is whose till it is."""

    customer_id: UUID
    currency: str
    lines: Sequence[Line]
    codes: Sequence[str]
    partner: str | None = None

    @property
    def amount_minor(self) -> int:
        return sum(each.amount_minor for each in self.lines)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A voucher that applies."""

    code: str
    terms: VoucherType
    voucher: Voucher | None
    off: Applied


@dataclass(frozen=True, slots=True)
class Quote:
    """What a cart's codes take off, in the order they count, and why others don't."""

    cart: Cart
    unit: str
    applied: Sequence[Quoted]
    refused: Sequence[VoucherRefused]

    @property
    def discount_minor(self) -> int:
        return sum(each.off.discount_minor for each in self.applied)


def wrong_among(refused: Sequence[VoucherRefused]) -> int:
    """How many codes look like guesses."""
    guessed = (VoucherReason.UNKNOWN, VoucherReason.SOMEBODY_ELSES)
    return sum(each.reason in guessed for each in refused)


async def quote(session: AsyncSession, cart: Cart, now: datetime | None = None) -> Quote:
    """What the codes would take off now; NotFound for a customer without an account."""
    return await reckon(session, cart, await candidates(session, cart.codes), now or utcnow())


async def reckon(
    session: AsyncSession, cart: Cart, found: Sequence[Candidate], now: datetime
) -> Quote:
    """The same for codes that were looked up already."""
    buyer = await _buyer(session, cart, [each.terms for each in found if each.terms is not None])
    reasons: dict[int, VoucherReason] = {}
    wanted: dict[int, VoucherType] = {}
    seen: set[UUID] = set()
    for index, each in enumerate(found):
        reason = not_for(each, buyer, now)
        if reason is None and each.identity in seen:
            reason = VoucherReason.REPEATED
        if reason is not None:
            reasons[index] = reason
        elif each.terms is not None and each.identity is not None:
            wanted[index] = each.terms
            seen.add(each.identity)
    stacked = stack(cart.lines, wanted)
    reasons |= stacked.refused
    applied = [
        Quoted(cart.codes[each.index], wanted[each.index], found[each.index].voucher, each)
        for each in stacked.applied
    ]
    refused = [VoucherRefused(cart.codes[index], reasons[index]) for index in sorted(reasons)]
    return Quote(cart, buyer.unit, applied, refused)


async def candidates(
    session: AsyncSession, codes: Sequence[str], *, locked: bool = False
) -> list[Candidate]:
    """What each code stands for; `locked` vouchers stay as they are until the transaction ends."""
    typed = [plain(each) for each in codes]
    unique = {each: as_unique(each) for each in typed}
    asked = sorted({each for each in unique.values() if each})
    vouchers = await _vouchers_by_code(session, asked, locked=locked)
    types = await types_by_id(session, (each.type_id for each in vouchers.values()))
    public = await types_by_single_code(session, (each for each in typed if not unique[each]))
    found = []
    for each, meant in zip(codes, typed, strict=True):
        voucher = vouchers.get(unique[meant] or "")
        terms = public.get(meant) if voucher is None else types[voucher.type_id]
        found.append(Candidate(each, terms, voucher))
    return found


async def owners_of(session: AsyncSession, codes: Sequence[str]) -> set[UUID]:
    """The customers to whom any of the codes was issued."""
    found = await candidates(session, codes)
    return {each.voucher.customer_id for each in found if each.voucher and each.voucher.customer_id}


async def _vouchers_by_code(
    session: AsyncSession, codes: Sequence[str], *, locked: bool
) -> dict[str, Voucher]:
    if not codes:
        return {}
    wanted = select(Voucher).where(col(Voucher.code).in_(codes)).order_by(col(Voucher.id))
    if locked:
        wanted = wanted.with_for_update(key_share=True)
    rows = await session.exec(wanted.execution_options(populate_existing=True))
    return {each.code: each for each in rows.all()}


async def _buyer(session: AsyncSession, cart: Cart, types: Sequence[VoucherType]) -> Buyer:
    found = await session.execute(STANDING, {"customer": cart.customer_id})
    standing = found.first()
    if standing is None or standing.unit is None:
        raise NotFound("customer", cart.customer_id)
    by_tier = any(each.lowest_tier is not None for each in types)
    thresholds = {e.code: e.threshold for e in await all_tiers(session)} if by_tier else {}
    limited = sorted({each.id for each in types if each.most_redemptions is not None})
    so_far = await taken(session, limited) if limited else {}
    return Buyer(
        customer_id=cart.customer_id,
        unit=standing.unit,
        currency=cart.currency,
        tier=standing.tier_code or NO_TIER,
        thresholds=thresholds,
        segments=await _segments(session, cart.customer_id, types),
        used=await _used(session, cart.customer_id, types),
        used_up=frozenset(each for each, (times, most) in so_far.items() if times >= most),
        partner=cart.partner,
    )


async def _segments(
    session: AsyncSession, customer_id: UUID, types: Sequence[VoucherType]
) -> frozenset[str]:
    if not any(each.segments for each in types):
        return frozenset()
    return (await segments_of(session, [customer_id]))[customer_id]


async def _used(
    session: AsyncSession, customer_id: UUID, types: Sequence[VoucherType]
) -> dict[UUID, int]:
    limited = sorted({each.id for each in types if each.most_per_customer is not None})
    if not limited:
        return {}
    rows = await session.execute(USED, {"customer": customer_id, "types": limited})
    return {row.type_id: row.times for row in rows}


async def vouchers_by_source(
    session: AsyncSession, sources: Iterable[Source]
) -> dict[Source, Voucher]:
    """What each source has given by this number, as it is in the database."""
    asked = sorted(set(sources))
    if not asked:
        return {}
    key = tuple_(col(Voucher.source_kind), col(Voucher.source_id), col(Voucher.number))
    wanted = select(Voucher).where(key.in_(asked))
    rows = await session.exec(wanted.execution_options(populate_existing=True))
    return {
        (each.source_kind or "", each.source_id or each.id, each.number): each
        for each in rows.all()
    }


async def vouchers_of(
    session: AsyncSession,
    customer_id: UUID,
    state: VoucherState | None,
    first: int,
    after: str | None,
) -> Page[Voucher]:
    """A customer's own, the newest first."""
    mine = select(Voucher).where(Voucher.customer_id == customer_id)
    if state is not None:
        mine = mine.where(Voucher.state == state)
    return await page(session, mine, [Voucher.id], first=first, after=after)


async def redemption(session: AsyncSession, redemption_id: UUID) -> VoucherRedemption | None:
    return await session.get(VoucherRedemption, redemption_id)


async def uses_of(
    session: AsyncSession, redemptions: Sequence[UUID]
) -> dict[UUID, Sequence[VoucherUse]]:
    """The vouchers of each redemption, in the order they count."""
    wanted = (
        select(VoucherUse)
        .where(col(VoucherUse.redemption_id).in_(redemptions))
        .order_by(col(VoucherUse.redemption_id), col(VoucherUse.place))
    )
    found: dict[UUID, list[VoucherUse]] = {each: [] for each in redemptions}
    for each in (await session.exec(wanted)).all():
        found[each.redemption_id].append(each)
    return dict(found)


async def codes_by_source(
    session: AsyncSession, source_kind: str, source_ids: Sequence[UUID]
) -> dict[UUID, list[str]]:
    """The codes that each source has given, in the order of their numbers."""
    wanted = select(Voucher.source_id, Voucher.code).where(
        Voucher.source_kind == source_kind, col(Voucher.source_id).in_(source_ids)
    )
    codes: dict[UUID, list[str]] = {each: [] for each in source_ids}
    for source, code in await session.exec(wanted.order_by(col(Voucher.number))):
        codes[source or UUID(int=0)].append(code)
    return codes


async def codes_by_id(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    wanted = select(Voucher.id, Voucher.code).where(col(Voucher.id).in_(ids))
    return {row[0]: row[1] for row in (await session.exec(wanted)).all()}


async def bars_order(session: AsyncSession, order_id: UUID, customer_id: UUID) -> str | None:
    """Why the customer's vouchers can't be for this order, as far as was heard of it."""
    found = (await session.execute(ORDER, {"order": order_id})).first()
    if found is None:
        return None
    if found.customer_id != customer_id:
        return "The order is another customer's."
    return "The order was cancelled." if found.cancelled_at is not None else None
