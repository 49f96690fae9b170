"""Everything that changes channels."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from channel.channels.errors import ChannelCodeTaken
from channel.channels.events import ChannelOpened
from channel.channels.models import Channel, ChannelKind
from channel.organisation.queries import require_unit
from channel.partners.models import Partner
from channel.texts import checked_code, checked_text
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.events import record

ALIKE = ("kind", "name", "unit", "partner_code")


async def open_channel(
    session: AsyncSession,
    *,
    code: str,
    kind: ChannelKind,
    name: str,
    unit: str,
    partner_code: str | None,
) -> Channel:
    """Open a channel and tell the platform; the same again changes nothing."""
    checked_code(code)
    name = checked_text(name, "name")
    await require_unit(session, unit)
    if partner_code is not None:
        await _require_partner(session, checked_code(partner_code, "partnerCode"))
    wanted = Channel(code=code, kind=kind.value, name=name, unit=unit, partner_code=partner_code)
    statement = insert(Channel).values(wanted.model_dump()).on_conflict_do_nothing()
    if (await session.execute(statement.returning(col(Channel.id)))).first() is None:
        return await _the_same(session, wanted)
    record(session, ChannelOpened(code=code, **{each: getattr(wanted, each) for each in ALIKE}))
    return wanted


async def _require_partner(session: AsyncSession, code: str) -> None:
    if (await session.exec(select(Partner.id).where(Partner.code == code))).first() is None:
        raise NotFound("partner", code)


async def _the_same(session: AsyncSession, wanted: Channel) -> Channel:
    known = (await session.exec(select(Channel).where(Channel.code == wanted.code))).one()
    if any(getattr(known, each) != getattr(wanted, each) for each in ALIKE):
        raise ChannelCodeTaken(wanted.code)
    return known
