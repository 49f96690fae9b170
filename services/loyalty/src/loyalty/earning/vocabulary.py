"""What conditions of earning rules may speak of, and how each fact is read."""

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
    require_choices,
)
from kit.predicates.tree import Compare, dump, walk
from loyalty.earning.happenings import Moment
from loyalty.members.models import KINDS, STATUSES

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FACTS: Final[dict[str, FactType]] = {
    "event.amount_minor": FactType.NUMBER,
    "event.currency": FactType.TEXT,
    "event.quantity": FactType.NUMBER,
    "event.products": FactType.SET_OF_TEXT,
    "event.touchpoint_kind": FactType.TEXT,
    "event.channel_code": FactType.TEXT,
    "event.partner_code": FactType.TEXT,
    "event.unit": FactType.TEXT,
    "member.tier": FactType.TEXT,
    "member.balance": FactType.NUMBER,
    "member.kind": FactType.TEXT,
    "member.status": FactType.TEXT,
    "member.unit": FactType.TEXT,
    "member.tags": FactType.SET_OF_TEXT,
    "member.clubs": FactType.SET_OF_TEXT,
    "time.date": FactType.DATE,
    "time.weekday": FactType.TEXT,
    "time.hour": FactType.NUMBER,
    "time.day": FactType.NUMBER,
    "time.month": FactType.NUMBER,
}
CHOICES: Final = {"time.weekday": WEEKDAYS, "member.kind": KINDS, "member.status": STATUSES}
PROPERTY: Final = "property."
ATTRIBUTE: Final = "attribute."
FAMILIES: Final = (PROPERTY, ATTRIBUTE)
MOVED_BY_EARNING: Final = ("member.tier", "member.balance")
ABOUT: Final = (
    "Facts: event.amount_minor, event.currency, event.quantity, event.products (set of codes), "
    "event.touchpoint_kind, event.channel_code, event.partner_code, event.unit, property.NAME of a "
    "touchpoint; member.tier, member.balance, member.kind, member.status, member.unit, member.tags "
    "(set), member.clubs (set of codes), attribute.NAME; time.date, time.weekday (monday to sunday), time.hour, time.day, "
    "time.month, by the member's clock."
)


def _event_reader(name: str) -> Any:
    member = name.removeprefix("event.")
    return lambda moment: getattr(moment.happening, member)


def _member_reader(name: str) -> Any:
    member = name.removeprefix("member.")
    return lambda moment: getattr(moment.member, member)


def _property_reader(name: str) -> Any:
    member = name.removeprefix(PROPERTY)
    return lambda moment: moment.happening.properties.get(member)


def _attribute_reader(name: str) -> Any:
    member = name.removeprefix(ATTRIBUTE)
    return lambda moment: moment.member.attributes.get(member)


ACCESSORS: Final[Accessors[Moment]] = Accessors(
    facts={
        **{name: _event_reader(name) for name in FACTS if name.startswith("event.")},
        **{name: _member_reader(name) for name in FACTS if name.startswith("member.")},
        "event.quantity": lambda moment: sum(each.quantity for each in moment.happening.lines),
        "event.products": lambda moment: {each.product_code for each in moment.happening.lines},
        "time.date": lambda moment: moment.day,
        "time.weekday": lambda moment: WEEKDAYS[moment.local.weekday()],
        "time.hour": lambda moment: moment.local.hour,
        "time.day": lambda moment: moment.local.day,
        "time.month": lambda moment: moment.local.month,
    },
    families={f"{PROPERTY}*": _property_reader, f"{ATTRIBUTE}*": _attribute_reader},
)


def checked(document: object, place: str = "condition") -> Checked:
    """A condition ready to be asked; InvalidInput names what is wrong in it."""
    predicate = parse(document, place)
    types = FACTS | inferred_types(predicate, FAMILIES, place)
    return check(predicate, Vocabulary(types), field=place)


def storable(predicate: Predicate, place: str = "condition") -> Any:
    """The JSON of a condition a person wrote, once it is known to be sound."""
    document = dump(predicate)
    checked(document, place)
    require_choices(predicate, CHOICES, place)
    return document


def asks_properties(predicate: Predicate) -> bool:
    """Whether it speaks of what touchpoints and feedback tell, and nothing else does."""
    return any(
        isinstance(node, Compare) and node.compare.fact.startswith(PROPERTY)
        for _, _, node in walk(predicate)
    )


def is_moved_by_earning(document: object) -> bool:
    """Whether what a condition says may change with what the member has just earned."""
    return any(
        isinstance(node, Compare) and node.compare.fact in MOVED_BY_EARNING
        for _, _, node in walk(parse(document))
    )
