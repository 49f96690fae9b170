"""What a marketer writes to define products and offers, and how it is read."""

from datetime import datetime
from typing import Any, Final

import strawberry
from strawberry import UNSET

from campaign.catalogue import models
from campaign.channels import ChannelKind as ChannelKinds
from campaign.facts.vocabulary import ABOUT_CUSTOMERS, storable
from kit.errors import InvalidInput
from kit.graph.scalars import Long
from kit.predicates.graph import PredicateInput
from kit.units import checked_unit
from kit.written import (
    CODE,
    checked_between,
    checked_code,
    checked_currency,
    checked_words,
)

MOST_MINOR = 10**15
NO_BENEFIT: Final[dict[str, Any]] = {
    "benefit_kind": None,
    "benefit_points": 0,
    "benefit_amount_minor": 0,
    "benefit_reference": "",
}

BenefitKind = strawberry.enum(
    models.BenefitKind, description="The nine kinds of benefits that loyalty fulfils."
)
OfferChannelKind = strawberry.enum(
    ChannelKinds, name="OfferChannelKind", description="A kind of channel."
)


@strawberry.input(description="A product: what is sold.")
class DefineProductInput:
    code: str = strawberry.field(description=CODE)
    name: str = strawberry.field(description="1 to 200 characters.")
    kind: str = strawberry.field(description="Such as plan, pack, device, service.")
    unit: str = strawberry.field(description="The OrgUnit that sells it; it reaches those below.")
    price_minor: Long = strawberry.field(description="The list price, not negative.")
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")
    stock: int | None = strawberry.field(
        default=None, description="How many are left; null if it can't run out."
    )

    def read(self) -> models.Product:
        return models.Product(
            code=checked_code(self.code),
            name=checked_words(self.name, "name"),
            kind=checked_words(self.kind, "kind"),
            unit=checked_unit(self.unit),
            price_minor=checked_minor(self.price_minor, "priceMinor"),
            currency=checked_currency(self.currency),
            stock=None if self.stock is None else checked_minor(self.stock, "stock"),
        )


@strawberry.input(description="What the customer gets on top.")
class OfferBenefitInput:
    kind: BenefitKind = strawberry.field(description="Which of the nine.")  # type: ignore[valid-type]
    points: Long = strawberry.field(default=Long(0), description="Points; POINTS needs some.")
    amount_minor: Long = strawberry.field(
        default=Long(0),
        description="Money, not negative; CASH_BACK needs some, at most the offer's `costMinor`.",
    )
    reference: str = strawberry.field(
        default="",
        description="The code of what it is about, in the loyalty service: GIFT names a reward, "
        "RED_PACKET a red packet, PRIVILEGE a privilege, ENDORSEMENT an endorsement, LOTTERY a "
        "lottery, BUNDLE a bundle. POINTS, CASH_BACK and REFERRAL name nothing.",
    )

    def read(self, cost_minor: int) -> dict[str, Any]:
        """The columns of an offer that commits `cost_minor`."""
        kind = models.BenefitKind(str(self.kind.value))  # type: ignore[attr-defined]
        points = checked_minor(self.points, "benefit.points")
        amount = checked_minor(self.amount_minor, "benefit.amountMinor")
        if kind is models.BenefitKind.POINTS and not points:
            raise InvalidInput("benefit.points", "says how many points are given")
        if kind is models.BenefitKind.CASH_BACK and not 0 < amount <= cost_minor:
            raise InvalidInput(
                "benefit.amountMinor", "is what is paid back: more than 0, and at most costMinor"
            )
        return {
            "benefit_kind": str(kind),
            "benefit_points": points,
            "benefit_amount_minor": amount,
            "benefit_reference": self._checked_reference(kind),
        }

    def _checked_reference(self, kind: models.BenefitKind) -> str:
        if not kind.is_about:
            if self.reference:
                raise InvalidInput("benefit.reference", f"is nothing that {kind.name} names")
            return ""
        if not self.reference:
            raise InvalidInput(
                "benefit.reference", f"is the code of the {kind.is_about} that {kind.name} gives"
            )
        return checked_code(self.reference, "benefit.reference")


@strawberry.input(description="What an offer says on one kind of channel.")
class OfferContentInput:
    channel_kind: OfferChannelKind = strawberry.field(description="Where it is said.")  # type: ignore[valid-type]
    title: str = strawberry.field(description="1 to 200 characters.")
    text: str = strawberry.field(description="1 to 2,000 characters.")


@strawberry.input(description="An offer: products on terms.")
class DefineOfferInput:
    code: str = strawberry.field(description=CODE)
    name: str = strawberry.field(description="1 to 200 characters.")
    unit: str = strawberry.field(description="The OrgUnit that offers it; it reaches those below.")
    products: list[str] = strawberry.field(description="Codes of 1 to 20 products.")
    price_minor: Long = strawberry.field(description="What the customer pays.")
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")
    cost_minor: Long = strawberry.field(
        description="What a yes costs at most; committed when a task goes out."
    )
    expected_value_minor: Long = strawberry.field(
        description="What a yes is worth; weighs in when several offers would do."
    )
    benefit: OfferBenefitInput | None = strawberry.field(
        default=None, description="What the customer gets on top."
    )
    eligibility: PredicateInput | None = strawberry.field(
        default=UNSET, description=f"Who may have it; null for everybody. {ABOUT_CUSTOMERS}"
    )
    excluded_products: list[str] = strawberry.field(
        default_factory=list, description="Not for who holds one of these products."
    )
    excluded_offers: list[str] = strawberry.field(
        default_factory=list, description="Not soon after a task with one of these offers."
    )
    excluded_within_days: int = strawberry.field(
        default=0, description="How soon `excludedOffers` means: 0 to 365 days."
    )
    valid_from: datetime | None = strawberry.field(default=None, description="Null: at once.")
    valid_until: datetime | None = strawberry.field(default=None, description="Null: no end.")
    channel_kinds: list[OfferChannelKind] = strawberry.field(  # type: ignore[valid-type]
        default_factory=list, description="Where it may be sold; empty for everywhere."
    )
    contents: list[OfferContentInput] = strawberry.field(
        default_factory=list, description="What it says, by kind of channel; else its name."
    )
    legal_text: str = strawberry.field(default="", description="Up to 5,000 characters.")

    def read(self) -> models.Offer:
        if not 1 <= len(self.products) <= 20:
            raise InvalidInput("products", "takes 1 to 20 codes")
        if not 0 <= self.excluded_within_days <= 365:
            raise InvalidInput("excludedWithinDays", "is between 0 and 365")
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise InvalidInput("validUntil", "is after validFrom")
        cost_minor = checked_minor(self.cost_minor, "costMinor")
        return models.Offer(
            code=checked_code(self.code),
            name=checked_words(self.name, "name"),
            unit=checked_unit(self.unit),
            products=list(dict.fromkeys(self.products)),
            price_minor=checked_minor(self.price_minor, "priceMinor"),
            currency=checked_currency(self.currency),
            cost_minor=cost_minor,
            expected_value_minor=checked_minor(self.expected_value_minor, "expectedValueMinor"),
            **(self.benefit.read(cost_minor) if self.benefit else NO_BENEFIT),
            eligibility=(
                storable(self.eligibility.tree("eligibility"), "eligibility")
                if self.eligibility
                else None
            ),
            excluded_products=sorted(set(self.excluded_products)),
            excluded_offers=sorted(set(self.excluded_offers)),
            excluded_within_days=self.excluded_within_days,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            channel_kinds=sorted(str(kind.value) for kind in self.channel_kinds),  # type: ignore[attr-defined]
            contents={
                str(each.channel_kind.value): {  # type: ignore[attr-defined]
                    "title": checked_words(each.title, "contents.title"),
                    "text": checked_words(each.text, "contents.text", 2_000),
                }
                for each in self.contents
            },
            legal_text=checked_words(self.legal_text, "legalText", 5_000, least=0),
        )


def checked_minor(amount: int, field: str) -> int:
    return checked_between(amount, field, 0, MOST_MINOR)
