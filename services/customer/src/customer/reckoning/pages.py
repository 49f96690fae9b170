"""A rule asked of everybody, page by page: only whose answer differs is looked at closely."""

from typing import Any, Final
from uuid import UUID

from prometheus_client import Gauge
from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select
from sqlmodel import col
from structlog import get_logger

from customer.activity.models import ActivityDay
from customer.entity import table_of
from customer.profiles.changes import changes_of
from customer.profiles.models import Customer
from customer.reckoning.answers import BY_RULE
from customer.reckoning.rulebook import Rule, named, rulebook
from customer.reckoning.waiting import many_wait
from customer.rules.columns import columns, has_mark
from customer.rules.models import UNDER_WAY, Reckoning, ReckoningState, RuleKind
from customer.rules.vocabulary import DAYS_SINCE, TAG_WEIGHT, measures_of
from customer.segments.models import SegmentMember
from kit.database import AsyncSession
from kit.models import utcnow
from kit.predicates import to_sql
from kit.schedules import MORE
from kit.units import below

LOOKED_THROUGH: Final = 20_000
LOOKED_AT: Final = 1_000
_customer: Final = table_of(Customer).c
_member: Final = table_of(SegmentMember).c
_activity: Final = table_of(ActivityDay).c
waiting = Gauge("reckonings_waiting", "Rules that are still to be asked of every customer.")
log = get_logger(__name__)


async def measure_reckonings(session: AsyncSession) -> None:
    """How many rules are still to be asked of everybody."""
    under_way = select(func.count()).where(col(Reckoning.state).in_(UNDER_WAY))
    waiting.set((await session.execute(under_way)).scalar_one())


async def reckon_next_page(session: AsyncSession) -> str | None:
    """Take the oldest reckoning a page further. Each page is committed, and so is how far it is.

    Who wears another tag is told about: it waits while the platform has much to be told anyway.
    """
    to_do = (
        select(Reckoning)
        .where(col(Reckoning.state).in_(UNDER_WAY))
        .order_by(col(Reckoning.id))
        .with_for_update()
    )
    found = (await session.scalars(to_do)).all()
    if not found:
        return None
    reckoning = found[0]
    book = await rulebook(session)
    rule = next((each for each in book.rules if each.id == reckoning.rule_id), None)
    if rule is None or rule.version != reckoning.rule_version:
        reckoning.state = ReckoningState.SUPERSEDED
        return MORE
    if rule.kind is RuleKind.TAG and await many_wait(session):
        return None
    if reckoning.state == ReckoningState.WAITING:
        await _start(session, reckoning, rule)
    await _take_page(session, reckoning, rule)
    return MORE


async def _start(session: AsyncSession, reckoning: Reckoning, rule: Rule) -> None:
    within = select(func.count()).select_from(Customer).where(below(_customer.unit, rule.unit))
    reckoning.population = (await session.execute(within)).scalar_one()
    reckoning.state = ReckoningState.RUNNING
    reckoning.started_at = utcnow()
    log.info("reckoning_started", rule=rule.code, customers=reckoning.population)


async def _take_page(session: AsyncSession, reckoning: Reckoning, rule: Rule) -> None:
    after = literal(reckoning.after or UUID(int=0), _customer.id.type)
    beyond = and_(_customer.id > after, below(_customer.unit, rule.unit))
    end = select(_customer.id).where(beyond).order_by(_customer.id).offset(LOOKED_THROUGH - 1)
    last = (await session.execute(end.limit(1))).scalar_one_or_none()
    page = beyond if last is None else and_(beyond, _customer.id <= last)
    differing = select(_customer.id).where(page, may_differ(rule)).order_by(_customer.id)
    ids = (await session.scalars(differing.limit(LOOKED_AT))).all()
    if len(ids) == LOOKED_AT:
        last = ids[-1]
        page = and_(beyond, _customer.id <= last)
    counted = select(func.count()).select_from(Customer).where(page)
    reckoning.evaluated += (await session.execute(counted)).scalar_one()
    reckoning.changed += len(ids)
    reckoning.after = last
    for customer_id in ids:
        changes_of(session).note(customer_id, [named(rule.id)])
    if last is None:
        reckoning.state = ReckoningState.DONE
        reckoning.finished_at = utcnow()
        log.info("reckoning_done", rule=rule.code, evaluated=reckoning.evaluated)


def may_differ(rule: Rule) -> ColumnElement[bool]:
    """Whether the rule's answer is another than is kept, or may become so as time passes."""
    today = utcnow().date()
    fits = to_sql(rule.checked, columns(today)).is_(True) if rule.active else literal(False)
    differs = fits != _kept(rule)
    return or_(differs, *_passing(rule)) if rule.timed and rule.active else differs


def _kept(rule: Rule) -> ColumnElement[bool]:
    if rule.kind is RuleKind.SEGMENT:
        member = (_member.segment_id == rule.id, _member.customer_id == _customer.id)
        return exists().where(*member)
    worn: dict[str, Any] = {"tag": rule.code, "source": BY_RULE, "expires_at": None}
    if not rule.active and rule.half_life_days is None:
        del worn["expires_at"]
    return has_mark(_customer.tags, worn)


def _passing(rule: Rule) -> list[ColumnElement[bool]]:
    """Of whom something is known that time changes."""
    measures = list(measures_of(rule.checked))
    mine = (_activity.customer_id == _customer.id, _activity.measure.in_(measures))
    found: list[ColumnElement[bool]] = [exists().where(*mine)] if measures else []
    for fact in rule.checked.types:
        if fact.startswith(DAYS_SINCE):
            found.append(_customer.attributes.has_key(fact.removeprefix(DAYS_SINCE)))
        elif fact.startswith(TAG_WEIGHT):
            found.append(has_mark(_customer.tags, {"tag": fact.removeprefix(TAG_WEIGHT)}))
    return found
