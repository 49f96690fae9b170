"""Everything that changes partners."""

import re

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from channel.organisation.queries import require_unit
from channel.partners.errors import PartnerCodeTaken
from channel.partners.models import Partner, PartnerKind, PartnerState, PartnerStep
from kit.database import AsyncSession
from kit.errors import InvalidInput, NotFound
from kit.units import below

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


async def register_partner(
    session: AsyncSession,
    *,
    code: str,
    name: str,
    kind: PartnerKind,
    tier: str,
    unit: str,
    by: str,
) -> Partner:
    """Take an application; the same again answers with the partner as it is."""
    _check(code, name, tier)
    await require_unit(session, unit)
    partner = Partner(code=code, name=name.strip(), kind=kind, tier=tier, unit=unit)
    statement = insert(Partner).values(partner.model_dump()).on_conflict_do_nothing()
    if (await session.execute(statement.returning(col(Partner.id)))).first() is None:
        return await _the_same(session, partner)
    session.add(_step(partner, None, by, "applied"))
    return partner


async def advance_partner(
    session: AsyncSession, code: str, to: PartnerState, *, reason: str, by: str, seen_from: str
) -> Partner:
    """Take a partner one step further, and keep who did it and why."""
    if not 0 < len(reason.strip()) <= 500:
        raise InvalidInput("reason", "takes 1 to 500 characters")
    partner = await partner_for_update(session, code, seen_from)
    before = partner.state
    partner.advance(to)
    session.add(partner)
    session.add(_step(partner, before, by, reason.strip()))
    return partner


async def partner_for_update(session: AsyncSession, code: str, seen_from: str) -> Partner:
    statement = (
        select(Partner)
        .where(Partner.code == code, below(col(Partner.unit), seen_from))
        .with_for_update()
    )
    partner = (await session.exec(statement)).first()
    if partner is None:
        raise NotFound("partner", code)
    return partner


def _check(code: str, name: str, tier: str) -> None:
    if not CODE.fullmatch(code):
        raise InvalidInput("code", "takes 1 to 40 of a-z, 0-9, - and _")
    if not 0 < len(name.strip()) <= 200:
        raise InvalidInput("name", "takes 1 to 200 characters")
    if not CODE.fullmatch(tier):
        raise InvalidInput("tier", "takes 1 to 40 of a-z, 0-9, - and _")


async def _the_same(session: AsyncSession, wanted: Partner) -> Partner:
    known = (await session.exec(select(Partner).where(Partner.code == wanted.code))).one()
    alike = ("name", "kind", "tier", "unit")
    if any(getattr(known, each) != getattr(wanted, each) for each in alike):
        raise PartnerCodeTaken(wanted.code)
    return known


def _step(partner: Partner, before: str | None, by: str, reason: str) -> PartnerStep:
    return PartnerStep(
        partner_code=partner.code,
        from_state=before,
        to_state=partner.state,
        by=by,
        reason=reason,
    )
