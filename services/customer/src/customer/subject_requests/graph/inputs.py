"""What customers ask about their data, as it is told."""

from uuid import UUID

import strawberry

from customer.subject_requests import correcting
from customer.subject_requests.models import RequestKind

strawberry.enum(
    RequestKind,
    name="SubjectRequestKind",
    description="EXPORT: all that is held. CORRECTION: what is wrong. RESTRICTION: no processing "
    "for marketing, until LIFTING. ERASURE: to be forgotten by every service.",
)


@strawberry.input(description="An identifier that is wrong, and the one that is right.")
class IdentifierCorrectionInput:
    scheme: str = strawberry.field(description="msisdn, email, openid, crm or another.")
    wrong: str = strawberry.field(description="As it is kept now.")
    right: str = strawberry.field(description="As it should be.")


@strawberry.input(description="An attribute that is wrong.")
class AttributeCorrectionInput:
    name: str = strawberry.field(description="Its declared name.")
    value: str | None = strawberry.field(default=None, description="What is right; null: nothing.")


@strawberry.input(description="What is to hold instead; what is left out stays.")
class CorrectionInput:
    name: str | None = strawberry.field(default=None, description="1 to 200 characters.")
    attributes: list[AttributeCorrectionInput] = strawberry.field(
        default_factory=list, description="Values for declared attributes."
    )
    identifiers: list[IdentifierCorrectionInput] = strawberry.field(
        default_factory=list, description="Identifiers to be replaced."
    )

    def told(self) -> correcting.Correction:
        return correcting.Correction(
            name=self.name,
            attributes={each.name: each.value for each in self.attributes},
            identifiers=[
                correcting.Replaced(scheme=each.scheme, wrong=each.wrong, right=each.right)
                for each in self.identifiers
            ],
        )


@strawberry.input(description="What a customer asks for.")
class SubjectRequestInput:
    customer_id: UUID = strawberry.field(description="Whose data it is about.")
    kind: RequestKind = strawberry.field(description="What is asked for.")
    identity_check: str = strawberry.field(
        default="",
        description="How they proved who they are: 1 to 1,000 characters; needed unless the "
        "customer asks themselves, signed in.",
    )
    note: str = strawberry.field(default="", description="In their words: up to 1,000 characters.")
    correction: CorrectionInput | None = strawberry.field(
        default=None, description="With CORRECTION, and with nothing else."
    )
