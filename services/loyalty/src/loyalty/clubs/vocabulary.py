"""What the rule of a club may ask of members, and where each fact is found."""

from typing import Any, Final

from sqlalchemy import ColumnElement, func, select

from kit.predicates import (
    Checked,
    Columns,
    FactType,
    Members,
    Predicate,
    Vocabulary,
    check,
    inferred_types,
    json_value,
    parse,
    require_choices,
    to_sql,
)
from kit.predicates.tree import dump
from loyalty.entity import table_of
from loyalty.members.models import KINDS, STATUSES, MemberFacts
from loyalty.segments.models import MemberSegment
from loyalty.tiers.models import NO_TIER, MemberTier

FACTS: Final[dict[str, FactType]] = {
    "member.kind": FactType.TEXT,
    "member.status": FactType.TEXT,
    "member.unit": FactType.TEXT,
    "member.tier": FactType.TEXT,
    "member.tags": FactType.SET_OF_TEXT,
    "member.segments": FactType.SET_OF_TEXT,
}
CHOICES: Final = {"member.kind": KINDS, "member.status": STATUSES}
ATTRIBUTE: Final = "attribute."
ABOUT: Final = (
    "Facts: member.kind, member.status, member.unit, member.tier (none for who has none), "
    "member.tags (set), member.segments (set of codes), attribute.NAME."
)

_facts: Final = table_of(MemberFacts).c
_tier: Final = table_of(MemberTier).c
_segment: Final = table_of(MemberSegment).c


def _is_in_segment(code: str) -> ColumnElement[bool]:
    mine = select(_segment.customer_id).where(_segment.customer_id == _facts.customer_id)
    return mine.where(_segment.code == code, _segment.member).exists()


COLUMNS: Final = Columns(
    facts={
        "member.kind": _facts.kind,
        "member.status": _facts.status,
        "member.unit": _facts.unit,
        "member.tier": func.coalesce(
            select(_tier.tier_code)
            .where(_tier.customer_id == _facts.customer_id)
            .scalar_subquery(),
            NO_TIER,
        ),
        "member.tags": _facts.tags,
        "member.segments": Members(_is_in_segment),
    },
    families={
        f"{ATTRIBUTE}*": lambda name, kind: json_value(
            _facts.attributes, name.removeprefix(ATTRIBUTE), kind
        )
    },
)


def checked(document: object, place: str = "condition") -> Checked:
    """A rule ready to be asked; InvalidInput names what is wrong in it."""
    predicate = parse(document, place)
    types = FACTS | inferred_types(predicate, (ATTRIBUTE,), place)
    return check(predicate, Vocabulary(types), field=place)


def storable(predicate: Predicate, place: str = "condition") -> Any:
    """The JSON of a rule a person wrote, once it is known to be sound."""
    document = dump(predicate)
    checked(document, place)
    require_choices(predicate, CHOICES, place)
    return document


def condition(document: object) -> ColumnElement[bool]:
    """The rule as a condition on a row of `member_facts`, never NULL."""
    return to_sql(checked(document), COLUMNS).is_(True)
