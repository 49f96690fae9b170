"""Giving and withdrawing consent."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from customer.attributes.models import storable
from customer.consents.models import ConsentRecord
from customer.profiles.commands import announce
from customer.profiles.models import Customer
from customer.profiles.queries import customer_for_update
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.models import utcnow

CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
LONGEST_EVIDENCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Consent:
    """A decision: yes or no to a purpose, on a kind of channel or, without one, on all."""

    purpose: str
    channel_kind: str | None
    granted: bool
    evidence: str


async def record_consent(
    session: AsyncSession, customer_id: UUID, consent: Consent, caller: Caller
) -> Customer:
    """Take the decision down with its evidence; it counts from this moment on."""
    checked_code(consent.purpose, "purpose")
    if consent.channel_kind is not None:
        checked_code(consent.channel_kind, "channelKind")
    if not storable(consent.evidence.strip(), LONGEST_EVIDENCE):
        raise InvalidInput("evidence", f"takes 1 to {LONGEST_EVIDENCE} printable characters")
    customer = await customer_for_update(session, customer_id, caller)
    now = utcnow()
    session.add(
        ConsentRecord(
            customer_id=customer.id,
            created_at=now,
            purpose=consent.purpose,
            channel_kind=consent.channel_kind,
            granted=consent.granted,
            evidence=consent.evidence.strip(),
            recorded_by=caller.subject,
        )
    )
    if customer.consent(consent.purpose, consent.channel_kind, consent.granted, now):
        announce(session, [customer])
    return customer


def checked_code(code: str, field: str) -> str:
    if not CODE.fullmatch(code):
        raise InvalidInput(field, "is up to 32 of a-z, 0-9 and _, beginning with a letter")
    return code
