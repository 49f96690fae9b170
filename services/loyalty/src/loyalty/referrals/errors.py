"""Why a referral may be refused."""

from kit.errors import DomainError


class ReferralRefused(DomainError):
    """The two can't be referrer and referred."""

    reason: str

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, reason=reason)
