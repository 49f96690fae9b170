"""Giving and withdrawing consent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from customer.attributes.models import storable
from customer.channel_kinds import ChannelKind
from customer.consents.models import ConsentRecord, ConsentSource
from customer.profiles.commands import announce
from customer.profiles.models import Customer
from customer.profiles.queries import customer_for_update
from customer.timeline.commands import Entry, keep_own_entries
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.models import utcnow

CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
LONGEST_EVIDENCE: Final = 1_000
LONGEST_TEXT_VERSION: Final = 64
LONGEST_PLACE: Final = 200
CLOCKS_MAY_DIFFER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Consent:
    """A decision: yes or no to a purpose, on a kind of channel or, without one, on all.

    `text_version` is the text that was agreed to, `place` where that was.
    """

    purpose: str
    channel_kind: str | None
    granted: bool
    evidence: str
    source: ConsentSource = ConsentSource.OTHER
    text_version: str | None = None
    place: str | None = None
    decided_at: datetime | None = None

    def checked(self) -> "Consent":
        """Itself, or InvalidInput."""
        checked_code(self.purpose, "purpose")
        if self.channel_kind is not None:
            checked_channel_kind(self.channel_kind, "channelKind")
        _checked_text(self.evidence.strip(), "evidence", LONGEST_EVIDENCE)
        _checked_text(self.text_version, "textVersion", LONGEST_TEXT_VERSION)
        _checked_text(self.place, "place", LONGEST_PLACE)
        if self.decided_at and self.decided_at > utcnow() + CLOCKS_MAY_DIFFER:
            raise InvalidInput("decidedAt", "lies in the future")
        return self


async def record_consent(
    session: AsyncSession, customer_id: UUID, consent: Consent, caller: Caller
) -> Customer:
    """Take the decision down with its evidence; it counts from this moment on."""
    return await record_consents(session, customer_id, [consent], caller)


async def record_consents(
    session: AsyncSession, customer_id: UUID, consents: Sequence[Consent], caller: Caller
) -> Customer:
    """Take several decisions down at once: announced as one change, if they are one."""
    for each in consents:
        each.checked()
    customer = await customer_for_update(session, customer_id, caller)
    now = utcnow()
    records = [_record(customer, each, caller, now) for each in consents]
    session.add_all(records)
    await keep_own_entries(session, [_entry(each) for each in records])
    changes = [
        customer.consent(each.purpose, each.channel_kind, each.granted, each.decided_at)
        for each in records
    ]
    if any(changes):
        announce(session, [customer])
    return customer


def checked_code(code: str, field: str) -> str:
    if not CODE.fullmatch(code):
        raise InvalidInput(field, "is up to 32 of a-z, 0-9 and _, beginning with a letter")
    return code


def checked_channel_kind(kind: str, field: str) -> str:
    if kind not in set(ChannelKind):
        raise InvalidInput(field, f"is a kind of channel: {', '.join(ChannelKind)}")
    return kind


def _checked_text(text: str | None, field: str, longest: int) -> None:
    if text is not None and not storable(text, longest):
        raise InvalidInput(field, f"takes 1 to {longest} printable characters")


def _record(customer: Customer, told: Consent, caller: Caller, now: datetime) -> ConsentRecord:
    return ConsentRecord(
        customer_id=customer.id,
        created_at=now,
        purpose=told.purpose,
        channel_kind=told.channel_kind,
        granted=told.granted,
        source=told.source,
        text_version=told.text_version,
        place=told.place,
        evidence=told.evidence.strip(),
        recorded_by=caller.subject,
        decided_at=min(told.decided_at or now, now),
    )


def _entry(record: ConsentRecord) -> Entry:
    where = record.channel_kind or "all channels"
    said = "Agreed to" if record.granted else "Said no to"
    return Entry(
        id=record.id,
        customer_id=record.customer_id,
        occurred_at=record.decided_at,
        kind="consent_given" if record.granted else "consent_withdrawn",
        title=f"{said} {record.purpose} by {where.replace('_', ' ')}",
        details=[
            ["source", record.source],
            *([["place", record.place]] if record.place else []),
            *([["text_version", record.text_version]] if record.text_version else []),
            ["by", record.recorded_by],
        ],
    )
