"""Screening: one statement asks every rule about a batch of acts, and opens reviews."""

from collections.abc import Sequence
from typing import Any, Final

import orjson
from prometheus_client import Counter
from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession
from kit.events import current_trace
from loyalty.fraud.events import ReviewOpened
from loyalty.fraud.marks import mark_of
from loyalty.fraud.models import Act, FraudAction, FraudSubject, Hold

REVIEW_SECONDS: Final = 2 * 86_400
SCREEN: Final = text("SELECT * FROM screen_acts(CAST(:acts AS jsonb), :subject, :due, :trace)")
log = get_logger(__name__)
screened = Counter(
    "loyalty_acts_stopped_total", "Acts that a rule held, flagged or refused.", ["kind", "action"]
)


async def screen(session: AsyncSession, acts: Sequence[Act]) -> dict[str, Hold | None]:
    """Whether each act goes through (None), by its key; asked again, the first answer stands.

    Exact under concurrency: members, then devices are held, each sorted, until the transaction
    ends. So screen before wallets or stock are taken. What is held or flagged gets a review; what
    was released since goes through, what was rejected is refused.
    """
    if not acts:
        return {}
    asked = {
        "acts": orjson.dumps([_told(each) for each in acts], default=str).decode(),
        "subject": ReviewOpened.subject,
        "due": REVIEW_SECONDS,
        "trace": current_trace(),
    }
    verdicts: dict[str, Hold | None] = {each.key: None for each in acts}
    for row in await session.execute(SCREEN, asked):
        if row.fresh:
            screened.labels(row.kind, row.action).inc()
            log.info("act_stopped", kind=row.kind, action=row.action, rule=row.rule_code)
        if row.stands:
            verdicts[row.key] = Hold(FraudAction(row.stands), row.rule_code, row.review_id)
    return verdicts


def _told(act: Act) -> dict[str, Any]:
    return {
        "kind": act.kind,
        "key": act.key,
        "customer_id": act.customer_id,
        "counterpart_id": act.counterpart,
        "through_id": act.through or act.customer_id,
        "device": mark_of(FraudSubject.DEVICE, act.device),
        "account": mark_of(FraudSubject.ACCOUNT, act.account),
        "address": mark_of(FraudSubject.ADDRESS, act.address),
        "content": mark_of("content", act.content),
        "partner_code": act.partner_code,
        "caused_by": act.caused_by,
        "points": act.points,
        "at": act.at,
    }
