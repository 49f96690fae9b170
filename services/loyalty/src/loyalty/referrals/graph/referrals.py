"""Who brought whom, and by which code."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.connections import Connection
from kit.graph.context import Context, Info
from kit.graph.refusals import InvalidInput, NotFound, Refusal, answers
from kit.models import utcnow
from kit.paging import Page
from kit.written import checked_words
from loyalty.accounts.queries import accounts_by_customer, members_by_customer
from loyalty.fraud.commands.marks import Seen, note_marks
from loyalty.fraud.models import FraudSubject
from loyalty.referrals import commands, errors, models, queries


@strawberry.enum(
    description="WAITING for an order that is enough; QUALIFIED by one; LAPSED: none came in time."
)
class ReferralState(Enum):
    WAITING = "waiting"
    QUALIFIED = "qualified"
    LAPSED = "lapsed"


@strawberry.type(description="Somebody was brought by a customer.")
class Referral:
    id: UUID = strawberry.field(description="Its identifier.")
    referrer_id: UUID = strawberry.field(description="Who brought them.")
    referred_id: UUID = strawberry.field(description="Who was brought.")
    state: ReferralState = strawberry.field(description="How far it has come.")
    told_at: datetime = strawberry.field(description="When it was told.")
    qualifies_until: datetime = strawberry.field(description="The order comes by then, or never.")
    qualified_at: datetime | None = strawberry.field(
        description="When the order was placed by which it qualifies; null until then."
    )

    @classmethod
    def of(cls, row: models.Referral, programme: models.ReferralProgramme) -> Self:
        until = row.qualifies_until(programme)
        return cls(
            id=row.id,
            referrer_id=row.referrer_id,
            referred_id=row.referred_id,
            state=_state(row, until),
            told_at=row.created_at,
            qualifies_until=until,
            qualified_at=row.qualified_at,
        )


def _state(row: models.Referral, until: datetime) -> ReferralState:
    if row.qualified_at is not None:
        return ReferralState.QUALIFIED
    return ReferralState.WAITING if utcnow() <= until else ReferralState.LAPSED


@strawberry.type(description="What a customer gives to those they bring.")
class ReferralCode:
    code: str = strawberry.field(description="8 letters and digits, none like another.")
    link: str | None = strawberry.field(
        description="Where those go who have it; null while the programme has no such place."
    )


@strawberry.type(description="The referral is kept; a repeat gets the same one.")
class ReferralWasRecorded:
    referral: Referral = strawberry.field(description="The referral.")


@strawberry.type(description="The two can't be referrer and referred.")
class ReferralRefused(Refusal):
    reason: str = strawberry.field(
        description="self_referral, already_referred, circle, customer_already or unknown_code."
    )


@strawberry.type(description="The customer has a code.")
class ReferralCodeWasOpened:
    referral_code: ReferralCode = strawberry.field(description="It; the first for a repeat.")


RecordReferralResult: TypeAlias = Annotated[
    ReferralWasRecorded | ReferralRefused | NotFound, strawberry.union("RecordReferralResult")
]
NameReferralCodeResult: TypeAlias = Annotated[
    ReferralWasRecorded | ReferralRefused | NotFound | InvalidInput,
    strawberry.union("NameReferralCodeResult"),
]
OpenReferralCodeResult: TypeAlias = Annotated[
    ReferralCodeWasOpened | NotFound, strawberry.union("OpenReferralCodeResult")
]


async def referrals_by(
    info: Info, customer: UUID, first: int, after: str | None
) -> Connection[Referral] | None:
    context = info.context
    if not await accounts_by_customer(context.db, [customer], context.caller):
        return None
    async with context.db.reading() as session:
        found: Page[models.Referral] = await queries.referrals_by(session, customer, first, after)
        versions = {each.programme_version for each in found.items}
        terms = await queries.programmes_by_version(session, versions)
    return Connection.of(found, lambda row: Referral.of(row, terms[row.programme_version]))


async def codes_of(context: Context, customers: Sequence[UUID]) -> list[ReferralCode | None]:
    """For a loader: None for whom the caller may not see, and who has none."""
    seen = await accounts_by_customer(context.db, customers, context.caller)
    async with context.db.reading() as session:
        found = await queries.codes_of(session, seen)
        link = (await queries.programme_in_force(session)).link
    return [
        ReferralCode(code=found[each], link=_link(link, found[each])) if each in found else None
        for each in customers
    ]


def _link(link: str, code: str) -> str | None:
    return f"{link}{code}" if link else None


@strawberry.type
class ReferralsMutation:
    @strawberry.mutation(
        description="Keep that a customer was brought by another. It qualifies with their first "
        "order that is enough for `referralProgramme`, in time: then "
        "`loyalty.referral.qualified` is published, and the earning rules for REFERRAL and REFERRED "
        "give. Refused for oneself, in circles, for who was brought by somebody else, and for who "
        "has bought before.",
        extensions=[Roles("front_line", "operator")],
    )
    async def record_referral(
        self,
        info: Info,
        referrer_id: Annotated[UUID, strawberry.argument(description="Who brought them.")],
        referred_id: Annotated[UUID, strawberry.argument(description="Who was brought.")],
    ) -> RecordReferralResult:
        context = info.context
        await _require_seen(context, referrer_id, referred_id)
        async with context.db.transaction() as session:
            row = await commands.record_referral(
                session, referrer_id, referred_id, context.caller.subject
            )
            programme = await queries.programmes_by_version(session, [row.programme_version])
        return ReferralWasRecorded(referral=Referral.of(row, programme[row.programme_version]))

    @strawberry.mutation(
        description="Keep that a new customer was brought by whoever has this code, which they "
        "name when they register or first come. Refused as `recordReferral` is, and for a code of "
        "nobody.",
        extensions=[Roles("front_line", "operator", "customer")],
    )
    async def name_referral_code(
        self,
        info: Info,
        customer_id: Annotated[UUID, strawberry.argument(description="Who was brought.")],
        code: Annotated[
            str, strawberry.argument(description="As they write it: case and spaces don't matter.")
        ],
        device: Annotated[
            str | None,
            strawberry.argument(
                description="What tells their device from others, up to 200 characters: kept as a "
                "mark by which limits on fraud know it again."
            ),
        ] = None,
    ) -> NameReferralCodeResult:
        context = info.context
        met = checked_words(device, "device") if device is not None else None
        await _require_seen(context, customer_id)
        async with context.db.transaction() as session:
            if met is not None:
                seen = Seen(customer_id, FraudSubject.DEVICE, met, utcnow())
                await note_marks(session, [seen])
            row = await commands.name_code(session, customer_id, code, context.caller.subject)
            programme = await queries.programmes_by_version(session, [row.programme_version])
        return ReferralWasRecorded(referral=Referral.of(row, programme[row.programme_version]))

    @strawberry.mutation(
        description="Make a customer the code that they give to those they bring; who has one "
        "keeps it.",
        extensions=[Roles("front_line", "operator", "customer")],
    )
    async def open_referral_code(
        self,
        info: Info,
        customer_id: Annotated[UUID, strawberry.argument(description="Whose.")],
    ) -> OpenReferralCodeResult:
        context = info.context
        await _require_seen(context, customer_id)
        async with context.db.transaction() as session:
            code = await commands.open_code(session, customer_id)
            link = (await queries.programme_in_force(session)).link
        return ReferralCodeWasOpened(referral_code=ReferralCode(code=code, link=_link(link, code)))


async def _require_seen(context: Context, *customers: UUID) -> None:
    seen = await members_by_customer(context.db, customers, context.caller)
    for each in customers:
        if each not in seen:
            raise NotFoundError("customer", each)


answered = [answers(errors.ReferralRefused, ReferralRefused)]
