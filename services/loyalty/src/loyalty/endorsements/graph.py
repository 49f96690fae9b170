"""Endorsements in the graph."""

from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.errors import InvalidInput as InvalidInputError
from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound
from kit.graph.scalars import Long, Money, money
from kit.units import checked_unit
from kit.written import CODE, checked_code, checked_currency, checked_words
from loyalty.accounts.queries import accounts_by_customer, members_by_customer
from loyalty.defining import define, retire
from loyalty.endorsements import models, queries
from loyalty.written import checked_minor

PLANNERS = ("marketer", "approver", "analyst", "operator")
SHOWN_TO = ("marketer", "front_line", "operator", "customer")
EndorserKind = strawberry.enum(
    models.EndorserKind,
    description="PARTNER: a channel partner. EXPERT: somebody known. PEER: another customer.",
)


@strawberry.type(description="What somebody says for an offer.")
class Endorsement:
    code: str = strawberry.field(description="Its unique code.")
    unit: str = strawberry.field(description="The OrgUnit that defines it.")
    kind: EndorserKind = strawberry.field(description="What kind of endorser.")  # type: ignore[valid-type]
    endorsed_by: str = strawberry.field(description="Who says it, as customers read it.")
    partner_code: str | None = strawberry.field(description="Of a PARTNER: which.")
    text: str = strawberry.field(description="What they say.")
    cost: Money = strawberry.field(description="What showing it costs each time.")
    retired: bool = strawberry.field(description="Whether nobody is shown it any more.")

    @classmethod
    def of(cls, row: models.Endorsement) -> Self:
        return cls(
            code=row.code,
            unit=row.unit,
            kind=models.EndorserKind(row.kind),
            endorsed_by=row.endorsed_by,
            partner_code=row.partner_code,
            text=row.text,
            cost=money(row.cost_minor, row.currency),
            retired=row.retired_at is not None,
        )


@strawberry.type(description="What a customer was shown for an offer.")
class EndorsementShown:
    id: UUID = strawberry.field(description="Its identifier.")
    endorsed_by: str = strawberry.field(description="Who says it.")
    text: str = strawberry.field(description="What they say.")
    shown_at: datetime = strawberry.field(description="When it was shown.")

    @classmethod
    def of(cls, showing: models.Showing) -> Self:
        said = showing.endorsement
        return cls(
            id=showing.id, endorsed_by=said.endorsed_by, text=said.text, shown_at=showing.shown_at
        )


@strawberry.input(description="An endorsement as it is defined, or changed.")
class DefineEndorsementInput:
    code: str = strawberry.field(description=CODE)
    unit: str = strawberry.field(description="The OrgUnit that defines it; it reaches those below.")
    kind: EndorserKind = strawberry.field(description="What kind of endorser.")  # type: ignore[valid-type]
    endorsed_by: str = strawberry.field(
        description="Who says it, as customers read it: 1 to 200 characters."
    )
    text: str = strawberry.field(description="What they say: 1 to 1,000 characters.")
    cost_minor: Long = strawberry.field(description="What showing it costs each time; from 0.")
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")
    partner_code: str | None = strawberry.field(
        default=None, description="Of a PARTNER, and only of one: which."
    )
    endorser_id: UUID | None = strawberry.field(
        default=None, description="Of a PEER, and only of one: the customer."
    )
    evidence: str = strawberry.field(
        default="", description="Of a PEER: where they agreed to be named; 1 to 500 characters."
    )

    def read(self) -> models.Endorsement:
        kind = models.EndorserKind(str(self.kind.value))  # type: ignore[attr-defined]
        peer = kind is models.EndorserKind.PEER
        if (kind is models.EndorserKind.PARTNER) != (self.partner_code is not None):
            raise InvalidInputError("partnerCode", "is named by a PARTNER, and by nobody else")
        if peer != (self.endorser_id is not None):
            raise InvalidInputError("endorserId", "is named by a PEER, and by nobody else")
        return models.Endorsement(
            code=checked_code(self.code),
            unit=checked_unit(self.unit),
            kind=str(kind),
            endorsed_by=checked_words(self.endorsed_by, "endorsedBy"),
            partner_code=self.partner_code and checked_code(self.partner_code, "partnerCode"),
            endorser_id=self.endorser_id,
            evidence=checked_words(self.evidence, "evidence", 500, least=1 if peer else 0),
            text=checked_words(self.text, "text", 1_000),
            cost_minor=checked_minor(self.cost_minor, "costMinor"),
            currency=checked_currency(self.currency),
        )


@strawberry.type(description="The endorsement is defined so.")
class EndorsementWasDefined:
    endorsement: Endorsement = strawberry.field(description="As it stands now.")


@strawberry.type(description="Nobody is shown the endorsement any more.")
class EndorsementWasRetired:
    endorsement: Endorsement = strawberry.field(description="As it stands now.")


DefineEndorsementResult: TypeAlias = Annotated[
    EndorsementWasDefined | InvalidInput | NotFound | Conflict,
    strawberry.union("DefineEndorsementResult"),
]
RetireEndorsementResult: TypeAlias = Annotated[
    EndorsementWasRetired | NotFound, strawberry.union("RetireEndorsementResult")
]


async def endorsements_shown_to(
    info: Info, customer: UUID, first: int, after: str | None
) -> Connection[EndorsementShown] | None:
    if not await accounts_by_customer(info.context.db, [customer], info.context.caller):
        return None
    async with info.context.db.reading() as session:
        found = await queries.shown_to(session, customer, first, after)
    return Connection.of(found, EndorsementShown.of)


@strawberry.type
class EndorsementsQuery:
    @strawberry.field(
        description="Endorsements that units above and below yours define, the newest first.",
        extensions=[Roles(*PLANNERS)],
    )
    async def endorsements(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[Endorsement] | None:
        async with info.context.db.reading() as session:
            found = await queries.endorsements_for(session, info.context.caller.unit, first, after)
        return Connection.of(found, Endorsement.of)


@strawberry.type
class EndorsementsMutation:
    @strawberry.mutation(
        description="Define an endorsement, or change the one of this code: who was shown it reads "
        "the new words. Defined again it is no longer retired.",
        extensions=[Roles("marketer")],
    )
    async def define_endorsement(
        self, info: Info, input: DefineEndorsementInput
    ) -> DefineEndorsementResult:
        context, wanted = info.context, input.read()
        context.caller.require_unit(wanted.unit)
        peer = wanted.endorser_id
        if peer and not await members_by_customer(context.db, [peer], context.caller):
            raise NotFoundError("customer", peer)
        async with context.db.transaction() as session:
            row = await define(session, wanted)
        return EndorsementWasDefined(endorsement=Endorsement.of(row))

    @strawberry.mutation(
        description="Show an endorsement to nobody any more.", extensions=[Roles("marketer")]
    )
    async def retire_endorsement(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="The code of an endorsement.")],
    ) -> RetireEndorsementResult:
        async with info.context.db.transaction() as session:
            row = await retire(session, models.Endorsement, code, info.context.caller)
        return EndorsementWasRetired(endorsement=Endorsement.of(row))
