"""What the platform learns of partners' points."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class PartnerPointsSettled(Event):
    """A month of points that a partner pays for, added up; below zero, more was taken back."""

    subject: ClassVar[str] = "octoreach.loyalty.partner_points.settled.v1"
    about: ClassVar[str] = "partner_code"

    settlement_id: UUID
    partner_code: str
    month: str
    postings: int
    points: int
    amount_minor: int
    currency: str
