"""Privileges in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound
from kit.graph.scalars import Long, Money, money
from kit.units import checked_unit
from kit.written import CODE, checked_between, checked_code, checked_currency, checked_words
from loyalty.accesses.noting import saw
from loyalty.accounts.queries import accounts_by_customer
from loyalty.defining import define, retire
from loyalty.partners.queries import require_active_partner
from loyalty.privileges import commands, models, queries
from loyalty.written import checked_minor

READERS = ("marketer", "approver", "front_line", "analyst", "operator", "partner", "customer")
ASKERS = ("front_line", "partner", "operator", "customer")
MOST_OF_A_TIER = 50


@strawberry.type(description="Something that members may have for a time.")
class Privilege:
    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name, for members.")
    gives: str = strawberry.field(description="What it gives, for members.")
    unit: str = strawberry.field(description="The OrgUnit that defines it.")
    days: int = strawberry.field(description="How long it is given for at a time.")
    cost: Money = strawberry.field(description="What each time costs.")
    retired: bool = strawberry.field(description="Whether nobody gets it any more.")

    @classmethod
    def of(cls, row: models.Privilege) -> Self:
        return cls(
            code=row.code,
            name=row.name,
            gives=row.gives,
            unit=row.unit,
            days=row.days,
            cost=money(row.cost_minor, row.currency),
            retired=row.retired_at is not None,
        )


@strawberry.type(description="A privilege that a customer has now.")
class HeldPrivilege:
    code: str = strawberry.field(description="Which privilege.")
    name: str = strawberry.field(description="Its name, for members.")
    gives: str = strawberry.field(description="What it gives, for members.")
    since: datetime = strawberry.field(description="Since when they have it.")
    until: datetime | None = strawberry.field(
        description="Until when, renewals included; null for as long as their tier lasts."
    )
    by_tier: str | None = strawberry.field(description="The tier that brings it; null otherwise.")

    @classmethod
    def of(cls, held: models.HeldPrivilege) -> Self:
        return cls(
            code=held.code,
            name=held.name,
            gives=held.gives,
            since=held.since,
            until=held.until,
            by_tier=held.by_tier,
        )


@strawberry.type(description="What a tier brings for as long as it lasts.")
class TierPrivilege:
    tier: str = strawberry.field(description="The code of the tier.")
    privilege_code: str = strawberry.field(description="The code of the privilege.")


@strawberry.input(description="A privilege as it is defined, or changed for those who get it next.")
class DefinePrivilegeInput:
    code: str = strawberry.field(description=CODE)
    name: str = strawberry.field(description="1 to 200 characters.")
    gives: str = strawberry.field(description="What it gives members: 1 to 1,000 characters.")
    unit: str = strawberry.field(description="The OrgUnit that defines it; it reaches those below.")
    days: int = strawberry.field(description="How long it is given for at a time: 1 to 3,660.")
    cost_minor: Long = strawberry.field(description="What each time costs, not negative.")
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")

    def read(self) -> models.Privilege:
        return models.Privilege(
            code=checked_code(self.code),
            name=checked_words(self.name, "name"),
            gives=checked_words(self.gives, "gives", 1_000),
            unit=checked_unit(self.unit),
            days=checked_between(self.days, "days", 1, models.MOST_DAYS),
            cost_minor=checked_minor(self.cost_minor, "costMinor"),
            currency=checked_currency(self.currency),
        )


@strawberry.type(description="The privilege is defined so.")
class PrivilegeWasDefined:
    privilege: Privilege = strawberry.field(description="As it stands now.")


@strawberry.type(description="Nobody gets the privilege any more.")
class PrivilegeWasRetired:
    privilege: Privilege = strawberry.field(description="As it stands now.")


@strawberry.type(description="The tier brings these privileges.")
class TierPrivilegesWereSet:
    privilege_codes: list[str] = strawberry.field(description="Their codes.")


DefinePrivilegeResult: TypeAlias = Annotated[
    PrivilegeWasDefined | InvalidInput | Conflict, strawberry.union("DefinePrivilegeResult")
]
RetirePrivilegeResult: TypeAlias = Annotated[
    PrivilegeWasRetired | NotFound, strawberry.union("RetirePrivilegeResult")
]
SetTierPrivilegesResult: TypeAlias = Annotated[
    TierPrivilegesWereSet | NotFound | InvalidInput, strawberry.union("SetTierPrivilegesResult")
]
PrivilegeCode: TypeAlias = Annotated[
    str, strawberry.argument(description="The code of a privilege.")
]


async def held_privileges_of(
    context: Context, customers: Sequence[UUID]
) -> list[list[HeldPrivilege] | None]:
    """For a loader: None for whom the caller may not see."""
    seen = await accounts_by_customer(context.db, customers, context.caller)
    async with context.db.reading() as session:
        found = await queries.privileges_of(session, seen)
    return [
        [HeldPrivilege.of(held) for held in found[each]] if each in found else None
        for each in customers
    ]


@strawberry.type
class PrivilegesQuery:
    @strawberry.field(
        description="Privileges that units above and below yours define, the newest first.",
        extensions=[Roles(*READERS)],
    )
    async def privileges(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[Privilege] | None:
        async with info.context.db.reading() as session:
            found = await queries.privileges_for(session, info.context.caller.unit, first, after)
        return Connection.of(found, Privilege.of)

    @strawberry.field(
        description="Which privileges the tiers bring, by tier and code.",
        extensions=[Roles(*READERS)],
    )
    async def tier_privileges(self, info: Info) -> list[TierPrivilege] | None:
        async with info.context.db.reading() as session:
            rows = await queries.privileges_of_tiers(session)
        return [
            TierPrivilege(tier=row.tier_code, privilege_code=row.privilege_code) for row in rows
        ]

    @strawberry.field(
        description="Whether a customer has a privilege now, for whoever serves them; null without "
        "an account that the caller may see.",
        extensions=[Roles(*ASKERS)],
    )
    async def holds_privilege(
        self,
        info: Info,
        customer_id: Annotated[UUID, strawberry.argument(description="Who is served.")],
        code: PrivilegeCode,
    ) -> bool | None:
        await require_active_partner(info.context.db, info.context.caller)
        held = await info.context.loader(held_privileges_of).load(customer_id)
        if held is None:
            return None
        saw(info.context, customer_id, "privileges")
        return any(each.code == code for each in held)


@strawberry.type
class PrivilegesMutation:
    @strawberry.mutation(
        description="Define a privilege, or change the one of this code: who has it keeps it as "
        "long as they were told. Defined again it is no longer retired.",
        extensions=[Roles("marketer")],
    )
    async def define_privilege(
        self, info: Info, input: DefinePrivilegeInput
    ) -> DefinePrivilegeResult:
        wanted = input.read()
        info.context.caller.require_unit(wanted.unit)
        async with info.context.db.transaction() as session:
            row = await define(session, wanted)
        return PrivilegeWasDefined(privilege=Privilege.of(row))

    @strawberry.mutation(
        description="Give a privilege to nobody any more; who has it keeps it to its end.",
        extensions=[Roles("marketer")],
    )
    async def retire_privilege(self, info: Info, code: PrivilegeCode) -> RetirePrivilegeResult:
        async with info.context.db.transaction() as session:
            row = await retire(session, models.Privilege, code, info.context.caller)
        return PrivilegeWasRetired(privilege=Privilege.of(row))

    @strawberry.mutation(
        description="Say which privileges a tier brings, these and no others: its members have "
        "them from now on, for as long as they are in the tier.",
        extensions=[Roles("marketer", "operator", of_all_units=True)],
    )
    async def set_tier_privileges(
        self,
        info: Info,
        tier: Annotated[str, strawberry.argument(description="The code of a tier.")],
        codes: Annotated[
            list[str], strawberry.argument(description="Codes of up to 50 privileges.")
        ],
    ) -> SetTierPrivilegesResult:
        checked_between(len(codes), "codes", 0, MOST_OF_A_TIER)
        async with info.context.db.transaction() as session:
            await commands.set_tier_privileges(session, tier, codes)
        return TierPrivilegesWereSet(privilege_codes=sorted(set(codes)))
