"""Everything that changes who a customer is; the other features change what holds of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from customer.attributes import models as attributes
from customer.attributes.queries import types_of
from customer.entity import table_of
from customer.identifiers.errors import IdentifierTaken
from customer.identifiers.models import Identifier, checked_scheme, normalised, sampling_key
from customer.identifiers.queries import Key
from customer.profiles.changes import note_changed, note_newcomer
from customer.profiles.events import CustomerChanged, CustomerRegistered, facts_of
from customer.profiles.facts import CustomerKind, CustomerStatus, Fact, KnownFacts
from customer.profiles.models import Customer, Newcomer
from customer.profiles.queries import customer_for_update
from kit.bulk import insert_new_rows
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.events import record
from kit.identity import Caller
from kit.models import utcnow
from kit.units import checked_unit

LONGEST_NAME: Final = 200
MOST_IDENTIFIERS: Final = 50
DEFAULT_TIME_ZONE: Final = "Asia/Shanghai"
COLUMNS: Final = tuple(column.name for column in table_of(Customer).columns)


@dataclass(frozen=True)
class NewCustomer:
    """What is told of somebody new; nothing of it is checked yet."""

    unit: str
    identifiers: Sequence[tuple[str, str]]
    verified: Collection[int] = ()
    """The places of those identifiers that were checked to be theirs."""
    kind: CustomerKind = CustomerKind.INDIVIDUAL
    status: CustomerStatus = CustomerStatus.PROSPECT
    name: str | None = None
    time_zone: str = DEFAULT_TIME_ZONE
    attributes: Mapping[str, str | None] = field(default_factory=dict)


async def register_customer(session: AsyncSession, new: NewCustomer) -> Newcomer:
    """Somebody new; IdentifierTaken when they are known by one of the identifiers."""
    keys = checked_identifiers(new)
    declared = await types_of(session, new.attributes)
    customer = newcomer(
        keys[0],
        unit=checked_unit(new.unit),
        kind=new.kind,
        status=new.status,
        time_zone=checked_time_zone(new.time_zone),
        name=checked_personal_name(new.name),
    )
    for scheme, value in keys[1:]:
        customer.identify(scheme, value)
    for place in new.verified:
        customer.verify(*keys[place], customer.created_at)
    customer.put_attributes(attributes.read_all(declared, new.attributes, "attributes"))
    await register(session, [customer])
    return customer


def newcomer(first: tuple[str, str], **known: Any) -> Newcomer:
    """Somebody not registered yet, known by their first identifier."""
    scheme, value = first
    named = [{"scheme": scheme, "value": value}]
    return Newcomer(identifiers=named, sampling_key=sampling_key(scheme, value), **known)


async def register(session: AsyncSession, customers: Sequence[Newcomer]) -> None:
    """Register newcomers, and tell the platform; IdentifierTaken if one is known already."""
    rows = [{name: getattr(each, name) for name in COLUMNS} for each in customers]
    await insert_new_rows(session, table_of(Customer), rows)
    await claim_identifiers(session, ((each, each.identifiers) for each in customers))
    for each in customers:
        record(session, CustomerRegistered(**facts_of(each)))
        note_newcomer(session, each)


async def claim_identifiers(
    session: AsyncSession, claims: Iterable[tuple[KnownFacts, Sequence[Fact]]]
) -> None:
    """Give each customer the identifiers, or raise IdentifierTaken for the first that is taken."""
    rows = [
        {"scheme": each["scheme"], "value": each["value"], "customer_id": customer.id}
        for customer, identifiers in claims
        for each in identifiers
    ]
    rows.sort(key=lambda row: (row["scheme"], row["value"]))
    claimed = await insert_new_rows(session, table_of(Identifier), rows)
    if len(claimed) < len(rows):
        got = {(row.scheme, row.value) for row in claimed}
        taken = next(row for row in rows if (row["scheme"], row["value"]) not in got)
        raise IdentifierTaken(taken["scheme"])


def announce(session: AsyncSession, customers: Sequence[Customer]) -> None:
    """Take the version up, and tell the platform all that holds of them now."""
    for each in customers:
        note_changed(session, each)
        each.version += 1
        record(session, CustomerChanged(**facts_of(each)))


async def set_attributes(
    session: AsyncSession, customer_id: UUID, values: Mapping[str, str | None], caller: Caller
) -> Customer:
    """Set attributes by name; None forgets one. InvalidInput names what is undeclared or wrong."""
    declared = await types_of(session, values)
    known = attributes.read_all(declared, values, "attributes")
    customer = await customer_for_update(session, customer_id, caller)
    if customer.put_attributes(known):
        announce(session, [customer])
    return customer


async def add_identifier(
    session: AsyncSession, customer_id: UUID, key: Key, caller: Caller, *, verified: bool
) -> Customer:
    """One more identifier, or the mark that one was checked; what is known changes nothing."""
    customer = await customer_for_update(session, customer_id, caller)
    new = customer.identify(*key)
    if new and len(customer.identifiers) > MOST_IDENTIFIERS:
        raise InvalidInput("identifier", f"a customer has at most {MOST_IDENTIFIERS} identifiers")
    if new:
        await claim_identifiers(session, [(customer, [{"scheme": key[0], "value": key[1]}])])
    if (verified and customer.verify(*key, utcnow())) or new:
        announce(session, [customer])
    return customer


def checked_identifiers(new: NewCustomer) -> list[Key]:
    """As they are compared; InvalidInput names the one that is none."""
    if not 1 <= len(new.identifiers) <= MOST_IDENTIFIERS:
        raise InvalidInput("identifiers", f"takes 1 to {MOST_IDENTIFIERS}")
    return [
        checked_identifier(scheme, value, f"identifiers.{place}")
        for place, (scheme, value) in enumerate(new.identifiers)
    ]


def checked_identifier(
    scheme: str, value: str, field: str, called: str = "value"
) -> tuple[str, str]:
    """As it is compared; `called` is the name of the value in the input."""
    checked_scheme(scheme, f"{field}.scheme")
    try:
        return scheme, normalised(scheme, value)
    except ValueError as wrong:
        raise InvalidInput(f"{field}.{called}", str(wrong)) from wrong


def checked_time_zone(name: str, field: str = "timeZone") -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise InvalidInput(field, "is a time zone such as Asia/Shanghai") from unknown


def checked_personal_name(name: str | None, field: str = "name") -> str | None:
    if name is None:
        return None
    name = name.strip()
    if not attributes.storable(name, LONGEST_NAME):
        raise InvalidInput(field, f"is a text of 1 to {LONGEST_NAME} characters")
    return name
