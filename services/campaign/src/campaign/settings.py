"""What the organisation decides for all campaigns, told by the environment."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CampaignSettings(BaseSettings):
    """One environment variable each, named like the field in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    finance_approval_from_minor: int = Field(
        10_000_000, ge=0, description="Budgets from here on need finance's approval."
    )
    budget_reserve_percent: int = Field(5, ge=0, le=50, description="Kept back of each budget.")
    budget_warning_percent: int = Field(80, ge=1, le=100, description="Used share that warns.")
    attribution_window_days: int = Field(30, ge=1, le=365, description="Contact to conversion.")
    global_holdout_share: float = Field(
        0, ge=0, le=0.2, description="Customers whom no campaign contacts."
    )
    contacts_per_day: int = Field(3, ge=1, description="Most contacts of a customer a day.")
    contacts_per_week: int = Field(7, ge=1, description="Most contacts in seven days.")
    contacts_per_month: int = Field(20, ge=1, description="Most contacts in thirty days.")
    cool_down_days: int = Field(7, ge=0, le=365, description="Silence after a refusal.")
    complaint_cool_down_days: int = Field(30, ge=0, le=365, description="... after a complaint.")
    quiet_from: str = Field("21:00", pattern=r"^[0-2]\d:[0-5]\d$", description="Local time.")
    quiet_until: str = Field("08:00", pattern=r"^[0-2]\d:[0-5]\d$", description="Local time.")


@cache
def settings() -> CampaignSettings:
    """Read once per process."""
    return CampaignSettings()
