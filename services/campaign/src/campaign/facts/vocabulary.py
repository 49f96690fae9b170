"""What targeting rules may speak of, and how each fact of a customer is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kit.predicates import (
    Accessors,
    Checked,
    FactType,
    Predicate,
    Vocabulary,
    check,
    inferred_types,
    parse,
)
from kit.predicates.tree import dump

CUSTOMER: Final[dict[str, FactType]] = {
    "kind": FactType.TEXT,
    "status": FactType.TEXT,
    "unit": FactType.TEXT,
    "tier": FactType.TEXT,
    "tags": FactType.SET_OF_TEXT,
    "holdings": FactType.SET_OF_TEXT,
    "special_lists": FactType.SET_OF_TEXT,
    "segments": FactType.SET_OF_TEXT,
}
TOUCHPOINT: Final[dict[str, FactType]] = {
    "touchpoint.kind": FactType.TEXT,
    "touchpoint.channel_code": FactType.TEXT,
    "touchpoint.channel_kind": FactType.TEXT,
    "touchpoint.unit": FactType.TEXT,
}
ATTRIBUTE: Final = "attribute."
PROPERTY: Final = "property."
ABOUT_CUSTOMERS: Final = (
    "Facts: kind, status, unit, tier (texts), tags, holdings (product codes held now), "
    "special_lists, segments (codes) (sets of text), and attribute.NAME for each of the customer's attributes, "
    "which is of the type it is compared with."
)
ABOUT_TOUCHPOINTS: Final = (
    f"{ABOUT_CUSTOMERS} Also touchpoint.kind, touchpoint.channel_code, touchpoint.channel_kind, "
    "touchpoint.unit, and property.NAME for each property of the touchpoint event."
)


@dataclass(slots=True)
class Subject:
    """A customer as known now, and the touchpoint they are at."""

    kind: str
    status: str
    unit: str
    tier: str | None
    tags: frozenset[str]
    holdings: frozenset[str]
    special_lists: frozenset[str]
    attributes: Mapping[str, Any]
    segments: frozenset[str] = frozenset()
    touchpoint: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)


def _touchpoint_reader(name: str) -> Any:
    member = name.removeprefix("touchpoint.")
    return lambda subject: subject.touchpoint.get(member)


def _attribute_reader(name: str) -> Any:
    member = name.removeprefix(ATTRIBUTE)
    return lambda subject: subject.attributes.get(member)


def _property_reader(name: str) -> Any:
    member = name.removeprefix(PROPERTY)
    return lambda subject: subject.properties.get(member)


ACCESSORS: Final[Accessors[Subject]] = Accessors(
    facts={
        "kind": lambda subject: subject.kind,
        "status": lambda subject: subject.status,
        "unit": lambda subject: subject.unit,
        "tier": lambda subject: subject.tier,
        "tags": lambda subject: subject.tags,
        "holdings": lambda subject: subject.holdings,
        "special_lists": lambda subject: subject.special_lists,
        "segments": lambda subject: subject.segments,
        **{name: _touchpoint_reader(name) for name in TOUCHPOINT},
    },
    families={f"{ATTRIBUTE}*": _attribute_reader, f"{PROPERTY}*": _property_reader},
)


def checked(document: object, place: str, *, at_touchpoint: bool = False) -> Checked:
    """A stored rule, ready to be asked; InvalidInput names what is wrong in it."""
    predicate = parse(document, place)
    families = (ATTRIBUTE, PROPERTY) if at_touchpoint else (ATTRIBUTE,)
    declared = CUSTOMER | (TOUCHPOINT if at_touchpoint else {})
    facts = declared | inferred_types(predicate, families, place)
    return check(predicate, Vocabulary(facts), field=place)


def storable(predicate: Predicate, place: str, *, at_touchpoint: bool = False) -> Any:
    """The JSON of a rule a person wrote, once it is known to be sound."""
    document = dump(predicate)
    checked(document, place, at_touchpoint=at_touchpoint)
    return document
