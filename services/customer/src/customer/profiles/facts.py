"""What holds of a customer, and the rules by which it changes."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from customer.attributes.models import Scalar
from customer.profiles.held import holding, with_holding, without_reason

Fact = dict[str, Any]
"""An entry of a list kept on the customer; moments in it are ISO 8601 texts."""


class CustomerKind(StrEnum):
    INDIVIDUAL = "individual"
    GROUP = "group"


class GroupClass(StrEnum):
    """How much a group weighs, in people or in public."""

    A = "A"
    B = "B"
    C = "C"


class CustomerStatus(StrEnum):
    PROSPECT = "prospect"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CHURNED = "churned"


class SpecialList(StrEnum):
    DO_NOT_CONTACT = "do_not_contact"
    SENSITIVE = "sensitive"
    VIP_PROTECTED = "vip_protected"
    TEST = "test"
    RESTRICTED = "restricted"


class KnownFacts:
    """All that holds of one customer. Every change says whether it was one.

    The lists are replaced, never changed in place: that is how the database learns of it.
    """

    if TYPE_CHECKING:
        id: UUID
        version: int
        kind: CustomerKind
        status: CustomerStatus
        name: str | None
        group_class: GroupClass | None
        account_manager: str | None
        parent_id: UUID | None
        unit: str
        attributes: dict[str, Scalar]
        identifiers: list[Fact]
        tags: list[Fact]
        holdings: list[Fact]
        consents: list[Fact]
        special_lists: list[Fact]
        tags_expire_at: datetime | None

    def describe(self, facts: Mapping[str, Any]) -> bool:
        """Have these plain facts hold, by name; whether anything changed."""
        new = {name: value for name, value in facts.items() if getattr(self, name) != value}
        for name, value in new.items():
            setattr(self, name, value)
        return bool(new)

    def put_attributes(self, values: Mapping[str, Scalar | None]) -> bool:
        """Set those with a value, forget those with None; whether anything changed."""
        merged = {**self.attributes, **values}
        known = {name: value for name, value in merged.items() if value is not None}
        changed = known != self.attributes
        if changed:
            self.attributes = known
        return changed

    def identify(self, scheme: str, value: str) -> bool:
        if self.is_called(scheme, value):
            return False
        self.identifiers = [*self.identifiers, {"scheme": scheme, "value": value}]
        return True

    def forget_identifier(self, scheme: str, value: str) -> None:
        gone = {"scheme": scheme, "value": value}.items()
        self.identifiers = [each for each in self.identifiers if not gone <= each.items()]

    def is_called(self, scheme: str, value: str) -> bool:
        meant = {"scheme": scheme, "value": value}.items()
        return any(meant <= each.items() for each in self.identifiers)

    def verify(self, scheme: str, value: str, at: datetime) -> bool:
        """Mark an identifier as checked to be theirs; whether it was not before."""
        if not self.is_called(scheme, value) or self.has_verified(scheme, value):
            return False
        meant = {"scheme": scheme, "value": value}.items()
        self.identifiers = [
            {**each, "verified_at": at.isoformat()} if meant <= each.items() else each
            for each in self.identifiers
        ]
        return True

    def has_verified(self, scheme: str, value: str) -> bool:
        meant = {"scheme": scheme, "value": value}.items()
        return any(meant <= each.items() and "verified_at" in each for each in self.identifiers)

    def hold(
        self, product_code: str, since: datetime, source: str, order_id: str | None = None
    ) -> bool:
        """Have a product from `since` on; of several reports the earliest counts."""
        new = holding(product_code, since, source, order_id)
        return self._put_holdings(*with_holding(self.holdings, new))

    def release(self, until: datetime, **known_by: str) -> bool:
        """Take the reasons with these properties off the open holdings; what has no other ends."""
        return self._put_holdings(*without_reason(self.holdings, until, known_by))

    def _put_holdings(self, holdings: list[Fact], changed: bool) -> bool:
        """A further reason for what is held anyway is kept, and is no change."""
        if holdings != self.holdings:
            self.holdings = holdings
        return changed

    def tag(
        self,
        tag: str,
        source: str,
        expires_at: datetime | None = None,
        fading: Mapping[str, Any] | None = None,
    ) -> bool:
        new = tagged(tag, source, expires_at) | dict(fading or {})
        return self._put_tags([*(each for each in self.tags if each["tag"] != tag), new])

    def untag(self, tag: str, **known_by: str) -> bool:
        gone = {"tag": tag, **known_by}.items()
        return self._put_tags([each for each in self.tags if not gone <= each.items()])

    def drop_expired_tags(self, now: datetime) -> bool:
        return self._put_tags([each for each in self.tags if not _expired(each, now)])

    def consent(self, purpose: str, channel_kind: str | None, granted: bool, at: datetime) -> bool:
        """Put a decision in the place of the last one for this purpose and kind of channel.

        One that was taken before what stands changes nothing, whenever it is told. A no to all
        kinds takes every earlier yes to one of them along; a yes to all leaves each no standing.
        """
        about = {"purpose": purpose, "channel_kind": channel_kind}
        last = next((each for each in self.consents if about.items() <= each.items()), None)
        if self._outdated(purpose, channel_kind, granted, at):
            return False
        overtaken = [each for each in self.consents if not granted and _lies_in(each, about, at)]
        if last is not None and last["granted"] == granted and not overtaken:
            said_again = {**last, "confirmed": at.isoformat()}
            self.consents = [said_again if each is last else each for each in self.consents]
            return False
        new = {**about, "granted": granted, "since": at.isoformat()}
        left = (each for each in self.consents if each is not last and each not in overtaken)
        self.consents = [*left, new]
        return True

    def has_refused(self, purpose: str, channel_kind: str | None) -> bool:
        """Whether a no stands for this kind of channel, or else for all."""
        said = {e["channel_kind"]: e["granted"] for e in self.consents if e["purpose"] == purpose}
        return not said.get(channel_kind, said.get(None, True))

    def _outdated(
        self, purpose: str, channel_kind: str | None, granted: bool, at: datetime
    ) -> bool:
        """Whether a later decision stands: on the same, or, against a yes, a no to all kinds."""
        standing = (each for each in self.consents if _last_said(each) > at)
        return any(
            each["purpose"] == purpose
            and (
                each["channel_kind"] == channel_kind
                or (granted and each["channel_kind"] is None and not each["granted"])
            )
            for each in standing
        )

    @property
    def is_restricted(self) -> bool:
        """Whether nothing of theirs may be processed for marketing."""
        return any(each["list"] == SpecialList.RESTRICTED for each in self.special_lists)

    def put_on_list(
        self, name: SpecialList, reason: str, at: datetime, until: datetime | None = None
    ) -> bool:
        """Put them on; who is on it already stays, unless this is for longer."""
        standing = [each for each in self.special_lists if each["list"] == name]
        if not all(outlasts(until, end_of(each)) for each in standing):
            return False
        new = {"list": name, "reason": reason, "since": at.isoformat()}
        if until is not None:
            new["until"] = until.isoformat()
        others = [each for each in self.special_lists if each["list"] != name]
        self.special_lists = [*others, new]
        return True

    def take_off_list(self, name: SpecialList) -> bool:
        left = [each for each in self.special_lists if each["list"] != name]
        changed = left != self.special_lists
        if changed:
            self.special_lists = left
        return changed

    def _put_tags(self, tags: list[Fact]) -> bool:
        changed = len(tags) != len(self.tags) or any(each not in self.tags for each in tags)
        if changed:
            self.tags = tags
            self.count_tag_expiry()
        return changed

    def count_tag_expiry(self) -> None:
        """Say when the next tag falls off."""
        expiries = [each["expires_at"] for each in self.tags if each["expires_at"]]
        self.tags_expire_at = min(map(datetime.fromisoformat, expiries), default=None)


def tagged(tag: str, source: str, expires_at: datetime | None = None) -> Fact:
    expiry = expires_at.isoformat() if expires_at else None
    return {"tag": tag, "source": source, "expires_at": expiry}


def _last_said(consent: Fact) -> datetime:
    """Since it was decided it may have been said again."""
    return datetime.fromisoformat(consent.get("confirmed") or consent["since"])


def _lies_in(consent: Fact, about: Fact, at: datetime) -> bool:
    """Whether `consent` is a yes to one kind of channel, given before a decision on all."""
    return (
        about["channel_kind"] is None
        and consent["purpose"] == about["purpose"]
        and consent["channel_kind"] is not None
        and consent["granted"]
        and _last_said(consent) <= at
    )


def _expired(tag: Fact, now: datetime) -> bool:
    return bool(tag["expires_at"]) and datetime.fromisoformat(tag["expires_at"]) <= now


def outlasts(end: datetime | None, other: datetime | None) -> bool:
    """Whether what ends at `end`, or never, goes on after what ends at `other`, or never."""
    return other is not None and (end is None or end > other)


def end_of(stay: Fact) -> datetime | None:
    return datetime.fromisoformat(stay["until"]) if stay.get("until") else None
