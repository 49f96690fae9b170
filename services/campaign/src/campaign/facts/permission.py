"""Whether a customer may be approached: what they said yes and no to, and the special lists."""

from collections.abc import Iterable, Mapping, Set
from typing import Any, Final

from campaign.channels import ChannelKind

MARKETING: Final = "marketing"
NEVER_APPROACHED: Final = frozenset({"do_not_contact", "restricted", "sensitive", "test"})
VIP_PROTECTED: Final = "vip_protected"

Said = Mapping[tuple[str, str], bool]
"""The last decision for each purpose and kind of channel; the kind is empty for all."""


def said_by(consents: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], bool]:
    """The decisions as the customer service reports them."""
    return {
        (each["purpose"], each.get("channel_kind") or ""): bool(each["granted"])
        for each in consents
    }


def consents_to(said: Said, kind: str) -> bool:
    """What was said of this kind of channel, else of all; silence is no consent."""
    on_all = said.get((MARKETING, ""), said.get((MARKETING, "any"), False))
    return said.get((MARKETING, kind), on_all)


def barring(lists: Set[str], kind: str) -> Set[str]:
    """The special lists that keep this kind of channel from the customer."""
    if barred := lists & NEVER_APPROACHED:
        return barred
    if kind != ChannelKind.ACCOUNT_MANAGER:
        return lists & {VIP_PROTECTED}
    return frozenset()


def refusal(said: Said, lists: Set[str], kind: str) -> str | None:
    """Why the customer may not be approached on this kind of channel, if so."""
    if barred := barring(lists, kind):
        return f"The customer is on the list {', '.join(sorted(barred))}."
    return None if consents_to(said, kind) else f"No consent to marketing by {kind}."
