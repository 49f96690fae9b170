"""Looking partners up, and on whose behalf a caller acts."""

from collections.abc import Iterable, Sequence

from sqlmodel import col, select

from channel.partners.models import Partner, PartnerState, PartnerStep
from kit.database import AsyncSession
from kit.errors import Forbidden
from kit.identity import Caller
from kit.paging import Page, page
from kit.units import below


async def partners_by_code(
    session: AsyncSession, codes: Iterable[str], *, seen_from: str
) -> dict[str, Partner]:
    statement = select(Partner).where(
        col(Partner.code).in_(codes), below(col(Partner.unit), seen_from)
    )
    return {partner.code: partner for partner in await session.exec(statement)}


async def known_partners(session: AsyncSession, codes: Iterable[str]) -> set[str]:
    """Those of the codes that are a partner's, wherever it is and however it stands."""
    return set(await session.exec(select(Partner.code).where(col(Partner.code).in_(set(codes)))))


async def partners(
    session: AsyncSession,
    *,
    seen_from: str,
    state: PartnerState | None,
    first: int,
    after: str | None,
) -> Page[Partner]:
    statement = select(Partner).where(below(col(Partner.unit), seen_from))
    if state is not None:
        statement = statement.where(Partner.state == state)
    return await page(
        session, statement, [Partner.code], first=first, after=after, newest_first=False
    )


async def steps_of(session: AsyncSession, codes: Iterable[str]) -> dict[str, Sequence[PartnerStep]]:
    statement = (
        select(PartnerStep)
        .where(col(PartnerStep.partner_code).in_(codes))
        .order_by(col(PartnerStep.id))
    )
    found: dict[str, list[PartnerStep]] = {}
    for step in await session.exec(statement):
        found.setdefault(step.partner_code, []).append(step)
    return dict(found)


def claimed_partner(caller: Caller) -> str | None:
    """The partner a caller with the role partner acts for; None for our own people and systems."""
    if "partner" not in caller.roles:
        return None
    code = caller.claims.get("partner")
    if not isinstance(code, str):
        raise Forbidden("The token names no partner.")
    return code


def require_active(code: str, state: str | None) -> None:
    """Forbidden unless the partner may act."""
    if state != PartnerState.ACTIVE:
        raise Forbidden(f"The partner {code} is {state or 'unknown'}; it acts only while active.")


async def acting_partner(session: AsyncSession, caller: Caller) -> Partner | None:
    """The active partner a caller acts for, or None for our own people and systems."""
    code = claimed_partner(caller)
    if code is None:
        return None
    partner = (await session.exec(select(Partner).where(Partner.code == code))).first()
    require_active(code, partner.state if partner else None)
    return partner
