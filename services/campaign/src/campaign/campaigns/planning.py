"""A plan as a marketer wrote it, once it is known to make sense."""

from dataclasses import dataclass

from campaign.campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign that is yet to be stored, with its offers and its money."""

    campaign: Campaign
    offer_codes: list[str]
    weights: list[float]
    budget_minor: int
    currency: str
