"""Whoever takes part: customers for themselves, the front line for those they see."""

from collections.abc import Sequence
from uuid import UUID

from kit.errors import InvalidInput, NotFound
from kit.graph.context import Info
from kit.idempotency import KEY_LENGTH
from kit.merging.mergers import current_ids
from kit.models import uuid5
from kit.written import checked_code
from loyalty.accounts.queries import members_by_customer
from loyalty.drafted import PREPARED, Drafted, kind_of

MOST_CODES = 20
DEVICE_LENGTH = 200
REQUESTS = UUID("6f63746f-7265-7175-8573-747300000000")


async def taking_part(info: Info, named: UUID | None) -> UUID:
    """The customer who takes part: the caller themselves, or whom they name and may see."""
    caller = info.context.caller
    if "customer" in caller.roles:
        own = caller.claimed_id("customer")
        if named is not None and named != own and await _of_today(info, named) != own:
            raise NotFound("customer", named)
        return own
    if named is None:
        raise InvalidInput("customerId", "says who it is for")
    current = await _of_today(info, named)
    if current not in await members_by_customer(info.context.db, [current], caller):
        raise NotFound("customer", named)
    return current


def may_see(info: Info, thing: Drafted) -> bool:
    """Customers see what they may take part in or could, others what is in their unit."""
    caller = info.context.caller
    if "customer" in caller.roles:
        return thing.state not in PREPARED
    return caller.sees(thing.unit)


def require_own(info: Info, thing: Drafted | None) -> None:
    """NotFound for what is not of the caller's unit or below it."""
    if thing is not None and not info.context.caller.sees(thing.unit):
        raise NotFound(kind_of(type(thing)), thing.code)


def request_of(customer: UUID, key: str) -> UUID:
    """The source of what somebody asks for: the same for the same customer and key."""
    if not 0 < len(key) <= KEY_LENGTH:
        raise InvalidInput("idempotencyKey", f"takes 1 to {KEY_LENGTH} characters")
    return uuid5(REQUESTS, f"{customer}:{key}")


def require_device(device: str) -> None:
    if len(device) > DEVICE_LENGTH:
        raise InvalidInput("device", f"takes up to {DEVICE_LENGTH} characters")


def require_few(field: str, codes: Sequence[str]) -> None:
    """So many codes as whom something is for may name."""
    if len(codes) > MOST_CODES:
        raise InvalidInput(field, f"are up to {MOST_CODES} codes")
    for number, each in enumerate(codes):
        checked_code(each, f"{field}[{number}]")


async def _of_today(info: Info, named: UUID) -> UUID:
    async with info.context.db.reading() as session:
        return (await current_ids(session, [named])).get(named, named)
