"""What holds of a customer, in the graph."""

from datetime import datetime
from typing import Self

import strawberry

from customer.attributes.models import Scalar, as_text
from customer.identifiers.models import masked
from customer.memberships.models import GroupRole
from customer.profiles.facts import CustomerKind, CustomerStatus, Fact, GroupClass, SpecialList
from customer.profiles.fading import weight_of
from kit.models import utcnow
from kit.personal.seeing import MASK

strawberry.enum(CustomerKind, description="One person, or an organisation.")
strawberry.enum(CustomerStatus, description="Where the customer stands with us.")
strawberry.enum(
    GroupClass,
    description="A: the largest, or of public weight such as government, media, banks, utilities. "
    "B, C: the next in weight.",
)
strawberry.enum(
    GroupRole,
    description="KEY_PERSON: decides for the group. CONTACT: whom one talks to. MEMBER: belongs to "
    "it.",
)
strawberry.enum(
    SpecialList,
    description="DO_NOT_CONTACT: never approached. SENSITIVE, VIP_PROTECTED: approached with "
    "care. TEST: not a real customer. RESTRICTED: no processing for marketing, by a data-subject "
    "request alone.",
)


@strawberry.type(description="By what a customer is recognised.")
class CustomerIdentifier:
    scheme: str = strawberry.field(description="msisdn, email, openid, crm or another.")
    value: str = strawberry.field(
        description="Whole for the front line and the customer, masked for everybody else."
    )
    verified_at: datetime | None = strawberry.field(
        description="When it was checked to be theirs; null: nobody did."
    )

    @classmethod
    def of(cls, fact: Fact, *, whole: bool) -> Self:
        scheme, value = fact["scheme"], fact["value"]
        return cls(
            scheme=scheme,
            value=value if whole else masked(scheme, value),
            verified_at=_moment(fact.get("verified_at")),
        )


@strawberry.type(description="A declared fact about a customer.")
class CustomerAttribute:
    name: str = strawberry.field(description="Its declared name.")
    value: str = strawberry.field(
        description="As text: 12, 29.85, true, 2026-01-31; the declaration tells the type. *** "
        "where it is personal and the caller sees no names either."
    )
    masked: bool = strawberry.field(description="Whether the value is kept from the caller.")

    @classmethod
    def of(cls, name: str, value: Scalar, *, masked: bool) -> Self:
        return cls(name=name, value=MASK if masked else as_text(value), masked=masked)


@strawberry.type(description="A product the customer has, or had.")
class CustomerHolding:
    product_code: str = strawberry.field(description="The product's code.")
    since: datetime = strawberry.field(description="From when on.")
    until: datetime | None = strawberry.field(description="Until when; null while it lasts.")
    source: str = strawberry.field(description="How we know: order or import.")

    @classmethod
    def of(cls, fact: Fact) -> Self:
        return cls(
            product_code=fact["product_code"],
            since=datetime.fromisoformat(fact["since"]),
            until=_moment(fact["until"]),
            source=fact["source"],
        )


@strawberry.type(description="A short mark on a customer.")
class CustomerTag:
    tag: str = strawberry.field(description="The mark.")
    source: str = strawberry.field(description="Who put it on: hand, import or rule.")
    weight: float = strawberry.field(description="1; of a tag that fades, less every day.")
    expires_at: datetime | None = strawberry.field(description="When it falls off by itself.")

    @classmethod
    def of(cls, fact: Fact) -> Self:
        expires_at = _moment(fact["expires_at"])
        weight = weight_of(fact, utcnow().date())
        return cls(tag=fact["tag"], source=fact["source"], weight=weight, expires_at=expires_at)


@strawberry.type(description="Whether we may, for a purpose, on a kind of channel.")
class CustomerConsent:
    purpose: str = strawberry.field(description="What for, such as marketing.")
    channel_kind: str | None = strawberry.field(description="On which kind; null: on all.")
    granted: bool = strawberry.field(description="Yes or no.")
    since: datetime = strawberry.field(description="When it was decided.")

    @classmethod
    def of(cls, fact: Fact) -> Self:
        return cls(
            purpose=fact["purpose"],
            channel_kind=fact["channel_kind"],
            granted=fact["granted"],
            since=datetime.fromisoformat(fact["since"]),
        )


@strawberry.type(description="A special list the customer is on.")
class CustomerSpecialList:
    list: SpecialList = strawberry.field(description="Which one.")
    reason: str = strawberry.field(description="Why; masked as names are.")
    since: datetime = strawberry.field(description="Since when.")
    until: datetime | None = strawberry.field(description="When it ends by itself; null: never.")

    @classmethod
    def of(cls, fact: Fact, *, whole: bool) -> Self:
        return cls(
            until=_moment(fact.get("until")),
            list=SpecialList(fact["list"]),
            reason=fact["reason"] if whole else MASK,
            since=datetime.fromisoformat(fact["since"]),
        )


def lasts(end: str | None) -> bool:
    """Whether an end is still to come; what is over goes within half a minute of it."""
    return end is None or datetime.fromisoformat(end) > utcnow()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
