"""What a customer may choose, and has chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from customer.profiles.facts import Fact
from customer.settings import settings


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether we may, for a purpose, by a kind of channel."""

    purpose: str
    channel_kind: str
    granted: bool

    @property
    def name(self) -> str:
        return f"{self.purpose}:{self.channel_kind}"


def choices_of(consents: Sequence[Fact]) -> list[Choice]:
    """What the page asks about, and whatever else the customer has said something about."""
    told = settings()
    kinds = [*told.preference_channel_kinds, *(e["channel_kind"] for e in consents)]
    purposes = [*told.preference_purposes, *(e["purpose"] for e in consents)]
    return [
        Choice(purpose, kind, _granted(consents, purpose, kind))
        for purpose in dict.fromkeys(purposes)
        for kind in dict.fromkeys(kinds)
        if kind
    ]


def _granted(consents: Sequence[Fact], purpose: str, kind: str) -> bool:
    """What was said of this kind, else of all; silence is no."""
    said = {
        each["channel_kind"]: each["granted"] for each in consents if each["purpose"] == purpose
    }
    return bool(said.get(kind, said.get(None, False)))
