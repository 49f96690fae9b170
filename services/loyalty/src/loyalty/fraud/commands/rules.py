"""Setting and retiring fraud rules: each change is a new version, in force at once."""

from typing import Any

from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.models import utcnow
from loyalty.fraud.models import FraudRule
from loyalty.fraud.queries import newest_version, rule_in_force

log = get_logger(__name__)
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('fraud_rule:' || :code, 0))")


async def set_rule(session: AsyncSession, terms: dict[str, Any], by: str) -> FraudRule:
    """Let a rule hold on these terms from now on; the same terms again change nothing.

    It counts what happened before it was set as well.
    """
    code = terms["code"]
    await session.execute(ONE_AT_A_TIME, {"code": code})
    present = await rule_in_force(session, code)
    if present is not None:
        if all(getattr(present, name) == value for name, value in terms.items()):
            return present
        await _retire(session, present)
    version = await newest_version(session, code) + 1
    rule = FraudRule(**terms, version=version, set_by=by)
    session.add(rule)
    await session.flush()
    log.info("fraud_rule_set", code=code, version=version, action=rule.action)
    return rule


async def retire_rule(session: AsyncSession, code: str) -> FraudRule:
    """Ask the rule about nothing any more; what it held still waits. Raises NotFound."""
    await session.execute(ONE_AT_A_TIME, {"code": code})
    present = await rule_in_force(session, code)
    if present is None:
        raise NotFound("fraud rule in force", code)
    await _retire(session, present)
    log.info("fraud_rule_retired", code=code, version=present.version)
    return present


async def _retire(session: AsyncSession, rule: FraudRule) -> None:
    rule.retired_at = utcnow()
    session.add(rule)
    await session.flush()
