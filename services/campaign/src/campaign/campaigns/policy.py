"""The contact policy: how often, when, and when not a customer may be approached."""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from campaign.channels import ChannelKind
from campaign.settings import settings
from kit.errors import InvalidInput

TIME_OF_DAY = r"^([01]\d|2[0-3]):[0-5]\d$"


class ContactPolicy(BaseModel):
    """The organisation's policy, with what a campaign overrides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_day: int = Field(default_factory=lambda: settings().contacts_per_day, ge=1, le=1_000)
    per_week: int = Field(default_factory=lambda: settings().contacts_per_week, ge=1, le=1_000)
    per_month: int = Field(default_factory=lambda: settings().contacts_per_month, ge=1, le=1_000)
    per_day_by_channel_kind: dict[ChannelKind, int] = Field(default_factory=dict)
    tasks_per_customer: int = Field(1, ge=1, le=100)
    cool_down_days: int = Field(default_factory=lambda: settings().cool_down_days, ge=0, le=365)
    complaint_cool_down_days: int = Field(
        default_factory=lambda: settings().complaint_cool_down_days, ge=0, le=365
    )
    quiet_hours: bool = True
    quiet_from: str = Field(default_factory=lambda: settings().quiet_from, pattern=TIME_OF_DAY)
    quiet_until: str = Field(default_factory=lambda: settings().quiet_until, pattern=TIME_OF_DAY)


def policy_of(overrides: dict[str, Any]) -> ContactPolicy:
    """The policy in force for a campaign with these overrides; InvalidInput names the wrong one."""
    try:
        return ContactPolicy.model_validate(overrides)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_context=False)[0]
        place = ".".join(_camel(str(part)) for part in first["loc"])
        raise InvalidInput(f"contactPolicy.{place}", first["msg"]) from wrong


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)
