"""How clubs and those in them are looked up."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, any_, bindparam, select, true
from sqlmodel import col
from sqlmodel import select as select_model

from kit.database import AsyncSession
from kit.paging import Page, page
from kit.tables import alias
from kit.units import below, reaches
from loyalty.clubs.models import Club, ClubJoining, ClubMembership, ClubState, Way
from loyalty.clubs.vocabulary import condition
from loyalty.entity import table_of
from loyalty.members.models import MemberFacts

_club: Final = table_of(Club)
_membership: Final = table_of(ClubMembership)
_facts: Final = table_of(MemberFacts)
_customers: Final = any_(bindparam("customers", type_=ARRAY(Uuid)))
CLUBS_OF: Final = (
    select(_membership.c.customer_id, _membership.c.club_code)
    .join(_club, _club.c.code == _membership.c.club_code)
    .where(
        _membership.c.customer_id == _customers,
        _membership.c.left_at.is_(None),
        _club.c.state == ClubState.OPEN,
    )
)


class Candidate(NamedTuple):
    """A member in view of a club: whether its rule holds, and what they are to it so far."""

    customer_id: UUID
    fits: bool
    membership_id: UUID | None
    grace_until: datetime | None
    last_left_by: str | None

    @property
    def stays_out(self) -> bool:
        """Who left of their own accord comes back only of their own accord."""
        return self.last_left_by in (Way.ASKING, Way.FRONT_LINE)


async def clubs_of(session: AsyncSession, customers: Iterable[UUID]) -> dict[UUID, frozenset[str]]:
    """The codes of the clubs each customer belongs to now; none for those in no club."""
    wanted = list(customers)
    found: dict[UUID, set[str]] = {each: set() for each in wanted}
    for customer, code in await session.execute(CLUBS_OF, {"customers": wanted}):
        found[customer].add(code)
    return {customer: frozenset(codes) for customer, codes in found.items()}


async def club_to_change(session: AsyncSession, code: str) -> Club | None:
    """The club, held until this transaction ends: its places are counted by one at a time."""
    rows = await session.exec(
        select_model(Club)
        .where(Club.code == code)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return rows.first()


async def clubs_by_rule(session: AsyncSession) -> Sequence[Club]:
    """The clubs that take in by themselves."""
    rows = await session.exec(
        select_model(Club)
        .where(Club.state == ClubState.OPEN, Club.joining == ClubJoining.RULE)
        .order_by(Club.code)
    )
    return rows.all()


async def candidates(
    session: AsyncSession, club: Club, customers: Collection[UUID]
) -> list[Candidate]:
    """What each customer is to a club; those of whom nothing is known fit no rule."""
    person = _facts.c.customer_id
    mine = and_(_membership.c.customer_id == person, _membership.c.club_code == club.code)
    last = (
        select(_membership.c.left_by)
        .where(mine, _membership.c.left_at.is_not(None))
        .order_by(_membership.c.id.desc())
        .limit(1)
        .correlate(_facts)
        .scalar_subquery()
    )
    holds: Any = true() if club.condition is None else condition(club.condition)
    fits = and_(below(_facts.c.unit, club.unit), holds)
    rows = await session.execute(
        select(person, fits, _membership.c.id, _membership.c.grace_until, last)
        .outerjoin_from(_facts, _membership, and_(mine, _membership.c.left_at.is_(None)))
        .where(person == _customers, person.not_in(select(alias.c.old_id)))
        .order_by(person),
        {"customers": list(customers)},
    )
    return [Candidate(*row) for row in rows]


async def membership_of(
    session: AsyncSession, code: str, customer_id: UUID
) -> ClubMembership | None:
    """A customer's membership in a club, as long as it lasts."""
    rows = await session.exec(
        select_model(ClubMembership).where(
            ClubMembership.club_code == code,
            ClubMembership.customer_id == customer_id,
            col(ClubMembership.left_at).is_(None),
        )
    )
    return rows.first()


async def club_near(session: AsyncSession, code: str, unit: str) -> Club | None:
    """The club, if it is above the unit or below it."""
    rows = await session.exec(select_model(Club).where(Club.code == code, reaches(Club.unit, unit)))
    return rows.first()


async def clubs_near(
    session: AsyncSession, unit: str, interest: str | None, first: int, after: str | None
) -> Page[Club]:
    """Clubs above the unit and below it, by code."""
    wanted = select_model(Club).where(reaches(Club.unit, unit), Club.state == ClubState.OPEN)
    if interest is not None:
        wanted = wanted.where(Club.interest == interest)
    return await page(session, wanted, [Club.code], first=first, after=after, newest_first=False)


async def memberships_of(
    session: AsyncSession, customer_id: UUID, current: bool, first: int, after: str | None
) -> Page[ClubMembership]:
    """The clubs of a customer, those joined last first."""
    mine = select_model(ClubMembership).where(ClubMembership.customer_id == customer_id)
    if current:
        mine = mine.where(col(ClubMembership.left_at).is_(None))
    return await page(session, mine, [ClubMembership.id], first=first, after=after)


async def clubs_by_code(session: AsyncSession, codes: Iterable[str]) -> dict[str, Club]:
    rows = await session.exec(select_model(Club).where(col(Club.code).in_(set(codes))))
    return {each.code: each for each in rows}


async def next_accounts(session: AsyncSession, after: UUID | None, most: int) -> Sequence[UUID]:
    """Members of whom something is known, in the order of their ids."""
    wanted = select(_facts.c.customer_id).order_by(_facts.c.customer_id).limit(most)
    if after is not None:
        wanted = wanted.where(_facts.c.customer_id > after)
    return (await session.execute(wanted)).scalars().all()
