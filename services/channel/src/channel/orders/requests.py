"""What an order looks like when a partner's system places it."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from channel.identifiers.naming import CustomerMeant
from channel.texts import CODE
from kit.errors import InvalidInput
from kit.models import utcnow

AHEAD = timedelta(minutes=5)
BACK = timedelta(days=400)
MOST_MINOR = 10**13


class RequestedLine(BaseModel):
    """One product of an order."""

    model_config = ConfigDict(extra="forbid")

    product: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="The product's code."
    )
    quantity: int = Field(ge=1, le=1_000_000, description="How many.")
    amount_minor: int = Field(
        ge=0, le=MOST_MINOR, description="What they cost together, in the smallest unit: cents."
    )


class OrderRequest(BaseModel):
    """An order to place."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "reference": "A-10027",
                    "customer": {"scheme": "msisdn", "value": "+8613800000001"},
                    "task_id": "01920f1e-5c3b-7000-8000-000000000001",
                    "channel": "acme-app",
                    "placed_at": "2026-01-05T09:41:00+08:00",
                    "currency": "CNY",
                    "lines": [{"product": "data-10g", "quantity": 1, "amount_minor": 3000}],
                }
            ]
        },
    )

    reference: Annotated[
        str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]+$")
    ] = Field(description="Your own id of the order; one order for each, however often it is sent.")
    customer: CustomerMeant = Field(
        description='Who bought: {"scheme", "value"}, or {"id"} where you know ours.'
    )
    task_id: UUID | None = Field(None, description="The task it comes of, if it comes of one.")
    channel: str = Field(
        pattern=f"^{CODE.pattern}$", description="The code of a channel that is yours."
    )
    placed_at: AwareDatetime = Field(
        description="When, with a time zone; at most 5 minutes ahead and 400 days back."
    )
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217, such as CNY.")
    device: (
        Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
        | None
    ) = Field(
        None,
        description="What you know the customer's device by, if you do: limits against fraud "
        "recognise by it who comes again.",
    )
    lines: list[RequestedLine] = Field(
        min_length=1, max_length=100, description="What was bought, 1 to 100 products."
    )

    @property
    def amount_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    def content(self) -> dict[str, Any]:
        """What has to be the same when a key comes again."""
        return self.model_dump(mode="json", exclude=None if self.device else {"device"})

    def check_time(self) -> None:
        now = utcnow()
        if not now - BACK <= self.placed_at <= now + AHEAD:
            raise InvalidInput("placed_at", "is at most 5 minutes ahead and 400 days back")
