"""Whole lists in one column, as JSON: what holds of a customer, as an export writes it."""

from typing import Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from customer.channel_kinds import ChannelKind
from customer.consents.commands import CODE as CONSENT_CODE
from customer.identifiers.models import SCHEME
from customer.imports.mapping import Code, Text
from customer.memberships.models import GroupRole
from customer.profiles.facts import SpecialList
from customer.tags.commands import TAG

MOST_LISTED: Final = 200


class _Listed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ListedIdentifier(_Listed):
    scheme: str = Field(pattern=rf"^{SCHEME.pattern}$")
    value: Text
    verified_at: AwareDatetime | None = None


class ListedTag(_Listed):
    tag: str = Field(pattern=rf"^{TAG.pattern}$")
    source: Code
    expires_at: AwareDatetime | None = None


class ListedHolding(_Listed):
    product_code: Code
    since: AwareDatetime
    until: AwareDatetime | None = None
    source: Code
    order_id: UUID | None = None


class ListedConsent(_Listed):
    purpose: str = Field(pattern=rf"^{CONSENT_CODE.pattern}$")
    channel_kind: ChannelKind | None = None
    granted: bool
    since: AwareDatetime


class ListedSpecialList(_Listed):
    list: SpecialList
    reason: Text
    since: AwareDatetime
    until: AwareDatetime | None = None


class ListedMembership(_Listed):
    scheme: str = Field(pattern=rf"^{SCHEME.pattern}$")
    value: Text
    role: GroupRole
    since: AwareDatetime | None = None


LISTED: Final[dict[str, TypeAdapter[Any]]] = {
    "identifiers": TypeAdapter(list[ListedIdentifier]),
    "tags": TypeAdapter(list[ListedTag]),
    "holdings": TypeAdapter(list[ListedHolding]),
    "consents": TypeAdapter(list[ListedConsent]),
    "special_lists": TypeAdapter(list[ListedSpecialList]),
    "memberships": TypeAdapter(list[ListedMembership]),
}


def read_list(name: str, text: str) -> list[Any]:
    """The entries that a text lists; ValueError says what is wrong with the first that is."""
    if not text:
        return []
    try:
        found: list[Any] = LISTED[name].validate_json(text)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise ValueError(f"is not a list of {name}: {place}: {first['msg']}"[:300]) from wrong
    if len(found) > MOST_LISTED:
        raise ValueError(f"lists more than {MOST_LISTED}")
    return found


def written(name: str, facts: list[dict[str, Any]]) -> list[Any]:
    """The facts as such a list has them, to be written as JSON."""
    adapter = LISTED[name]
    told: list[Any] = adapter.dump_python(
        adapter.validate_python(facts), mode="json", exclude_none=True
    )
    return told
