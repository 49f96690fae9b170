"""Changing who a customer is, through the graph."""

from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry

from customer.identifiers import errors
from customer.profiles import commands
from customer.profiles.facts import CustomerKind, CustomerStatus, KnownFacts
from customer.profiles.graph.customer import Customer
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import InvalidInput, NotFound, Refusal, answers

WRITERS: Final = ("front_line", "marketer", "operator")


@strawberry.input(description="By what a customer is to be recognised.")
class CustomerIdentifierInput:
    scheme: str = strawberry.field(description="msisdn, email, openid, crm or another short code.")
    value: str = strawberry.field(description="However it is written: it is normalised.")
    verified: bool = strawberry.field(
        default=False,
        description="Whether you have checked that it is theirs: by a one-time code, a document. "
        "Two records with one verified identifier are one person.",
    )


@strawberry.input(description="A value for a declared attribute.")
class CustomerAttributeInput:
    name: str = strawberry.field(description="The declared name.")
    value: str | None = strawberry.field(
        default=None, description="As text: 12, 29.85, true, 2026-01-31; null forgets it."
    )


@strawberry.input(description="Somebody new.")
class NewCustomerInput:
    unit: str = strawberry.field(
        description="The OrgUnit they belong to, such as hq.zj.hz; InvalidInput for one that is not "
        "registered where units next to it are."
    )
    identifiers: list[CustomerIdentifierInput] = strawberry.field(
        description="1 to 50; the first decides where the customer falls in draws."
    )
    kind: CustomerKind = strawberry.field(
        default=CustomerKind.INDIVIDUAL, description="Individual or group."
    )
    status: CustomerStatus = strawberry.field(
        default=CustomerStatus.PROSPECT, description="Where they stand with us."
    )
    name: str | None = strawberry.field(default=None, description="1 to 200 characters.")
    time_zone: str = strawberry.field(
        default=commands.DEFAULT_TIME_ZONE, description="Where they live."
    )
    attributes: list[CustomerAttributeInput] = strawberry.field(
        default_factory=list, description="Values for declared attributes."
    )

    def told(self) -> commands.NewCustomer:
        return commands.NewCustomer(
            unit=self.unit,
            identifiers=[(each.scheme, each.value) for each in self.identifiers],
            verified=[place for place, each in enumerate(self.identifiers) if each.verified],
            kind=self.kind,
            status=self.status,
            name=self.name,
            time_zone=self.time_zone,
            attributes={each.name: each.value for each in self.attributes},
        )


@strawberry.type(description="What was asked for holds of the customer now.")
class CustomerWasChanged:
    customer: Customer = strawberry.field(description="As it is now.")


@strawberry.type(description="An identifier belongs to another customer.")
class IdentifierTaken(Refusal):
    scheme: str = strawberry.field(description="The scheme of the identifier that is taken.")
    customer_id: UUID | None = strawberry.field(
        description="Whose it is: who sends a registration again finds here whom it registered; "
        "null for whom the caller may not see."
    )


ChangeCustomerResult: TypeAlias = Annotated[
    CustomerWasChanged | NotFound | InvalidInput, strawberry.union("ChangeCustomerResult")
]


def changed(info: Info, customer: KnownFacts) -> CustomerWasChanged:
    return CustomerWasChanged(customer=Customer.of(customer, info.context.caller))


@strawberry.type
class ProfileMutation:
    @strawberry.mutation(
        description="Set or forget declared attributes, all of them or none. "
        "Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def set_attributes(
        self, info: Info, customer_id: UUID, attributes: list[CustomerAttributeInput]
    ) -> ChangeCustomerResult:
        values = {each.name: each.value for each in attributes}
        async with info.context.db.transaction() as session:
            customer = await commands.set_attributes(
                session, customer_id, values, info.context.caller
            )
        return changed(info, customer)


answered = [answers(errors.IdentifierTaken, IdentifierTaken)]
