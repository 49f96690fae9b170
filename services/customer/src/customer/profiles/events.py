"""What the platform learns about customers: always all that holds, with its version."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from kit.events import Event


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class HoldingFact(_Part):
    product_code: str
    since: datetime
    until: datetime | None


class ConsentFact(_Part):
    purpose: str
    channel_kind: str | None = Field(description="None: on every kind of channel.")
    granted: bool


class IdentifierFact(_Part):
    scheme: str
    value: str = Field(json_schema_extra={"x-personal": True})


class CustomerFacts(Event):
    """All that holds of one customer. Of two reports the one with the higher version counts."""

    model_config = ConfigDict(serialize_by_alias=True)

    about: ClassVar[str] = "customer_id"

    customer_id: UUID
    version: int
    kind: str
    status: str
    group_class: str | None = Field(
        None, alias="class", description="Of a group: A, B or C; None: none was given."
    )
    account_manager: str | None = Field(
        None, description="Of a group: the subject of the colleague who looks after it."
    )
    parent_id: UUID | None = Field(None, description="Of a group: the group it lies below.")
    unit: str
    time_zone: str
    sampling_key: str = Field(description="16 hex digits: where the customer falls in draws.")
    attributes: dict[str, str | int | float | bool] = Field(json_schema_extra={"x-personal": True})
    tags: list[str]
    holdings: list[HoldingFact]
    consents: list[ConsentFact]
    special_lists: list[str]
    identifiers: list[IdentifierFact] = Field(json_schema_extra={"x-personal": True})


class CustomerRegistered(CustomerFacts):
    """Somebody is a customer, or a prospect, from now on."""

    subject: ClassVar[str] = "octoreach.customer.customer.registered.v1"


class CustomerChanged(CustomerFacts):
    """Something else holds of a customer than before."""

    subject: ClassVar[str] = "octoreach.customer.customer.changed.v1"


def facts_of(customer: Any) -> dict[str, Any]:
    """The content of either event."""
    return {
        "customer_id": customer.id,
        "version": customer.version,
        "kind": customer.kind,
        "status": customer.status,
        "class": customer.group_class,
        "account_manager": customer.account_manager,
        "parent_id": customer.parent_id,
        "unit": customer.unit,
        "time_zone": customer.time_zone,
        "sampling_key": customer.sampling_key,
        "attributes": customer.attributes,
        "tags": [each["tag"] for each in customer.tags],
        "holdings": customer.holdings,
        "consents": customer.consents,
        "special_lists": [each["list"] for each in customer.special_lists],
        "identifiers": customer.identifiers,
    }
