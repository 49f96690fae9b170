"""Partners in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from channel.earnings.graph import PartnerCommission, commission_of_partner
from channel.funding.graph import FundedMonth, funded_months_of
from channel.organisation.graph import EVERYBODY
from channel.partners import commands, models, queries
from channel.partners.refusals import PartnerCannotAdvance, PartnerCodeTaken
from channel.texts import CODE
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.refusals import InvalidInput, NotFound

READERS = ("marketer", "approver", "analyst", "operator")


async def partners_by_code(context: Context, codes: Sequence[str]) -> list[models.Partner | None]:
    """Those in the caller's unit; a partner sees itself alone."""
    own = queries.claimed_partner(context.caller)
    asked = [code for code in codes if CODE.fullmatch(code) and own in (None, code)]
    async with context.db.reading() as session:
        found = await queries.partners_by_code(session, asked, seen_from=context.caller.unit or "")
    return [found.get(code) for code in codes]


async def steps_by_partner(context: Context, codes: Sequence[str]) -> list[list["PartnerStep"]]:
    async with context.db.reading() as session:
        found = await queries.steps_of(session, codes)
    return [[PartnerStep.of(step) for step in found.get(code, ())] for code in codes]


@strawberry.type(description="A step a partner took: who took it, when, and why.")
class PartnerStep:
    id: UUID = strawberry.field(description="The step's id.")
    from_state: models.PartnerState | None = strawberry.field(description="Where it came from.")
    to_state: models.PartnerState = strawberry.field(description="Where it went.")
    by: str = strawberry.field(description="Who took the step.")
    reason: str = strawberry.field(description="Why.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, step: models.PartnerStep) -> Self:
        return cls(
            id=step.id,
            from_state=models.PartnerState(step.from_state) if step.from_state else None,
            to_state=models.PartnerState(step.to_state),
            by=step.by,
            reason=step.reason,
            at=step.created_at,
        )


@strawberry.federation.type(keys=["code"], description="Who sells for commission.")
class Partner:
    code: str = strawberry.field(description="Its name for programs; the claim in its tokens.")
    name: str = strawberry.field(description="What people call it.")
    kind: models.PartnerKind = strawberry.field(description="What kind of business it is.")
    tier: str = strawberry.field(description="Its standing with us; commission plans go by it.")
    unit: str = strawberry.field(description="The unit that looks after it, as a path.")
    state: models.PartnerState = strawberry.field(description="It acts only while active.")

    @classmethod
    def of(cls, partner: models.Partner) -> Self:
        return cls(
            code=partner.code,
            name=partner.name,
            kind=models.PartnerKind(partner.kind),
            tier=partner.tier,
            unit=partner.unit,
            state=models.PartnerState(partner.state),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, code: str) -> "Partner | None":
        info.context.caller.require_role(*EVERYBODY)
        return await partner_seen(info, code)

    @strawberry.field(
        extensions=[Roles(*READERS)], description="The way it has come, oldest step first."
    )
    async def history(self, info: Info) -> list[PartnerStep] | None:
        return await info.context.loader(steps_by_partner).load(self.code)

    @strawberry.field(
        extensions=[Roles(*READERS, "partner", scope="settlements:read")],
        description="What it earned in a month.",
    )
    async def commission(
        self,
        info: Info,
        month: Annotated[str, strawberry.argument(description="In UTC, such as 2026-01.")],
    ) -> PartnerCommission | None:
        return await commission_of_partner(info, self.code, month)

    @strawberry.field(
        extensions=[Roles(*READERS, "partner", scope="settlements:read")],
        description="Members' points that it pays for, by settled month, the latest first.",
    )
    async def funded_months(
        self, info: Info, first: First = 12, after: After = None
    ) -> Connection[FundedMonth] | None:
        return await funded_months_of(info, self.code, first, after)


async def partner_seen(info: Info, code: str) -> Partner | None:
    """The partner if the caller may see it; one query for all that a request asks for."""
    partner = await info.context.loader(partners_by_code).load(code)
    return Partner.of(partner) if partner else None


@strawberry.type(description="The partner has applied.")
class PartnerWasRegistered:
    partner: Partner = strawberry.field(description="The partner as it is.")


@strawberry.type(description="The partner has taken a step.")
class PartnerWasAdvanced:
    partner: Partner = strawberry.field(description="The partner as it is now.")


RegisterPartnerResult: TypeAlias = Annotated[
    PartnerWasRegistered | PartnerCodeTaken | InvalidInput | NotFound,
    strawberry.union("RegisterPartnerResult"),
]
AdvancePartnerResult: TypeAlias = Annotated[
    PartnerWasAdvanced | PartnerCannotAdvance | InvalidInput | NotFound,
    strawberry.union("AdvancePartnerResult"),
]


@strawberry.input(description="A partner's application.")
class PartnerInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _; unique.")
    name: str = strawberry.field(description="1 to 200 characters.")
    kind: models.PartnerKind = strawberry.field(description="What kind of business it is.")
    tier: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _, such as gold.")
    unit: str = strawberry.field(description="The registered unit that looks after it.")


@strawberry.type
class PartnersQuery:
    @strawberry.field(
        extensions=[Roles(*EVERYBODY)],
        description="One partner by its code, in the caller's unit; a partner sees itself alone.",
    )
    async def partner(self, info: Info, code: str) -> Partner | None:
        return await partner_seen(info, code)

    @strawberry.field(
        extensions=[Roles(*READERS)],
        description="The partners in the caller's unit and below, by code.",
    )
    async def partners(
        self,
        info: Info,
        state: Annotated[
            models.PartnerState | None, strawberry.argument(description="Only those so far.")
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Partner] | None:
        async with info.context.db.reading() as session:
            found = await queries.partners(
                session,
                seen_from=info.context.caller.unit or "",
                state=state,
                first=first,
                after=after,
            )
        return Connection.of(found, Partner.of)


@strawberry.type
class PartnersMutation:
    @strawberry.mutation(
        extensions=[Roles("operator")],
        description="Take a partner's application; the same again changes nothing.",
    )
    async def register_partner(self, info: Info, partner: PartnerInput) -> RegisterPartnerResult:
        caller = info.context.caller
        caller.require_unit(partner.unit)
        async with info.context.db.transaction() as session:
            registered = await commands.register_partner(
                session,
                code=partner.code,
                name=partner.name,
                kind=partner.kind,
                tier=partner.tier,
                unit=partner.unit,
                by=caller.subject,
            )
        return PartnerWasRegistered(partner=Partner.of(registered))

    @strawberry.mutation(
        extensions=[Roles("operator")],
        description="Take a partner a step further: applied, verified, contracted, active; an "
        "active one may be suspended and come back; any may be terminated. Its systems are turned "
        "away at once while it is not active. Publishes `channel.partner.advanced`.",
    )
    async def advance_partner(
        self,
        info: Info,
        code: str,
        to: models.PartnerState,
        reason: Annotated[str, strawberry.argument(description="1 to 500 characters.")],
    ) -> AdvancePartnerResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            partner = await commands.advance_partner(
                session, code, to, reason=reason, by=caller.subject, seen_from=caller.unit or ""
            )
        return PartnerWasAdvanced(partner=Partner.of(partner))
