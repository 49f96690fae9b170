"""Putting right who a customer is, through the graph."""

from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import strawberry
from strawberry import UNSET

from customer.amendments import commands
from customer.identifiers import errors
from customer.profiles.facts import CustomerStatus
from customer.profiles.graph.mutations import (
    WRITERS,
    ChangeCustomerResult,
    CustomerWasChanged,
    changed,
)
from kit.errors import InvalidInput
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import NotFound, Refusal, answers

REQUIRED: Final = {"status": "status", "unit": "unit", "time_zone": "timeZone"}


@strawberry.input(description="What changes of a customer; what is left out stays as it is.")
class ChangeCustomerInput:
    customer_id: UUID = strawberry.field(description="Who; an id merged into another counts too.")
    name: str | None = strawberry.field(
        default=UNSET, description="1 to 200 characters; null forgets it."
    )
    status: CustomerStatus | None = strawberry.field(
        default=UNSET, description="Where they stand with us."
    )
    unit: str | None = strawberry.field(
        default=UNSET,
        description="The OrgUnit they belong to from now on, one of yours, such as hq.zj.hz.",
    )
    time_zone: str | None = strawberry.field(
        default=UNSET, description="Where they live, such as Asia/Shanghai."
    )

    def read(self) -> dict[str, Any]:
        """What changes, by column, or InvalidInput for null where there has to be something."""
        given = {name: getattr(self, name) for name in ("name", *REQUIRED)}
        changes = {name: value for name, value in given.items() if value is not UNSET}
        for name, called in REQUIRED.items():
            if name in changes and changes[name] is None:
                raise InvalidInput(called, "is not null; leave it out to keep it")
        return changes


@strawberry.type(description="It is the only identifier they are known by: add another one first.")
class LastIdentifier(Refusal):
    customer_id: UUID = strawberry.field(description="Who would be known by nothing.")


RemoveIdentifierResult: TypeAlias = Annotated[
    CustomerWasChanged | LastIdentifier | NotFound, strawberry.union("RemoveIdentifierResult")
]


@strawberry.type
class AmendmentMutation:
    @strawberry.mutation(
        description="Change a customer's name, status, unit or time zone, all that is given or "
        "none; the last one who says so counts. The unit is one of the caller's before and after, "
        "and what waits for a decision about the customer (merge candidates, subject requests) "
        "goes there, too. What holds already changes nothing. Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def change_customer(self, info: Info, input: ChangeCustomerInput) -> ChangeCustomerResult:
        wanted = input.read()
        async with info.context.db.transaction() as session:
            customer = await commands.change_customer(
                session, input.customer_id, wanted, info.context.caller
            )
        return changed(info, customer)

    @strawberry.mutation(
        description="Recognise the customer no more by one of their identifiers, which may be "
        "somebody else's from then on. One that was checked takes the role operator with the "
        "scope privacy:handle. NotFound: it is none of theirs, or was removed meanwhile. "
        "Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def remove_identifier(
        self,
        info: Info,
        customer_id: UUID,
        scheme: Annotated[
            str, strawberry.argument(description="msisdn, email, openid, crm or another.")
        ],
        value: Annotated[
            str, strawberry.argument(description="However it is written: it is normalised.")
        ],
    ) -> RemoveIdentifierResult:
        async with info.context.db.transaction() as session:
            customer = await commands.remove_identifier(
                session, customer_id, (scheme, value), info.context.caller
            )
        return changed(info, customer)


answered = [answers(errors.LastIdentifier, LastIdentifier)]
