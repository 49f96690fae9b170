"""What rules about customers may speak of, and which inputs a rule reads."""

import re
from typing import Any, Final

from customer.activity.models import (
    LONGEST_WINDOW,
    ORDER,
    ORDER_CANCELLED,
    SPENT,
    TASK,
    TOUCHPOINT,
)
from customer.attributes.models import AttributeType
from customer.attributes.queries import definitions
from customer.channel_kinds import ChannelKind
from customer.profiles.facts import CustomerKind, CustomerStatus, GroupClass, SpecialList
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.predicates import (
    Checked,
    Compare,
    Count,
    FactType,
    Operator,
    Predicate,
    Sum,
    Vocabulary,
    check,
    parse,
)
from kit.predicates.tree import Comparison, walk

ATTRIBUTE: Final = "attribute."
DAYS_SINCE: Final = "days_since."
TAG_WEIGHT: Final = "tag_weight."
CONSENT: Final = "consent."
CONSENT_NAME: Final = re.compile(rf"consent\.[a-z][a-z0-9_]{{0,31}}(\.({'|'.join(ChannelKind)}))?")
SETS: Final = ("tags", "holdings", "special_lists")
FACTS: Final[dict[str, FactType]] = {
    "kind": FactType.TEXT,
    "status": FactType.TEXT,
    "unit": FactType.TEXT,
    "tier": FactType.TEXT,
    "class": FactType.TEXT,
    "account_manager": FactType.TEXT,
    **dict.fromkeys(SETS, FactType.SET_OF_TEXT),
    f"{CONSENT}*": FactType.BOOLEAN,
    f"{TAG_WEIGHT}*": FactType.NUMBER,
}
VALUES: Final[dict[str, frozenset[str]]] = {
    "kind": frozenset(CustomerKind),
    "status": frozenset(CustomerStatus),
    "class": frozenset(GroupClass),
    "special_lists": frozenset(SpecialList),
}
"""Of facts that have no other values: what is compared with one that is none fits nobody."""
CURRENCY: Final = re.compile(rf"{re.escape(SPENT)}[A-Z]{{3}}")
TYPES: Final[dict[AttributeType, FactType]] = {
    AttributeType.TEXT: FactType.TEXT,
    AttributeType.WHOLE: FactType.NUMBER,
    AttributeType.DECIMAL: FactType.NUMBER,
    AttributeType.BOOLEAN: FactType.BOOLEAN,
    AttributeType.DATE: FactType.DATE,
}
ABOUT: Final = (
    "Facts: kind, status, unit, tier, and of groups class (A, B, C) and account_manager (texts); tags, holdings (product codes held now), special_lists "
    "(sets of text); attribute.NAME by its declared type; days_since.NAME for a declared date (below "
    "zero: still to come); consent.PURPOSE and consent.PURPOSE.CHANNEL_KIND (true or false); "
    "tag_weight.TAG (1, fading to 0). Counted: touchpoint.KIND, task.STATUS, order, order_cancelled. "
    "Summed: spent.CURRENCY, in the smallest unit. Windows are of 1 to 366 days in UTC, today "
    "included."
)


async def vocabulary(session: AsyncSession) -> Vocabulary:
    """The facts of today: those of every customer, and the attributes declared so far."""
    declared = {each.name: AttributeType(each.type) for each in await definitions(session)}
    attributes = {f"{ATTRIBUTE}{name}": TYPES[kind] for name, kind in declared.items()}
    days = {
        f"{DAYS_SINCE}{name}": FactType.NUMBER
        for name, kind in declared.items()
        if kind is AttributeType.DATE
    }
    return Vocabulary(
        FACTS | attributes | days,
        frozenset({f"{TOUCHPOINT}*", f"{TASK}*", ORDER, ORDER_CANCELLED}),
        frozenset({f"{SPENT}*"}),
        longest_window=LONGEST_WINDOW,
    )


async def checked_rule(session: AsyncSession, rule: Predicate, field: str = "rule") -> Checked:
    """The rule, ready to be asked; InvalidInput names the place in it that is wrong."""
    checked = check(rule, await vocabulary(session), field=field)
    for place, _, node in walk(rule, field):
        if isinstance(node, Compare):
            _require_spelling(node.compare, f"{place}.compare")
        elif isinstance(node, Sum) and not CURRENCY.fullmatch(node.sum.amount):
            raise InvalidInput(f"{place}.sum.amount", "is spent.CURRENCY, such as spent.CNY")
    return checked


def _require_spelling(asked: Comparison, place: str) -> None:
    """What is misspelt would fit nobody, and nobody would know why."""
    if asked.fact.startswith(CONSENT) and not CONSENT_NAME.fullmatch(asked.fact):
        kinds = ", ".join(ChannelKind)
        expected = f"is consent.PURPOSE or consent.PURPOSE.CHANNEL_KIND, one of {kinds}"
        raise InvalidInput(f"{place}.fact", expected)
    known = VALUES.get(asked.fact)
    if known is None or asked.operator in (Operator.STARTS_WITH, Operator.IS_KNOWN):
        return
    said = asked.value if isinstance(asked.value, tuple) else (asked.value,)
    if unknown := next((each for each in said if each not in known), None):
        expected = ", ".join(sorted(known))
        raise InvalidInput(f"{place}.value", f"{unknown!r:.40} is none of {expected}")


async def stored_rule(session: AsyncSession, document: Any) -> Checked:
    return await checked_rule(session, parse(document, "rule"))


def inputs_of(checked: Checked) -> frozenset[str]:
    """What the rule reads; as long as none of it changes, neither does the rule's answer."""
    found: set[str] = set()
    for _, _, node in walk(checked.predicate):
        match node:
            case Compare():
                found.add(_input_of(node.compare))
            case Count():
                found.add(f"activity.{node.count.event}")
            case Sum():
                found.add(f"activity.{node.sum.amount}")
    return frozenset(found)


def measures_of(checked: Checked) -> dict[str, int]:
    """The measures that the rule sums, with the longest window in days."""
    found: dict[str, int] = {}
    for _, _, node in walk(checked.predicate):
        match node:
            case Count():
                measure, days = node.count.event, node.count.within_days
            case Sum():
                measure, days = node.sum.amount, node.sum.within_days
            case _:
                continue
        found[measure] = max(days, found.get(measure, 0))
    return found


def _input_of(comparison: Comparison) -> str:
    fact = comparison.fact
    if comparison.operator is Operator.CONTAINS:
        return f"{fact}={comparison.value}"
    if fact.startswith(TAG_WEIGHT):
        return f"tags={fact.removeprefix(TAG_WEIGHT)}"
    if fact.startswith(DAYS_SINCE):
        return f"{ATTRIBUTE}{fact.removeprefix(DAYS_SINCE)}"
    if fact.startswith(CONSENT):
        return ".".join(fact.split(".")[:2])
    return fact
