"""Drafting, opening and closing leaderboards; choosing the name to be seen by."""

import re
from typing import Annotated, Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import strawberry

from kit.errors import InvalidInput as InvalidInputError
from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound, Refusal, answers
from kit.graph.scalars import Long
from kit.merging.mergers import current_ids
from kit.units import checked_unit
from loyalty.accounts.queries import members_by_customer
from loyalty.leaderboards import errors, models
from loyalty.leaderboards.commands import opening
from loyalty.leaderboards.graph.boards import MemberLeaderboard
from loyalty.points.models import MOST_POINTS

CODE = re.compile(r"[a-z0-9_-]{1,40}")
MOST_PRIZES = 20
MOST_MINUTES = 10_080
LONGEST_NAME = 30
Code: TypeAlias = Annotated[str, strawberry.argument(description="The leaderboard's code.")]


@strawberry.input(description="What ranks from one to another get.")
class MemberLeaderboardPrizeInput:
    from_rank: int = strawberry.field(description="From this rank, 1 to 100.")
    to_rank: int = strawberry.field(description="To this rank, included, up to 100.")
    points: Long = strawberry.field(description="What each of them gets, 1 to 10^12.")


@strawberry.input(description="A leaderboard of members as it is drafted.")
class DraftMemberLeaderboardInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _.")
    name: str = strawberry.field(description="Its name for members, 1 to 200 characters.")
    unit: str = strawberry.field(description="Whose members: this unit and all below.")
    measure: models.LeaderboardMeasure = strawberry.field(description="What is compared.")
    span: models.LeaderboardSpan = strawberry.field(description="Over which time.")
    time_zone: str = strawberry.field(
        default="Asia/Shanghai", description="Where the unit lies: by its clock periods end."
    )
    club_code: str | None = strawberry.field(default=None, description="Only its members.")
    settles_minutes: int = strawberry.field(
        default=60, description="Frozen so long after a period's end, 0 to 10,080."
    )
    prizes: list[MemberLeaderboardPrizeInput] = strawberry.field(
        default_factory=list, description="Up to 20; no rank gets two."
    )

    def read(self) -> dict[str, Any]:
        """The columns of the leaderboard, or InvalidInput."""
        if not CODE.fullmatch(self.code):
            raise InvalidInputError("code", "takes 1 to 40 of a-z, 0-9, - and _")
        if not _is_text(self.name, 200):
            raise InvalidInputError("name", "takes 1 to 200 printable characters")
        if not 0 <= self.settles_minutes <= MOST_MINUTES:
            raise InvalidInputError("settlesMinutes", f"are 0 to {MOST_MINUTES:,}")
        if not _is_zone(self.time_zone):
            raise InvalidInputError("timeZone", "is the name of a time zone, such as Asia/Shanghai")
        return {
            "code": self.code,
            "name": self.name,
            "unit": checked_unit(self.unit),
            "measure": self.measure,
            "span": self.span,
            "time_zone": self.time_zone,
            "club_code": self.club_code,
            "settles_minutes": self.settles_minutes,
            "prizes": self._read_prizes(),
        }

    def _read_prizes(self) -> list[dict[str, int]]:
        last = 0
        ordered = sorted(self.prizes, key=lambda each: each.from_rank)
        for each in ordered:
            if not last < each.from_rank <= each.to_rank <= models.MOST_WINNERS:
                raise InvalidInputError("prizes", "are for ranks 1 to 100, and no rank gets two")
            if not 1 <= each.points <= MOST_POINTS:
                raise InvalidInputError("prizes", "are 1 to 10^12 points")
            last = each.to_rank
        if len(ordered) > MOST_PRIZES:
            raise InvalidInputError("prizes", f"are up to {MOST_PRIZES}")
        return [{"from": one.from_rank, "to": one.to_rank, "points": one.points} for one in ordered]


@strawberry.type(description="The draft is written.")
class MemberLeaderboardWasDrafted:
    leaderboard: MemberLeaderboard = strawberry.field(description="The draft.")


@strawberry.type(description="It counts from now on.")
class MemberLeaderboardWasOpened:
    leaderboard: MemberLeaderboard = strawberry.field(description="The leaderboard.")


@strawberry.type(description="Nothing counts any more; what was open is frozen in a moment.")
class MemberLeaderboardWasClosed:
    leaderboard: MemberLeaderboard = strawberry.field(description="The leaderboard.")


@strawberry.type(description="They are seen so from now on, also where a period is over.")
class LeaderboardNameWasChosen:
    name: str | None = strawberry.field(description="The name; null for a pseudonym.")


@strawberry.type(description="Who drafted a leaderboard can't open it: somebody else has to.")
class OwnLeaderboard(Refusal):
    pass


DraftMemberLeaderboardResult: TypeAlias = Annotated[
    MemberLeaderboardWasDrafted | InvalidInput | Conflict | NotFound,
    strawberry.union("DraftMemberLeaderboardResult"),
]
OpenMemberLeaderboardResult: TypeAlias = Annotated[
    MemberLeaderboardWasOpened | NotFound | Conflict | OwnLeaderboard,
    strawberry.union("OpenMemberLeaderboardResult"),
]
CloseMemberLeaderboardResult: TypeAlias = Annotated[
    MemberLeaderboardWasClosed | NotFound, strawberry.union("CloseMemberLeaderboardResult")
]
ChooseLeaderboardNameResult: TypeAlias = Annotated[
    LeaderboardNameWasChosen | NotFound | InvalidInput,
    strawberry.union("ChooseLeaderboardNameResult"),
]


@strawberry.type
class MemberLeaderboardsMutation:
    @strawberry.mutation(
        description="Write a leaderboard of members; a draft that is there already is written "
        "anew. Nothing counts until somebody else opens it. The caller's unit lies above.",
        extensions=[Roles("marketer", "operator")],
    )
    async def draft_member_leaderboard(
        self, info: Info, input: DraftMemberLeaderboardInput
    ) -> DraftMemberLeaderboardResult:
        terms, caller = input.read(), info.context.caller
        caller.require_unit(terms["unit"])
        async with info.context.db.transaction() as session:
            row = await opening.draft_leaderboard(session, terms, caller.subject)
        return MemberLeaderboardWasDrafted(leaderboard=MemberLeaderboard.of(row))

    @strawberry.mutation(
        description="Let a leaderboard count what is done from now on.",
        extensions=[Roles("approver", scope="approve:finance")],
    )
    async def open_member_leaderboard(self, info: Info, code: Code) -> OpenMemberLeaderboardResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            row = await opening.open_leaderboard(session, code, caller.subject)
            if not caller.sees(row.unit):
                raise NotFoundError("draft of the leaderboard", code)
        return MemberLeaderboardWasOpened(leaderboard=MemberLeaderboard.of(row))

    @strawberry.mutation(
        description="Close a leaderboard for good: the period under way is frozen as it is, and "
        "its prizes are given.",
        extensions=[Roles("marketer", "approver", "operator")],
    )
    async def close_member_leaderboard(
        self, info: Info, code: Code
    ) -> CloseMemberLeaderboardResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            row = await opening.close_leaderboard(session, code)
            if not caller.sees(row.unit):
                raise NotFoundError("open leaderboard", code)
        return MemberLeaderboardWasClosed(leaderboard=MemberLeaderboard.of(row))

    @strawberry.mutation(
        description="Choose the name by which a member is seen on leaderboards. Without one they "
        "have a pseudonym. Colleagues may take away a name that does not do.",
        extensions=[Roles("customer", "front_line", "operator")],
    )
    async def choose_leaderboard_name(
        self,
        info: Info,
        customer_id: Annotated[UUID, strawberry.argument(description="Who.")],
        name: Annotated[
            str | None,
            strawberry.argument(description="1 to 30 characters, by the customer; null for none."),
        ] = None,
    ) -> ChooseLeaderboardNameResult:
        context = info.context
        if name is not None and not _is_text(name, LONGEST_NAME):
            raise InvalidInputError("name", f"takes 1 to {LONGEST_NAME} printable characters")
        if name is not None and "customer" not in context.caller.roles:
            raise InvalidInputError("name", "is chosen by the customer alone")
        async with context.db.reading() as session:
            current = await current_ids(session, [customer_id])
        wanted = current.get(customer_id, customer_id)
        if not await members_by_customer(context.db, [wanted], context.caller):
            raise NotFoundError("customer", customer_id)
        async with context.db.transaction() as session:
            await opening.choose_name(session, wanted, name)
        return LeaderboardNameWasChosen(name=name)


def _is_text(given: str, most: int) -> bool:
    return bool(given.strip()) and given.isprintable() and len(given) <= most


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


answered = [answers(errors.OwnLeaderboard, OwnLeaderboard)]
