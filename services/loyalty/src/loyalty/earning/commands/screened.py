"""Asking fraud limits about what happened: what is held earns pending points, or none."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from kit.database import AsyncSession
from loyalty.earning.happenings import Happening
from loyalty.earning.models import EarningEvent, EarningReview
from loyalty.fraud.commands import screen
from loyalty.fraud.models import Act, ActKind, Hold
from loyalty.referrals.queries import told_by

BOTH_SIDES: Final = (EarningEvent.REFERRAL, EarningEvent.REFERRED)

# Nothing was posted for it yet: what is refused has never given anything.
KEEP: Final = text("""
UPDATE earning SET review = new.review,
  points = CASE new.review WHEN 'refused' THEN 0 ELSE earning.points END
FROM jsonb_to_recordset(CAST(:holds AS jsonb)) AS new (
  source_kind text, source_id uuid, review text)
WHERE (earning.source_kind, earning.source_id) = (new.source_kind, new.source_id)
""")


def act_key(happening: Happening) -> str:
    """By what a happening is known to limits: both sides of a referral are one act."""
    event = EarningEvent.REFERRAL if happening.event in BOTH_SIDES else happening.event
    return f"{event}:{happening.source_id}"


def sources_of(key: str) -> list[tuple[str, UUID]]:
    """What an act stands for, by the kinds and ids of the earnings."""
    event, _, source = key.partition(":")
    events = BOTH_SIDES if event == EarningEvent.REFERRAL else (event,)
    return [(str(each), UUID(source)) for each in events]


async def screen_earnings(
    session: AsyncSession, earned: Sequence[tuple[Happening, int]]
) -> Mapping[str, Hold | None]:
    """Which of these, each with its points, go through; kept with the earnings. By `act_key`."""
    by = await told_by(
        session, [each.source_id for each, _ in earned if each.event == EarningEvent.REFERRAL]
    )
    points: dict[str, int] = {}
    for happening, given in earned:
        points[act_key(happening)] = points.get(act_key(happening), 0) + given
    acts = {act_key(each): _act(each, points[act_key(each)], by) for each, _ in earned}
    holds = await screen(session, list(acts.values()))
    await _keep(session, [each for each, _ in earned], holds)
    return holds


async def _keep(
    session: AsyncSession, happenings: Iterable[Happening], holds: Mapping[str, Hold | None]
) -> None:
    rows = [
        {
            "source_kind": each.event,
            "source_id": each.source_id,
            "review": EarningReview.HELD if hold.waits else EarningReview.REFUSED,
        }
        for each in happenings
        if (hold := holds[act_key(each)]) is not None
    ]
    if rows:
        await session.execute(KEEP, {"holds": orjson.dumps(rows, default=str).decode()})


def _act(happening: Happening, points: int, told_by: Mapping[UUID, str]) -> Act:
    if happening.event in BOTH_SIDES:
        return _referral(happening, points, told_by)
    return Act(
        ActKind.EARNING,
        happening.customer_id,
        act_key(happening),
        points,
        _told(happening, "device"),
        happening.occurred_at,
        account=_told(happening, "payment_account"),
        address=_told(happening, "address"),
        content=_content(happening),
        partner_code=happening.partner_code,
    )


def _referral(happening: Happening, points: int, told_by: Mapping[UUID, str]) -> Act:
    """One act of who brought somebody, known by the device of whom they brought."""
    sides = (happening.customer_id, happening.other_id or happening.customer_id)
    referrer, referred = sides if happening.event == EarningEvent.REFERRAL else sides[::-1]
    return Act(
        ActKind.REFERRAL,
        referrer,
        act_key(happening),
        points,
        at=happening.occurred_at,
        counterpart=referred,
        through=referred,
        caused_by=told_by.get(happening.source_id),
    )


def _told(happening: Happening, name: str) -> str | None:
    told: Any = happening.properties.get(name)
    return None if told is None or isinstance(told, bool) else str(told)


def _content(happening: Happening) -> str | None:
    """What makes two the same: the basket of an order, what was said at a touchpoint."""
    where = f"{happening.event}:{happening.channel_code}:{happening.partner_code}"
    if happening.event == EarningEvent.ORDER and happening.lines:
        lines = sorted(list(each) for each in happening.lines)
        return f"{where}:{happening.currency}:{orjson.dumps(lines).decode()}"
    if happening.event == EarningEvent.TOUCHPOINT and happening.properties:
        said = orjson.dumps(dict(happening.properties), option=orjson.OPT_SORT_KEYS).decode()
        return f"{where}:{happening.touchpoint_kind}:{said}"
    return None
