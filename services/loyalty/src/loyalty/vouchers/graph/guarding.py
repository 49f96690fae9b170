"""Who may use vouchers for whom, and for how long somebody may guess."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

from kit.errors import NotFound
from kit.graph.context import Info
from kit.identity import Caller
from kit.merging.mergers import current_ids
from loyalty.accounts.queries import accounts_by_customer
from loyalty.vouchers.commands import guessing
from loyalty.vouchers.errors import VouchersDoNotApply
from loyalty.vouchers.queries import Quote, wrong_among

SCOPE: Final = "vouchers:redeem"
WRONG_BY_CUSTOMER: Final = 20
WRONG_BY_CALLER: Final = 300
T = TypeVar("T")
Act: TypeAlias = Callable[[], Awaitable[T]]


def require_scope(caller: Caller) -> None:
    """What partners' systems may do depends on their token; our own people need no scope."""
    if "partner" in caller.roles:
        caller.require_scope(SCOPE)


async def customer_of_today(info: Info, customer_id: UUID) -> UUID:
    """The customer's id of today, if the caller may see their account; NotFound otherwise."""
    context = info.context
    async with context.db.reading() as session:
        current = (await current_ids(session, [customer_id])).get(customer_id, customer_id)
    if not await accounts_by_customer(context.db, [current], context.caller):
        raise NotFound("customer", customer_id)
    return current


async def patiently(info: Info, customer_id: UUID, act: Act[T]) -> T:
    """Look codes up, unless the customer or the caller has tried too many wrong ones.

    Wrong ones are counted whatever else becomes of the request. Raises TooManyWrongCodes.
    """
    db, caller = info.context.db, info.context.caller
    askers = {f"customer:{customer_id}": WRONG_BY_CUSTOMER}
    if "customer" not in caller.roles:
        askers[f"caller:{caller.subject}"] = WRONG_BY_CALLER
    async with db.reading() as session:
        await guessing.require_patience(session, askers)
    wrong = 0
    try:
        answer = await act()
        wrong = wrong_among(answer.refused) if isinstance(answer, Quote) else 0
    except VouchersDoNotApply as refusal:
        wrong = wrong_among(refusal.refused)
        raise
    finally:
        if wrong:
            async with db.transaction() as session:
                await guessing.note_wrong_codes(session, askers, wrong)
    return answer
