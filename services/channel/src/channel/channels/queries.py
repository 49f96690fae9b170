"""Looking channels up."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from channel.channels.models import Channel
from channel.partners.queries import require_active
from kit.database import AsyncSession, driver
from kit.identity import Caller
from kit.paging import Page, page
from kit.units import below


async def channels_by_code(
    session: AsyncSession, codes: Iterable[str], *, seen_from: str, partner_code: str | None
) -> dict[str, Channel]:
    statement = select(Channel).where(
        col(Channel.code).in_(codes), below(col(Channel.unit), seen_from)
    )
    if partner_code is not None:
        statement = statement.where(Channel.partner_code == partner_code)
    return {channel.code: channel for channel in await session.exec(statement)}


async def channels(
    session: AsyncSession,
    *,
    seen_from: str,
    partner_code: str | None,
    first: int,
    after: str | None,
) -> Page[Channel]:
    statement = select(Channel).where(below(col(Channel.unit), seen_from))
    if partner_code is not None:
        statement = statement.where(Channel.partner_code == partner_code)
    return await page(
        session, statement, [Channel.code], first=first, after=after, newest_first=False
    )


class OpenChannel(NamedTuple):
    """What a report needs to know of its channel."""

    code: str
    kind: str
    unit: str
    partner_code: str | None
    partner_state: str | None
    partner_tier: str | None
    partner_unit: str | None


OPEN_CHANNELS = """
    SELECT channel.code, channel.kind, channel.unit, channel.partner_code,
           partner.state, partner.tier, partner.unit AS partner_unit
    FROM channel LEFT JOIN partner ON partner.code = channel.partner_code
    WHERE channel.code = ANY($1::text[])
    """


async def channels_open_to(
    session: AsyncSession, codes: Iterable[str], caller: Caller, partner_code: str | None
) -> dict[str, OpenChannel]:
    """Those of the channels that are open to the caller.

    A partner works on its own alone, and only while it is active, or Forbidden; our own people and
    systems on those in their unit.
    """
    rows = await (await driver(session)).fetch(OPEN_CHANNELS, list(codes))
    found = [OpenChannel(*row) for row in rows]
    if partner_code is None:
        return {each.code: each for each in found if caller.sees(each.unit)}
    theirs = {each.code: each for each in found if each.partner_code == partner_code}
    for each in theirs.values():
        require_active(partner_code, each.partner_state)
    return theirs


def worked_by(code_column: Any, caller: Caller, partner_code: str | None) -> ColumnElement[bool]:
    """The same as a condition on a column of channel codes."""
    mine = (
        col(Channel.partner_code) == partner_code
        if partner_code
        else below(col(Channel.unit), caller.unit or "")
    )
    return col(code_column).in_(select(Channel.code).where(mine))
