"""Everything that changes channels."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from channel.channels.errors import ChannelCodeTaken
from channel.channels.events import ChannelOpened
from channel.channels.models import Channel, ChannelKind
from channel.organisation.queries import require_unit
from channel.partners.commands import CODE
from channel.partners.models import Partner
from kit.database import AsyncSession
from kit.errors import InvalidInput, NotFound
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
    if not CODE.fullmatch(code):
        raise InvalidInput("code", "takes 1 to 40 of a-z, 0-9, - and _")
    if not 0 < len(name.strip()) <= 200:
        raise InvalidInput("name", "takes 1 to 200 characters")
    await require_unit(session, unit)
    if partner_code is not None:
        await _require_partner(session, partner_code)
    wanted = Channel(
        code=code, kind=kind.value, name=name.strip(), unit=unit, partner_code=partner_code
    )
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
