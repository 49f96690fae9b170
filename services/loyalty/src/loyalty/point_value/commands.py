"""Changing what a point is worth."""

from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict
from loyalty.point_value.models import PointValue
from loyalty.point_value.queries import point_value_in_force, programme_to_change

log = get_logger(__name__)


async def change_point_value(
    session: AsyncSession, version: int, minor: int, by: str
) -> PointValue:
    """From now on a point is worth so much; the same again changes nothing.

    What was promised, given and reported before keeps its value. Raises Conflict when somebody
    else has changed it since.
    """
    programme = await programme_to_change(session)
    present = await point_value_in_force(session)
    if present.minor == minor:
        return present
    if present.version != version:
        raise Conflict(f"It was changed before: version {present.version} is in force.")
    changed = PointValue(version=version + 1, minor=minor, set_by=by)
    programme.point_value_minor = minor
    session.add_all([programme, changed])
    await session.flush()
    log.info("point_value_changed", version=changed.version, minor=minor)
    return changed
