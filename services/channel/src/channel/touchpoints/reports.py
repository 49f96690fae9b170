"""What a report of a touchpoint looks like, and how one that doesn't is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StringConstraints,
    ValidationError,
)

from channel.identifiers.naming import CustomerMeant
from channel.texts import CODE
from kit.models import utcnow
from kit.units import UNIT_PATH

AHEAD = timedelta(minutes=5)
BACK = timedelta(days=400)
LARGEST = 2**63 - 1
FORMS = ("by_id", "by_identifier")
DEEPEST = 2

Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
Scalar = (
    StrictBool
    | Annotated[StrictInt, Field(ge=-LARGEST, le=LARGEST)]
    | Annotated[StrictFloat, Field(allow_inf_nan=False)]
    | Text
)
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class TouchpointReport(BaseModel):
    """One touchpoint event as a partner's system tells it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "visit-20260105-000017",
                    "kind": "ran_low",
                    "channel": "acme-app",
                    "customer": {"scheme": "msisdn", "value": "+8613800000001"},
                    "occurred_at": "2026-01-05T09:30:00+08:00",
                    "properties": {"left_mb": 120, "plan": "M"},
                }
            ]
        },
    )

    id: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]+$")] = (
        Field(description="Your own id of this event; the same id again changes nothing.")
    )
    kind: Name = Field(
        description="What happened: visited, called, opened, clicked, topped_up, ran_low, moved, "
        "complained, or a word of your own of a-z, 0-9 and _."
    )
    channel: str = Field(
        pattern=f"^{CODE.pattern}$", description="The code of a channel that is yours."
    )
    customer: CustomerMeant = Field(
        description='Who: {"scheme", "value"}, or {"id"} where you know ours.'
    )
    occurred_at: AwareDatetime = Field(
        description="When, with a time zone; at most 5 minutes ahead and 400 days back."
    )
    unit: str | None = Field(
        None,
        pattern=f"^{UNIT_PATH.pattern}$",
        description="Where in the organisation, the channel's unit or below; its unit if left out.",
    )
    properties: dict[Name, Scalar] = Field(
        default_factory=dict,
        max_length=20,
        description="Up to 20 facts: texts of up to 500 characters, numbers, true or false.",
    )


@dataclass(frozen=True, slots=True)
class Rejection:
    """Which report of a batch is wrong, and where."""

    index: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Reports:
    """A batch as it was read: the good ones by their place, and what is wrong with the others."""

    good: dict[int, TouchpointReport]
    rejections: list[Rejection]


def read(batch: list[Any]) -> Reports:
    """Check each report by itself."""
    reports = Reports({}, [])
    now = utcnow()
    for index, each in enumerate(batch):
        try:
            report = TouchpointReport.model_validate(each)
        except ValidationError as wrong:
            reports.rejections.append(_first_wrong(index, wrong))
            continue
        if untimely := _untimely(report.occurred_at, now):
            reports.rejections.append(Rejection(index, "occurred_at", untimely))
        else:
            reports.good[index] = report
    return reports


def _first_wrong(index: int, wrong: ValidationError) -> Rejection:
    first = wrong.errors(include_url=False, include_input=False, include_context=False)[0]
    path = [str(part) for part in first["loc"] if part not in FORMS][:DEEPEST]
    return Rejection(index, ".".join(path), first["msg"])


def _untimely(moment: datetime, now: datetime) -> str | None:
    if moment > now + AHEAD:
        return "is more than 5 minutes ahead"
    if moment < now - BACK:
        return "is more than 400 days ago"
    return None
