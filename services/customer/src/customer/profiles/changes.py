"""What a transaction has changed about customers: what follows from it looks here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from customer.profiles.facts import Fact, KnownFacts
from customer.profiles.models import Customer
from kit.database import AsyncSession

CHANGES: Final = "changes of customers"
EVERYTHING: Final = frozenset({"*"})
MARKS: Final = {"tags": "tag", "holdings": "product_code", "special_lists": "list"}
PLAIN: Final = {
    "kind": "kind",
    "status": "status",
    "unit": "unit",
    "group_class": "class",
    "account_manager": "account_manager",
    "parent_id": "parent_id",
}
"""What rules call the plain ones."""


@dataclass
class Changes:
    """By customer: the inputs of rules that read differently now, and those whose rows are at hand.

    An input is a fact's name, or for sets the fact and the member: `status`, `tags=vip`.
    """

    inputs: dict[UUID, set[str]] = field(default_factory=dict)
    customers: dict[UUID, KnownFacts] = field(default_factory=dict)

    def note(self, customer_id: UUID, inputs: Iterable[str]) -> None:
        self.inputs.setdefault(customer_id, set()).update(inputs)


def changes_of(session: AsyncSession) -> Changes:
    """What was noted in this transaction so far."""
    found: Changes = session.info.setdefault(CHANGES, Changes())
    return found


def taken_changes(session: AsyncSession) -> Changes | None:
    """The same, and from now on others; None if nothing was noted."""
    found: Changes | None = session.info.pop(CHANGES, None)
    return found if found and found.inputs else None


def note_newcomer(session: AsyncSession, customer: KnownFacts) -> None:
    changes = changes_of(session)
    changes.note(customer.id, EVERYTHING)
    changes.customers[customer.id] = customer


def note_changed(session: AsyncSession, customer: Customer) -> None:
    """What is told of somebody is asked about; everything, when nobody knows what it is."""
    changes = changes_of(session)
    changes.customers[customer.id] = customer
    if inspect(customer).modified or customer.id in changes.inputs:
        changes.note(customer.id, changed_inputs(customer))
    else:
        changes.note(customer.id, EVERYTHING)


@event.listens_for(Session, "before_flush")
def _note_before_it_is_flushed(session: Session, *_: object) -> None:
    """Afterwards nobody knows what was there."""
    changes: Changes | None = None
    for each in session.dirty:
        if isinstance(each, Customer):
            changes = changes or session.info.setdefault(CHANGES, Changes())
            changes.note(each.id, changed_inputs(each))


def changed_inputs(customer: Customer) -> set[str]:
    """The inputs of rules that read differently than in the database."""
    found: set[str] = set()
    state = inspect(customer)
    for name in (*PLAIN, *MARKS, "attributes", "consents"):
        history = state.attrs[name].history
        if history.has_changes():
            before = history.deleted[0] if history.deleted else None
            found |= _between(name, before, getattr(customer, name))
    return found


def _between(name: str, before: Any, after: Any) -> set[str]:
    if name in MARKS:
        old, new = _by_member(name, before), _by_member(name, after)
        members = {each for each in old.keys() | new.keys() if old.get(each) != new.get(each)}
        return {name, *(f"{name}={each}" for each in members)}
    if name == "attributes":
        old = before or {}
        names = old.keys() | after.keys()
        return {f"attribute.{each}" for each in names if old.get(each) != after.get(each)}
    if name == "consents":
        return {f"consent.{each['purpose']}" for each in [*(before or []), *after]}
    return {PLAIN[name]}


def _by_member(name: str, facts: list[Fact] | None) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for each in facts or []:
        found.setdefault(each[MARKS[name]], []).append(each)
    return found
