"""Who may use vouchers for whom, once for each key, and for how long somebody may guess."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, TypeVar
from uuid import UUID

from kit.database import AsyncSession, Database
from kit.errors import InvalidInput, NotFound
from kit.idempotency import answered_before, remember_answer
from kit.identity import Caller
from kit.merging.mergers import current_ids
from loyalty.accounts.queries import members_by_customer
from loyalty.partners.queries import claimed_partner, require_active_partner
from loyalty.voucher_types.queries import types_by_id
from loyalty.vouchers import models, queries
from loyalty.vouchers.commands import guessing, spending
from loyalty.vouchers.errors import VouchersDoNotApply

SCOPE: Final = "vouchers:redeem"
WRONG_BY_CUSTOMER: Final = 20
WRONG_BY_CALLER: Final = 300
T = TypeVar("T")
Act: TypeAlias = Callable[[], Awaitable[T]]
Take: TypeAlias = Callable[[AsyncSession, queries.Cart], Awaitable[models.VoucherRedemption]]
Settle: TypeAlias = Callable[[AsyncSession], Awaitable[models.VoucherRedemption]]


async def require_open(db: Database, caller: Caller) -> None:
    """Forbidden at the till of a partner without the scope, or that is not active any more.

    Our own people need neither.
    """
    if "partner" in caller.roles:
        caller.require_scope(SCOPE)
        await require_active_partner(db, caller)


async def customer_of_today(db: Database, caller: Caller, customer_id: UUID) -> UUID:
    """The customer's id of today, if the caller may see their account; NotFound otherwise."""
    async with db.reading() as session:
        current = (await current_ids(session, [customer_id])).get(customer_id, customer_id)
    if not await members_by_customer(db, [current], caller):
        raise NotFound("customer", customer_id)
    return current


async def owner_of(db: Database, caller: Caller, codes: Sequence[str]) -> UUID:
    """Whose own the codes are; InvalidInput if they are nobody's, or of several."""
    asker = {f"caller:{caller.subject}": WRONG_BY_CALLER}
    async with _guessing(db, asker, len(codes)) as found:
        async with db.reading() as session:
            owners = await queries.owners_of(session, codes)
        found.wrong = 0 if len(owners) == 1 else len(codes)
    if len(owners) == 1:
        return owners.pop()
    raise InvalidInput("customer_id", "is needed: the codes are not one customer's own")


async def quoted(db: Database, caller: Caller, cart: queries.Cart) -> queries.Quote:
    """What the cart's codes would take off at this till."""
    asked = replace(cart, partner=claimed_partner(caller))

    async def look() -> queries.Quote:
        async with db.reading() as session:
            return await queries.quote(session, asked)

    return await _patiently(db, caller, cart, look)


async def taken(
    db: Database,
    caller: Caller,
    operation: str,
    key: str,
    content: Mapping[str, Any],
    cart: queries.Cart,
    take: Take,
) -> models.VoucherRedemption:
    """What `take` makes of the cart at this till, once per till and key."""
    partner = claimed_partner(caller)
    asked = replace(cart, partner=partner)

    async def once() -> models.VoucherRedemption:
        by = f"{operation}:{partner or caller.subject}"
        async with db.transaction() as session:
            if known := await answered_before(session, by, key, content):
                return await spending.locked_redemption(session, UUID(known["redemption_id"]))
            row = await take(session, asked)
            await remember_answer(session, by, key, {"redemption_id": str(row.id)})
        return row

    return await _patiently(db, caller, cart, once)


async def settled(
    db: Database, caller: Caller, redemption_id: UUID, settle: Settle
) -> models.VoucherRedemption:
    """What `settle` makes of a redemption that the caller may settle; NotFound otherwise."""
    await seen(db, caller, redemption_id)
    async with db.transaction() as session:
        return await settle(session)


async def seen(db: Database, caller: Caller, redemption_id: UUID) -> models.VoucherRedemption:
    """A redemption of a customer whom the caller may see, and of no other partner's till."""
    async with db.reading() as session:
        found = await queries.redemption(session, redemption_id)
        accepted = found is not None and await _accepts(session, claimed_partner(caller), found)
    if found is not None and accepted:
        try:
            await customer_of_today(db, caller, found.customer_id)
            return found
        except NotFound:
            pass
    raise NotFound("voucher redemption", redemption_id)


async def _accepts(
    session: AsyncSession, partner: str | None, redemption: models.VoucherRedemption
) -> bool:
    """Of what customers or our people have reserved, tills take what their partner accepts."""
    if partner is None or redemption.partner_code is not None:
        return partner in (None, redemption.partner_code)
    uses = (await queries.uses_of(session, [redemption.id]))[redemption.id]
    types = await types_by_id(session, (each.type_id for each in uses))
    return all(each.is_accepted_by(partner) for each in types.values())


async def _patiently(db: Database, caller: Caller, cart: queries.Cart, act: Act[T]) -> T:
    """Look codes up, unless the customer or the caller has tried too many wrong ones.

    Wrong ones are counted whatever else becomes of the request. Raises TooManyWrongCodes.
    """
    askers = {f"customer:{cart.customer_id}": WRONG_BY_CUSTOMER}
    if "customer" not in caller.roles:
        askers[f"caller:{caller.subject}"] = WRONG_BY_CALLER
    async with _guessing(db, askers, len(cart.codes)) as found:
        try:
            answer = await act()
        except VouchersDoNotApply as refusal:
            found.wrong = queries.wrong_among(refusal.refused)
            raise
        if isinstance(answer, queries.Quote):
            found.wrong = queries.wrong_among(answer.refused)
        return answer


@dataclass(slots=True)
class _Found:
    """How many codes turned out to be wrong."""

    wrong: int = 0


@asynccontextmanager
async def _guessing(db: Database, askers: Mapping[str, int], codes: int) -> AsyncGenerator[_Found]:
    """Codes count as wrong while they are looked up; afterwards those that were."""
    found = _Found()
    async with db.transaction() as session:
        guesses = await guessing.count_guesses(session, askers, codes)
    try:
        yield found
    finally:
        async with db.transaction() as session:
            await guessing.give_back_right(session, guesses, found.wrong)
