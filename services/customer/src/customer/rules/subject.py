"""One customer as rules read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from customer.profiles.facts import Fact, KnownFacts
from customer.profiles.fading import weight_of
from customer.rules.vocabulary import ATTRIBUTE, CONSENT, DAYS_SINCE, TAG_WEIGHT
from kit.predicates import Accessors
from kit.predicates.values import as_date


@dataclass
class Subject:
    """A customer, their tier, and the totals of days that rules ask for: {measure: {day: total}}."""

    customer: KnownFacts
    today: date
    tier: str | None = None
    activity: Mapping[str, Mapping[date, int]] = field(default_factory=dict)

    @cached_property
    def tags(self) -> dict[str, Fact]:
        return {each["tag"]: each for each in self.customer.tags}

    @cached_property
    def holdings(self) -> frozenset[str]:
        held = (each for each in self.customer.holdings if each["until"] is None)
        return frozenset(each["product_code"] for each in held)

    @cached_property
    def special_lists(self) -> frozenset[str]:
        return frozenset(each["list"] for each in self.customer.special_lists)

    @cached_property
    def consents(self) -> dict[tuple[str, str | None], bool]:
        return {(e["purpose"], e["channel_kind"]): e["granted"] for e in self.customer.consents}

    def retag(self) -> None:
        """Read the tags anew."""
        self.__dict__.pop("tags", None)


def window(activity: Mapping[date, int], today: date, within_days: int) -> dict[date, int]:
    """The days that count: today, and as many before it as make up the window."""
    oldest = today - timedelta(days=within_days - 1)
    return {day: total for day, total in activity.items() if day >= oldest}


def _total(subject: Subject, measure: str, within_days: int) -> int:
    days = subject.activity.get(measure)
    return sum(window(days, subject.today, within_days).values()) if days else 0


def _attribute(name: str) -> Any:
    member = name.removeprefix(ATTRIBUTE)
    return lambda subject: subject.customer.attributes.get(member)


def _days_since(name: str) -> Any:
    member = name.removeprefix(DAYS_SINCE)

    def read(subject: Subject) -> int | None:
        day = as_date(subject.customer.attributes.get(member))
        return (subject.today - day).days if day else None

    return read


def _tag_weight(name: str) -> Any:
    tag = name.removeprefix(TAG_WEIGHT)

    def read(subject: Subject) -> float | None:
        worn = subject.tags.get(tag)
        return weight_of(worn, subject.today) if worn else None

    return read


def _consent(name: str) -> Any:
    """For a kind of channel its own decision counts, and without one that for all channels."""
    purpose, _, channel_kind = name.removeprefix(CONSENT).partition(".")

    def read(subject: Subject) -> bool | None:
        for_all = subject.consents.get((purpose, None))
        return subject.consents.get((purpose, channel_kind), for_all) if channel_kind else for_all

    return read


def _text(word: str | None) -> str | None:
    """Plain: rules take a member of an enumeration for no text."""
    return None if word is None else str(word)


ACCESSORS: Final = Accessors[Subject](
    facts={
        "kind": lambda subject: str(subject.customer.kind),
        "status": lambda subject: str(subject.customer.status),
        "unit": lambda subject: subject.customer.unit,
        "tier": lambda subject: subject.tier,
        "class": lambda subject: _text(subject.customer.group_class),
        "account_manager": lambda subject: subject.customer.account_manager,
        "tags": lambda subject: frozenset(subject.tags),
        "holdings": lambda subject: subject.holdings,
        "special_lists": lambda subject: subject.special_lists,
    },
    families={
        f"{ATTRIBUTE}*": _attribute,
        f"{DAYS_SINCE}*": _days_since,
        f"{TAG_WEIGHT}*": _tag_weight,
        f"{CONSENT}*": _consent,
    },
    count=_total,
    total=_total,
)
