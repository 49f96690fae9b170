"""All customers as rules read them: the same answers in SQL."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Double,
    Numeric,
    String,
    Text,
    case,
    cast,
    false,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from customer.activity.models import ActivityDay
from customer.entity import table_of
from customer.profiles.models import Customer
from customer.rules.vocabulary import ATTRIBUTE, CONSENT, DAYS_SINCE, TAG_WEIGHT
from customer.tiers.models import CustomerTier
from kit.predicates import Columns, FactType, Members, json_value

_customer: Final = table_of(Customer).c
_tier: Final = table_of(CustomerTier).c
_activity: Final = table_of(ActivityDay).c


def columns(today: date) -> Columns:
    """The facts of the rows of `customer`, as of a day."""
    return Columns(
        facts={
            "kind": _customer.kind,
            "status": _customer.status,
            "unit": _customer.unit,
            "class": _customer.group_class,
            "account_manager": _customer.account_manager,
            "tier": select(_tier.tier).where(_tier.customer_id == _customer.id).scalar_subquery(),
            "tags": Members(lambda tag: has_mark(_customer.tags, {"tag": tag})),
            "holdings": Members(
                lambda code: has_mark(_customer.holdings, {"product_code": code, "until": None})
            ),
            "special_lists": Members(
                lambda name: has_mark(_customer.special_lists, {"list": name})
            ),
        },
        families={
            f"{ATTRIBUTE}*": _attribute,
            f"{DAYS_SINCE}*": _days_since(today),
            f"{TAG_WEIGHT}*": _tag_weight(today),
            f"{CONSENT}*": _consent,
        },
        count=_total(today),
        total=_total(today),
    )


def has_mark(facts: ColumnElement[Any], wanted: dict[str, Any]) -> ColumnElement[bool]:
    """Whether one of a customer's facts has these properties."""
    return facts.op("@>", is_comparison=True, return_type=Boolean())(cast([wanted], JSONB))


def _attribute(name: str, fact_type: FactType) -> ColumnElement[Any]:
    return json_value(_customer.attributes, name.removeprefix(ATTRIBUTE), fact_type)


def _days_since(today: date) -> Callable[[str, FactType], ColumnElement[Any]]:
    def column(name: str, _: FactType) -> ColumnElement[Any]:
        member = name.removeprefix(DAYS_SINCE)
        return literal(today, Date) - json_value(_customer.attributes, member, FactType.DATE)

    return column


def _tag_weight(today: date) -> Callable[[str, FactType], ColumnElement[Any]]:
    """As `weight_of` has it."""

    def column(name: str, _: FactType) -> ColumnElement[Any]:
        worn = func.jsonb_array_elements(_customer.tags).table_valued("value").alias("worn")
        tag = worn.c.value.cast(JSONB)
        aged = literal(today, Date) - cast(tag["since"].astext, Date)
        halves = cast(aged, Double) / cast(tag["half_life_days"].astext, Double)
        faded = func.round(cast(func.power(literal(0.5, Double), halves), Numeric), 4)
        weight = case((tag["half_life_days"].astext.is_(None), 1), else_=faded)
        named = tag["tag"].astext == literal(name.removeprefix(TAG_WEIGHT), String)
        return select(weight).select_from(worn).where(named).limit(1).scalar_subquery()

    return column


def _consent(name: str, _type: FactType) -> ColumnElement[Any]:
    purpose, _, channel_kind = name.removeprefix(CONSENT).partition(".")
    for_all = _decided(purpose, None)
    return func.coalesce(_decided(purpose, channel_kind), for_all) if channel_kind else for_all


def _decided(purpose: str, channel_kind: str | None) -> ColumnElement[Any]:
    about = {"purpose": purpose, "channel_kind": channel_kind}
    return case(
        (has_mark(_customer.consents, {**about, "granted": True}), true()),
        (has_mark(_customer.consents, {**about, "granted": False}), false()),
    )


def _total(today: date) -> Callable[[str, int], ColumnElement[int]]:
    def column(measure: str, within_days: int) -> ColumnElement[int]:
        oldest = today - timedelta(days=within_days - 1)
        total = func.coalesce(func.sum(_activity.total), 0)
        return (
            select(total)
            .where(
                _activity.customer_id == _customer.id,
                _activity.measure == literal(measure, Text),
                _activity.day >= literal(oldest, Date),
            )
            .scalar_subquery()
        )

    return column
