"""The supergraph as the planner sees it: who has which type, and who answers which field."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from gateway.supergraph.field_sets import Selection

Kind = Literal["object", "interface", "union", "leaf"]


class SupergraphInvalid(Exception):
    """The supergraph file is broken; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Subgraph:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Key:
    """A set of fields by which a subgraph knows an entity, and finds it again if resolvable."""

    fields: Selection
    text: str
    resolvable: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """One subgraph's word on a field: that it answers it, and on which terms."""

    type: str
    type_name: str
    external: bool = False
    requires: Selection | None = None
    provides: Selection | None = None
    label: str | None = None
    overrides: bool = False

    def stands(self, labels: frozenset[str]) -> bool:
        """Whether the field is answered here, given the override labels that are on."""
        if self.external:
            return False
        return self.label is None or (self.label in labels) == self.overrides


@dataclass(slots=True)
class Field:
    name: str
    type: str
    type_name: str
    offers: dict[str, Offer] = field(default_factory=dict)


@dataclass
class Type:
    """A type over all subgraphs; maps are by subgraph name."""

    name: str
    kind: Kind
    keys: dict[str, list[Key]] = field(default_factory=dict)
    interface_object_in: set[str] = field(default_factory=set)
    interfaces: dict[str, set[str]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    enum_values: frozenset[str] = frozenset()

    @property
    def is_abstract(self) -> bool:
        return self.kind in ("interface", "union")

    @cached_property
    def possible(self) -> tuple[str, ...]:
        """Concrete types that a value of this type can have in some subgraph."""
        if not self.is_abstract:
            return (self.name,)
        return tuple(dict.fromkeys(m for members in self.members.values() for m in members))

    @cached_property
    def all_interfaces(self) -> frozenset[str]:
        return frozenset[str]().union(*self.interfaces.values())


@dataclass(frozen=True, slots=True)
class Protection:
    """What the file demands of a caller, and what it says of a field's cost.

    `scopes` and `policies` are alternatives of conjunctions: any inner set suffices.
    """

    authenticated: bool = False
    scopes: tuple[frozenset[str], ...] = ()
    policies: tuple[frozenset[str], ...] = ()
    cost: float | None = None
    list_size: ListSize | None = None
    argument_costs: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ListSize:
    """@listSize of the cost specification."""

    assumed_size: int | None = None
    slicing_arguments: tuple[str, ...] = ()
    sized_fields: tuple[str, ...] = ()
    require_one_slicing_argument: bool = True


UNPROTECTED = Protection()
