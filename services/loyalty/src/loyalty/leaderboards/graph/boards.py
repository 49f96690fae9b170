"""Leaderboards and the ranks on them, as the graph shows them."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from kit.errors import InvalidInput
from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.scalars import Long
from kit.merging.mergers import current_ids
from kit.models import utcnow
from loyalty.accesses.noting import saw
from loyalty.accounts.queries import accounts_by_customer
from loyalty.clubs.graph.clubs import unit_of_caller
from loyalty.leaderboards import models, queries
from loyalty.leaderboards.naming import shown_as

READERS = ("marketer", "approver", "front_line", "analyst", "operator", "customer")
NEIGHBOURS = 5
MemberLeaderboardMeasure = strawberry.enum(
    models.LeaderboardMeasure,
    name="MemberLeaderboardMeasure",
    description="What is compared: POINTS that earning rules gave for what members did, birthdays "
    "apart; how many ORDERS that stand; REFERRALS that came to an order; levels of ACHIEVEMENTS "
    "reached.",
)
MemberLeaderboardSpan = strawberry.enum(
    models.LeaderboardSpan,
    name="MemberLeaderboardSpan",
    description="Over which time, by the leaderboard's clock: each DAY, WEEK (from Monday) or "
    "MONTH anew, or EVER.",
)
MemberLeaderboardState = strawberry.enum(
    models.LeaderboardState,
    name="MemberLeaderboardState",
    description="DRAFT counts nothing yet, OPEN counts, CLOSED counts no more.",
)


@strawberry.type(description="What ranks from one to another get when a period is frozen.")
class MemberLeaderboardPrize:
    from_rank: int = strawberry.field(description="From this rank, 1 being the first.")
    to_rank: int = strawberry.field(description="To this rank, included.")
    points: Long = strawberry.field(description="What each of them gets.")


@strawberry.type(
    description="What is compared, among whom, and over which time. Ahead is who has the higher "
    "score; of equals, who did the last thing that counted earlier; of those again, by lot."
)
class MemberLeaderboard:
    code: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for members.")
    unit: str = strawberry.field(description="Whose members: this unit and all below.")
    club_code: str | None = strawberry.field(
        description="Only those who belong to this club when they do something; null for all."
    )
    measure: models.LeaderboardMeasure = strawberry.field(description="What is compared.")
    span: models.LeaderboardSpan = strawberry.field(description="Over which time.")
    time_zone: str = strawberry.field(description="By whose clock periods begin and end.")
    settles_minutes: int = strawberry.field(
        description="A period is frozen so long after its end: what is told by then still counts."
    )
    prizes: list[MemberLeaderboardPrize] = strawberry.field(description="What the first get.")
    state: models.LeaderboardState = strawberry.field(description="Whether it counts.")
    opened_at: datetime | None = strawberry.field(description="What is done from then on counts.")
    drafted_by: str = strawberry.field(description="Who wrote it.")
    opened_by: str | None = strawberry.field(description="Who let it count.")

    @classmethod
    def of(cls, row: models.Leaderboard) -> Self:
        return cls(
            code=row.code,
            name=row.name,
            unit=row.unit,
            club_code=row.club_code,
            measure=models.LeaderboardMeasure(row.measure),
            span=models.LeaderboardSpan(row.span),
            time_zone=row.time_zone,
            settles_minutes=row.settles_minutes,
            prizes=[
                MemberLeaderboardPrize(
                    from_rank=each["from"], to_rank=each["to"], points=Long(each["points"])
                )
                for each in row.prizes
            ],
            state=models.LeaderboardState(row.state),
            opened_at=row.opened_at,
            drafted_by=row.drafted_by,
            opened_by=row.opened_by,
        )


@strawberry.type(description="A member's place on a leaderboard.")
class MemberLeaderboardEntry:
    rank: int = strawberry.field(description="1 for the first; everybody has their own.")
    name: str = strawberry.field(
        description="The name they chose; else a pseudonym, another on each leaderboard and in "
        "each period."
    )
    score: Long = strawberry.field(description="What it adds up to.")
    prize: Long = strawberry.field(description="Points they got when it was frozen; 0 before.")
    customer_id: UUID | None = strawberry.field(
        description="Who: for themselves, and for colleagues of units above; null for others."
    )


@strawberry.type(description="A leaderboard in one period.")
class MemberLeaderboardStanding:
    leaderboard: MemberLeaderboard = strawberry.field(description="Which.")
    starts_on: date = strawberry.field(description="The first day; 1000-01-01 for EVER.")
    ends_at: datetime | None = strawberry.field(description="When it is over; null for EVER.")
    frozen_at: datetime | None = strawberry.field(
        description="When the winners were kept; from then on nothing changes. Null before."
    )
    members: Long = strawberry.field(description="How many have a score.")
    top: list[MemberLeaderboardEntry] = strawberry.field(description="The first, in order.")
    mine: MemberLeaderboardEntry | None = strawberry.field(
        description="The place of the member asked about; null without a score, and 35 days after "
        "the period was frozen."
    )
    neighbours: list[MemberLeaderboardEntry] = strawberry.field(
        description="The member asked about with up to 5 on either side, in order."
    )


@strawberry.type
class MemberLeaderboardsQuery:
    @strawberry.field(
        description="Leaderboards of the caller's unit, of those above it and of those below it, "
        "by code; drafts for marketers, approvers and operators.",
        extensions=[Roles(*READERS)],
    )
    async def member_leaderboards(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[MemberLeaderboard] | None:
        unit = await unit_of_caller(info.context)
        if unit is None:
            return None
        drafts = bool(info.context.caller.roles & {"marketer", "approver", "operator"})
        async with info.context.db.reading() as session:
            found = await queries.leaderboards_near(session, unit, drafts, first, after)
        return Connection.of(found, MemberLeaderboard.of)

    @strawberry.field(
        description="A leaderboard in the period in which a day lies: the first, and one member's "
        "place with their neighbours. Null when there is none that the caller may see. Refused: "
        "InvalidInput, NotFound for a customer whom the caller may not see.",
        extensions=[Roles(*READERS)],
    )
    async def member_leaderboard(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="Its code.")],
        period: Annotated[
            date | None, strawberry.argument(description="A day of the period; null for today.")
        ] = None,
        customer_id: Annotated[
            UUID | None,
            strawberry.argument(description="About whom; customers ask about themselves."),
        ] = None,
        first: First = 10,
    ) -> MemberLeaderboardStanding | None:
        if not 1 <= first <= models.MOST_WINNERS:
            raise InvalidInput("first", f"is between 1 and {models.MOST_WINNERS}")
        context = info.context
        unit = await unit_of_caller(context)
        asked = await _asked_about(context, customer_id)
        if unit is None:
            return None
        async with context.db.reading() as session:
            board = await queries.leaderboard_near(session, code, unit)
            if board is None or board.state == models.LeaderboardState.DRAFT:
                return None
            starts_on = board.first_day(period) if period else board.period_of(utcnow())
            found = await queries.period_shown(session, code, starts_on)
            shown = found or models.LeaderboardPeriod(
                code=code, starts_on=starts_on, ends_at=board.ends_at(starts_on)
            )
            top = await queries.top_of(session, shown, first)
            near = await queries.surroundings(session, board, starts_on, asked, NEIGHBOURS)
            members = shown.members
            if members is None:
                members = await queries.members_of_period(session, code, starts_on)
        entries = await _entries(context, asked, [*top, *near])
        for each in entries:
            if each.customer_id is not None:
                saw(context, each.customer_id, "leaderboards")
        return MemberLeaderboardStanding(
            leaderboard=MemberLeaderboard.of(board),
            starts_on=starts_on,
            ends_at=shown.ends_at,
            frozen_at=shown.frozen_at,
            members=Long(members),
            top=entries[: len(top)],
            mine=next(
                (
                    entry
                    for entry, each in zip(entries[len(top) :], near, strict=True)
                    if each.customer_id == asked
                ),
                None,
            ),
            neighbours=entries[len(top) :],
        )


async def _asked_about(context: Context, customer_id: UUID | None) -> UUID | None:
    """Themselves, for customers; for others whom they name, if they may see them."""
    caller = context.caller
    own = caller.claimed_id("customer") if "customer" in caller.roles else None
    wanted = customer_id or own
    if wanted is None:
        return None
    async with context.db.reading() as session:
        current = await current_ids(session, [wanted])
    today = current.get(wanted, wanted)
    if not await accounts_by_customer(context.db, [today], context.caller):
        raise NotFoundError("customer", wanted)
    return today


async def _entries(
    context: Context, asked: UUID | None, found: list[queries.Entry]
) -> list[MemberLeaderboardEntry]:
    customers = list({each.customer_id for each in found})
    seen: dict[UUID, Any] = await accounts_by_customer(context.db, customers, context.caller)
    async with context.db.reading() as session:
        names = await queries.names_of(session, customers)
    return [
        MemberLeaderboardEntry(
            rank=each.rank,
            name=names.get(each.customer_id) or shown_as(each.lot),
            score=Long(each.score),
            prize=Long(each.points),
            customer_id=each.customer_id
            if each.customer_id in seen or each.customer_id == asked
            else None,
        )
        for each in found
    ]
