"""Why an operation on fulfilments may be refused."""

from datetime import datetime

from kit.errors import DomainError


class FulfilmentIsOver(DomainError):
    state: str
    reference: str
    reason: str

    def __init__(self, state: str, reference: str, reason: str) -> None:
        super().__init__(
            f"The fulfilment is {state} already; that stands.",
            state=state,
            reference=reference,
            reason=reason,
        )


class FulfilmentTakenByAnother(DomainError):
    lease_until: datetime | None

    def __init__(self, lease_until: datetime | None) -> None:
        until = f"until {lease_until:%H:%M:%S} UTC" if lease_until else "until its outcome is known"
        super().__init__(
            f"Somebody else has taken the fulfilment {until}.", lease_until=lease_until
        )


class FulfilmentNotClaimed(DomainError):
    def __init__(self) -> None:
        super().__init__("Claim the fulfilment first.")
