"""How fraud rules are looked up, and what one would have stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import TextClause, func, text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import Page, page
from loyalty.fraud.models import FraudRule, FraudRuleKind, FraudSubject

MOST_ACTS: Final = 1_000_000
EXAMPLES: Final = 10
COLUMNS: Final[Mapping[str, str]] = {
    FraudSubject.CUSTOMER: "customer_id",
    FraudSubject.DEVICE: "device",
    FraudSubject.ACCOUNT: "account",
    FraudSubject.ADDRESS: "address",
}


async def rules(
    session: AsyncSession, code: str | None, in_force: bool | None, first: int, after: str | None
) -> Page[FraudRule]:
    """The newest first: of one code, its versions."""
    wanted = select(FraudRule)
    if code is not None:
        wanted = wanted.where(FraudRule.code == code)
    if in_force is not None:
        wanted = wanted.where(col(FraudRule.retired_at).is_(None) == in_force)
    return await page(session, wanted, [FraudRule.id], first=first, after=after)


async def rule_in_force(session: AsyncSession, code: str) -> FraudRule | None:
    rows = await session.exec(
        select(FraudRule).where(FraudRule.code == code, col(FraudRule.retired_at).is_(None))
    )
    return rows.first()


async def newest_version(session: AsyncSession, code: str) -> int:
    newest = select(func.coalesce(func.max(FraudRule.version), 0)).where(FraudRule.code == code)
    return int((await session.exec(newest)).one())


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have stopped; `since` is the oldest act that was looked at."""

    acts: int
    stopped: int
    customers: int
    points: int
    since: datetime | None
    examples: list[dict[str, Any]]


async def tried(
    session: AsyncSession, terms: Mapping[str, Any], since: datetime, unit: str
) -> Trial:
    """Ask a rule about the acts since then, in the order in which they happened.

    At most a million, the newest; told are those of the unit's subtree.
    """
    asked = {
        "kinds": terms["act_kinds"],
        "threshold": terms["threshold"],
        "window": terms["window_seconds"],
        "per": terms["per"],
        "since": since,
        "unit": unit,
        "below": unit.replace("_", r"\_") + ".%",
        "most": MOST_ACTS,
        "examples": EXAMPLES,
    }
    row = (await session.execute(_trial(terms), asked)).one()
    return Trial(row.acts, row.stopped, row.customers, row.points, row.since, row.examples or [])


def _trial(terms: Mapping[str, Any]) -> TextClause:
    measured = _measured(terms["kind"], terms["per"], terms["measure"])
    return text(f"""
WITH past AS (
  SELECT * FROM screened_act WHERE kind = ANY (:kinds) AND at >= :since
  ORDER BY position DESC LIMIT :most
), measured AS (
  SELECT act.*, {measured} AS measured FROM past AS act
), mine AS (
  SELECT measured.* FROM measured JOIN points_account AS account USING (customer_id)
  WHERE account.unit = :unit OR account.unit LIKE :below ESCAPE '\\'
), stopped AS (
  SELECT * FROM mine WHERE measured > :threshold
)
SELECT (SELECT count(*) FROM mine) AS acts, (SELECT min(at) FROM past) AS since,
  count(*) AS stopped, count(DISTINCT customer_id) AS customers,
  coalesce(sum(points), 0)::bigint AS points,
  (SELECT jsonb_agg(example) FROM (
    SELECT kind, key, customer_id, points, at, measured FROM stopped
    ORDER BY measured DESC, position LIMIT :examples) AS example) AS examples
FROM stopped
""")  # noqa: S608  # columns and measures of ours


_SPAN: Final = "make_interval(secs => :window)"


def _measured(kind: str, per: str, measure: str) -> str:
    match kind:
        case FraudRuleKind.VELOCITY:
            subject = f"act.{COLUMNS[per]}"
            counted = "sum(points)" if measure == "points" else "count(*)"
            return f"CASE WHEN {subject} IS NOT NULL THEN {_over(counted, subject)} END"
        case FraudRuleKind.DUPLICATE:
            whose = "content, customer_id" if per == FraudSubject.CUSTOMER else "content"
            return f"CASE WHEN content IS NOT NULL THEN {_over('count(*)', whose)} END"
        case FraudRuleKind.RING:
            return f"""(SELECT count(*) FROM customer_mark AS shared
              WHERE shared.mark_id = act.{COLUMNS[per]} AND shared.first_seen_at <= act.at
                AND shared.last_seen_at >= act.at - {_SPAN})"""  # noqa: S608
    return OWN_ACT if per == FraudSubject.CUSTOMER else SHARED


def _over(counted: str, whose: str) -> str:
    return (
        f"{counted} OVER (PARTITION BY {whose} ORDER BY at "
        f"RANGE BETWEEN {_SPAN} PRECEDING AND CURRENT ROW)"
    )


OWN_ACT: Final = """(SELECT count(*) FROM member_facts AS facts
  WHERE facts.customer_id = act.customer_id
    AND (facts.attributes ->> 'works_for' = act.partner_code
         OR facts.attributes ->> 'works_as' = act.caused_by))"""
SHARED: Final = f"""(SELECT count(*) FROM customer_mark AS own
  JOIN customer_mark AS theirs USING (mark_id)
  WHERE own.customer_id = act.customer_id AND own.kind = :per
    AND theirs.customer_id = act.counterpart_id
    AND least(own.last_seen_at, theirs.last_seen_at) >= act.at - {_SPAN})"""  # noqa: S608
