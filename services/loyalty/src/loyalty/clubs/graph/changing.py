"""Opening, changing and closing clubs; joining and leaving them."""

import re
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry
from strawberry import UNSET

from kit.errors import InvalidInput as InvalidInputError
from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound, Refusal, answers
from kit.graph.scalars import Long
from kit.merging.mergers import current_ids
from kit.predicates.graph import PredicateInput
from kit.units import checked_unit
from loyalty.accounts.queries import members_by_customer
from loyalty.clubs import errors, models
from loyalty.clubs.commands import joining, keeping
from loyalty.clubs.graph.clubs import Club, ClubMembership
from loyalty.clubs.vocabulary import ABOUT, storable

CODE = re.compile(r"[a-z0-9_-]{1,40}")
MOST_CHARACTERS = 2_000
JOINERS = ("front_line", "operator", "customer")
Code: TypeAlias = Annotated[str, strawberry.argument(description="The club's code.")]
CustomerId: TypeAlias = Annotated[UUID, strawberry.argument(description="Who.")]


@strawberry.input(description="A club as it is to be.")
class KeepClubInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _.")
    name: str = strawberry.field(description="Its name for members, 1 to 200 characters.")
    interest: str = strawberry.field(description="What its members share, 1 to 200 characters.")
    unit: str = strawberry.field(description="Whose members it takes; it never changes.")
    description: str = strawberry.field(default="", description="Up to 2,000 characters.")
    benefits: str = strawberry.field(default="", description="Up to 2,000 characters.")
    joining: models.ClubJoining = strawberry.field(
        default=models.ClubJoining.ASKING, description="How one joins."
    )
    condition: PredicateInput | None = strawberry.field(
        default=UNSET, description=f"Whom it takes; needed for RULE. {ABOUT}"
    )
    capacity: Long | None = strawberry.field(
        default=None,
        description="Places in all, from 1; null without a limit. Nobody leaves when it shrinks.",
    )
    grace_days: int = strawberry.field(
        default=0, description="By RULE: days between the rule and leaving, 0 to 365."
    )

    def read(self) -> dict[str, Any]:
        """The columns of the club, or InvalidInput."""
        self._require_words()
        if self.capacity is not None and not 1 <= self.capacity <= models.MOST_MEMBERS:
            raise InvalidInputError("capacity", f"is 1 to {models.MOST_MEMBERS:,}, or null")
        if not 0 <= self.grace_days <= models.LONGEST_GRACE_DAYS:
            raise InvalidInputError("graceDays", f"is 0 to {models.LONGEST_GRACE_DAYS}")
        condition = storable(self.condition.tree("condition")) if self.condition else None
        if self.joining is models.ClubJoining.RULE and condition is None:
            raise InvalidInputError("condition", "is needed for a club by rule")
        plain = {name: value for name, value in vars(self).items() if name != "condition"}
        return plain | {"unit": checked_unit(self.unit), "condition": condition}

    def _require_words(self) -> None:
        if not CODE.fullmatch(self.code):
            raise InvalidInputError("code", "takes 1 to 40 of a-z, 0-9, - and _")
        for field in ("name", "interest"):
            given = getattr(self, field)
            if not (given.strip() and given.isprintable() and len(given) <= 200):
                raise InvalidInputError(field, "takes 1 to 200 printable characters")
        for field in ("description", "benefits"):
            given = getattr(self, field)
            if len(given) > MOST_CHARACTERS or "\0" in given:
                raise InvalidInputError(field, f"takes up to {MOST_CHARACTERS} characters")


@strawberry.type(description="The club is kept as it was asked for.")
class ClubWasKept:
    club: Club = strawberry.field(description="The club.")


@strawberry.type(description="Nobody joins any more; its members leave in the background.")
class ClubWasClosed:
    club: Club = strawberry.field(description="The club.")


@strawberry.type(description="They belong to the club; a repeat gets the same membership.")
class ClubWasJoined:
    membership: ClubMembership = strawberry.field(description="Their membership.")


@strawberry.type(description="They belong to the club no longer.")
class ClubWasLeft:
    membership: ClubMembership = strawberry.field(description="As it ended.")


@strawberry.type(description="Every place in the club is taken.")
class ClubIsFull(Refusal):
    capacity: Long = strawberry.field(description="How many places there are.")


@strawberry.type(description="What the club asks of its members does not hold for this one.")
class ClubIsNotForThem(Refusal):
    condition: str = strawberry.field(description="What it asks, in words.")


KeepClubResult: TypeAlias = Annotated[
    ClubWasKept | InvalidInput | Conflict, strawberry.union("KeepClubResult")
]
CloseClubResult: TypeAlias = Annotated[
    ClubWasClosed | NotFound, strawberry.union("CloseClubResult")
]
JoinClubResult: TypeAlias = Annotated[
    ClubWasJoined | NotFound | Conflict | ClubIsFull | ClubIsNotForThem,
    strawberry.union("JoinClubResult"),
]
LeaveClubResult: TypeAlias = Annotated[ClubWasLeft | NotFound, strawberry.union("LeaveClubResult")]


@strawberry.type
class ClubsMutation:
    @strawberry.mutation(
        description="Open a club, or change the one of that code. Of a club by RULE all members "
        "are asked in the background; `enrolling` says for how long. The caller's unit lies above.",
        extensions=[Roles("marketer", "operator")],
    )
    async def keep_club(self, info: Info, input: KeepClubInput) -> KeepClubResult:
        terms, caller = input.read(), info.context.caller
        caller.require_unit(terms["unit"])
        async with info.context.db.transaction() as session:
            row = await keeping.keep_club(session, terms, caller.subject)
        return ClubWasKept(club=Club.of(row))

    @strawberry.mutation(
        description="Close a club for good: nobody joins, its benefits end at once, its members "
        "leave in the background.",
        extensions=[Roles("marketer", "operator")],
    )
    async def close_club(self, info: Info, code: Code) -> CloseClubResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            row = await keeping.close_club(session, code)
            if not caller.sees(row.unit):
                raise NotFoundError("club", code)
        return ClubWasClosed(club=Club.of(row))

    @strawberry.mutation(
        description="Take a customer into a club: themselves, or by the front line. Capacity holds "
        "however many ask at once. Publishes `loyalty.club.joined`.",
        extensions=[Roles(*JOINERS)],
    )
    async def join_club(self, info: Info, code: Code, customer_id: CustomerId) -> JoinClubResult:
        account = await _account(info, customer_id)
        if account.unit is None:
            raise NotFoundError("club", code)
        async with info.context.db.transaction() as session:
            row = await joining.join_club(
                session, code, account.customer_id, account.unit, _way(info)
            )
        return ClubWasJoined(membership=ClubMembership.of(row))

    @strawberry.mutation(
        description="End a customer's membership. A club by RULE does not take them in again; they "
        "may join again by asking. Publishes `loyalty.club.left`.",
        extensions=[Roles(*JOINERS)],
    )
    async def leave_club(self, info: Info, code: Code, customer_id: CustomerId) -> LeaveClubResult:
        account = await _account(info, customer_id)
        async with info.context.db.transaction() as session:
            row = await joining.leave_club(session, code, account.customer_id, _way(info))
        return ClubWasLeft(membership=ClubMembership.of(row))


async def _account(info: Info, customer_id: UUID) -> Any:
    """The account of a customer whom the caller may see, under their id of today."""
    context = info.context
    async with context.db.reading() as session:
        current = await current_ids(session, [customer_id])
    wanted = current.get(customer_id, customer_id)
    found = await members_by_customer(context.db, [wanted], context.caller)
    if wanted not in found:
        raise NotFoundError("customer", customer_id)
    return found[wanted]


def _way(info: Info) -> models.Way:
    own = "customer" in info.context.caller.roles
    return models.Way.ASKING if own else models.Way.FRONT_LINE


answered = [
    answers(errors.ClubIsFull, ClubIsFull),
    answers(errors.ClubIsNotForThem, ClubIsNotForThem),
]
