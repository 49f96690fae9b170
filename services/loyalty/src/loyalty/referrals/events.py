"""What the platform learns of referrals."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class ReferralQualified(Event):
    """Somebody who was referred has placed their first order."""

    subject: ClassVar[str] = "octoreach.loyalty.referral.qualified.v1"
    about: ClassVar[str] = "customer_id"

    referral_id: UUID
    customer_id: UUID
    referred_id: UUID
    order_id: UUID
    qualified_at: datetime
