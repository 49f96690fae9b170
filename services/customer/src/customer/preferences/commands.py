"""What customers change on their page."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from customer.consents.commands import Consent, record_consents
from customer.consents.models import ConsentSource
from customer.preferences.links import Link
from customer.preferences.queries import Choice
from customer.profiles.models import Customer
from customer.settings import settings
from kit.database import AsyncSession
from kit.identity import Caller

MARKETING = "marketing"


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer on their page: who by the link, and the text they read."""

    customer_id: UUID
    link: Link
    text_version: str

    @property
    def caller(self) -> Caller:
        return Caller(
            subject="customer",
            roles=frozenset({"customer"}),
            claims={"customer": str(self.customer_id)},
        )


async def choose(session: AsyncSession, visit: Visit, choices: Iterable[Choice]) -> Customer | None:
    """Take down what was switched on or off; None if that is nothing."""
    told = [
        _consent(visit, each.purpose, each.channel_kind, each.granted, "switched on the page")
        for each in choices
    ]
    if not told:
        return None
    return await record_consents(session, visit.customer_id, told, visit.caller)


async def stop_everything(session: AsyncSession, visit: Visit, purposes: Iterable[str]) -> Customer:
    """No to every purpose, on all channels."""
    told = [_consent(visit, each, None, False, "stopped everything") for each in purposes]
    return await record_consents(session, visit.customer_id, told, visit.caller)


async def unsubscribe(session: AsyncSession, visit: Visit) -> Customer:
    """One click in the mail program, as RFC 8058 has it: no to the channel the link came by."""
    told = Consent(
        purpose=MARKETING,
        channel_kind=visit.link.channel_kind,
        granted=False,
        evidence=f"List-Unsubscribe=One-Click, {_link_says(visit.link)}",
        source=ConsentSource.UNSUBSCRIBE,
        place=settings().preference_url,
    )
    return await record_consents(session, visit.customer_id, [told], visit.caller)


def _consent(visit: Visit, purpose: str, kind: str | None, granted: bool, how: str) -> Consent:
    return Consent(
        purpose=purpose,
        channel_kind=kind,
        granted=granted,
        evidence=f"The customer {how}, {_link_says(visit.link)}",
        source=ConsentSource.PREFERENCE_PAGE,
        text_version=visit.text_version,
        place=settings().preference_url,
    )


def _link_says(link: Link) -> str:
    """Which link it was, without the secret in it."""
    return f"by the link that expires {link.expires_at:%Y-%m-%d %H:%M} UTC"
