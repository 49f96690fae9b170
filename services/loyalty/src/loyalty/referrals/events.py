"""What the platform learns of referrals."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class ReferralQualified(Event):
    """Somebody who was referred has placed an order that counts."""

    subject: ClassVar[str] = "octoreach.loyalty.referral.qualified.v1"
    about: ClassVar[str] = "customer_id"

    referral_id: UUID
    customer_id: UUID
    referred_id: UUID
    order_id: UUID
    qualified_at: datetime


class ReferralDisqualified(Event):
    """A referral that had qualified counts no longer; `reason`: order_cancelled or same_customer."""

    subject: ClassVar[str] = "octoreach.loyalty.referral.disqualified.v1"
    about: ClassVar[str] = "customer_id"

    referral_id: UUID
    customer_id: UUID
    referred_id: UUID
    order_id: UUID
    reason: str
