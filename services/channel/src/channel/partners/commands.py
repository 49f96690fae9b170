"""Everything that changes partners."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from channel.organisation.queries import require_unit
from channel.partners.errors import PartnerCodeTaken
from channel.partners.events import PartnerAdvanced
from channel.partners.models import Partner, PartnerKind, PartnerState, PartnerStep
from channel.texts import checked_code, checked_text
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.events import record
from kit.models import utcnow
from kit.units import below


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
    """Take an application, and tell; the same again answers with the partner as it is."""
    partner = Partner(
        code=checked_code(code),
        name=checked_text(name, "name"),
        kind=kind,
        tier=checked_code(tier, "tier"),
        unit=unit,
    )
    await require_unit(session, unit)
    statement = insert(Partner).values(partner.model_dump()).on_conflict_do_nothing()
    if (await session.execute(statement.returning(col(Partner.id)))).first() is None:
        return await _the_same(session, partner)
    _keep_step(session, partner, None, by, "applied")
    return partner


async def advance_partner(
    session: AsyncSession, code: str, to: PartnerState, *, reason: str, by: str, seen_from: str
) -> Partner:
    """Take a partner one step further, keep who did it and why, and tell.

    Announces `channel.partner.advanced`.
    """
    reason = checked_text(reason, "reason", 500)
    partner = await partner_for_update(session, checked_code(code), seen_from)
    before = partner.state
    partner.advance(to)
    session.add(partner)
    _keep_step(session, partner, before, by, reason)
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


async def _the_same(session: AsyncSession, wanted: Partner) -> Partner:
    known = (await session.exec(select(Partner).where(Partner.code == wanted.code))).one()
    alike = ("name", "kind", "tier", "unit")
    if any(getattr(known, each) != getattr(wanted, each) for each in alike):
        raise PartnerCodeTaken(wanted.code)
    return known


def _keep_step(
    session: AsyncSession, partner: Partner, before: str | None, by: str, reason: str
) -> None:
    session.add(
        PartnerStep(
            partner_code=partner.code,
            from_state=before,
            to_state=partner.state,
            by=by,
            reason=reason,
        )
    )
    record(
        session,
        PartnerAdvanced(
            code=partner.code,
            version=partner.version,
            unit=partner.unit,
            from_state=before,
            to_state=partner.state,
            at=utcnow(),
        ),
    )
