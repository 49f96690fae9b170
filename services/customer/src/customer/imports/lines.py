"""Lines of a file, before and after they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from customer.attributes.models import Scalar
from customer.identifiers.queries import Key
from customer.memberships.models import GroupRole
from customer.profiles.facts import CustomerKind, CustomerStatus, GroupClass

Record: TypeAlias = Sequence[str | None]
Lists: TypeAlias = dict[str, list[Any]]
"""Entries of `listed`, by the name of the list."""


class Unusable(Exception):
    """A line that says nothing usable, and where."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Unreadable(NamedTuple):
    """A line that whoever read the file could make no record of."""

    reason: str
    text: str


class SaidConsent(NamedTuple):
    """A yes or no; without a moment it counts from the import on."""

    purpose: str
    channel_kind: str | None
    granted: bool
    since: datetime | None


class Named(NamedTuple):
    """A group, by an identifier in a column."""

    column: str
    key: Key


class SaidMembership(NamedTuple):
    """Somebody belongs to a group; without a moment from the import on."""

    group: Named
    role: GroupRole
    since: datetime | None


@dataclass(slots=True)
class InGroups:
    """What a line says about groups."""

    group_class: GroupClass | None = None
    account_manager: str | None = None
    parent: Named | None = None
    memberships: Sequence[SaidMembership] = ()

    def named(self) -> list[Key]:
        named = [each.group for each in self.memberships]
        return [each.key for each in ([*named, self.parent] if self.parent else named)]


@dataclass(slots=True)
class Line:
    """What one line says."""

    identifiers: list[Key]
    unit: str
    kind: CustomerKind
    time_zone: str
    name: str | None
    status: CustomerStatus | None
    attributes: dict[str, Scalar | None]
    holdings: list[tuple[str, bool]]
    tags: list[tuple[str, bool]]
    consents: list[SaidConsent]
    lists: Lists
    groups: InGroups | None = None
