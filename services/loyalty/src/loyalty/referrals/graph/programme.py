"""The terms of referrals in the graph."""

from datetime import datetime
from typing import Annotated, Self, TypeAlias

import strawberry

from kit.errors import InvalidInput as InvalidInputError
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput
from kit.graph.scalars import Long
from kit.written import checked_between, checked_words
from loyalty.referrals import commands, models, queries
from loyalty.written import checked_minor

READERS = ("marketer", "approver", "front_line", "analyst", "operator")


@strawberry.type(description="On which terms referrals qualify; a version never changes.")
class ReferralProgramme:
    version: int = strawberry.field(description="The newest is in force.")
    lowest_order_minor: Long = strawberry.field(
        description="An order of so much is enough, in the programme's money."
    )
    within_days: int = strawberry.field(description="So many days after it was told, or never.")
    most_per_month: int | None = strawberry.field(
        description="So many of one referrer count in a calendar month (UTC); null for any number."
    )
    link: str = strawberry.field(description="What a code is put after; empty for no link.")
    set_by: str = strawberry.field(description="Who set it.")
    set_at: datetime = strawberry.field(description="When. Referrals keep the terms of their day.")

    @classmethod
    def of(cls, row: models.ReferralProgramme) -> Self:
        return cls(
            version=row.version,
            lowest_order_minor=Long(row.lowest_order_minor),
            within_days=row.within_days,
            most_per_month=row.most_per_month,
            link=row.link,
            set_by=row.set_by,
            set_at=row.set_at,
        )


@strawberry.input(description="The terms for referrals that are told from now on.")
class SetReferralProgrammeInput:
    instead_of: int = strawberry.field(description="The version that was looked at.")
    lowest_order_minor: Long = strawberry.field(
        default=Long(0), description="An order of so much is enough; from 0."
    )
    within_days: int = strawberry.field(description="1 to 730.")
    most_per_month: int | None = strawberry.field(
        default=None, description="1 to 10,000; null for any number."
    )
    link: str = strawberry.field(
        default="", description="What a code is put after: https, up to 500 characters; or empty."
    )

    def read(self, by: str) -> models.ReferralProgramme:
        if self.link and not self.link.startswith("https://"):
            raise InvalidInputError("link", "begins with https://")
        if self.most_per_month is not None:
            checked_between(self.most_per_month, "mostPerMonth", 1, models.MOST_PER_MONTH)
        return models.ReferralProgramme(
            version=0,
            lowest_order_minor=checked_minor(self.lowest_order_minor, "lowestOrderMinor"),
            within_days=checked_between(self.within_days, "withinDays", 1, models.MOST_DAYS),
            most_per_month=self.most_per_month,
            link=checked_words(self.link, "link", 500, least=0),
            set_by=by,
        )


@strawberry.type(description="The terms are in force; the same again is no new version.")
class ReferralProgrammeWasSet:
    programme: ReferralProgramme = strawberry.field(description="As it stands now.")


SetReferralProgrammeResult: TypeAlias = Annotated[
    ReferralProgrammeWasSet | InvalidInput | Conflict,
    strawberry.union("SetReferralProgrammeResult"),
]


@strawberry.type
class ReferralProgrammeQuery:
    @strawberry.field(
        description="On which terms referrals qualify: the versions, that in force first.",
        extensions=[Roles(*READERS)],
    )
    async def referral_programme(
        self, info: Info, first: First = 1, after: After = None
    ) -> Connection[ReferralProgramme] | None:
        async with info.context.db.reading() as session:
            found = await queries.programmes(session, first, after)
        return Connection.of(found, ReferralProgramme.of)


@strawberry.type
class ReferralProgrammeMutation:
    @strawberry.mutation(
        description="Set the terms for referrals that are told from now on. Refused with Conflict "
        "when somebody else has set them meanwhile.",
        extensions=[Roles("approver", scope="approve:finance", of_all_units=True)],
    )
    async def set_referral_programme(
        self, info: Info, input: SetReferralProgrammeInput
    ) -> SetReferralProgrammeResult:
        wanted = input.read(info.context.caller.subject)
        async with info.context.db.transaction() as session:
            row = await commands.set_programme(session, wanted, instead_of=input.instead_of)
        return ReferralProgrammeWasSet(programme=ReferralProgramme.of(row))
