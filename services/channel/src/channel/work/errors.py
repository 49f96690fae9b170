"""Why an operation on work may be refused."""

from datetime import datetime

from kit.errors import DomainError


class WorkIsOver(DomainError):
    state: str
    ended_as: str

    def __init__(self, state: str, ended_as: str) -> None:
        super().__init__(
            f"The task is {state}: {ended_as}; there is nothing left to do.",
            state=state,
            ended_as=ended_as,
        )


class ClaimedByAnother(DomainError):
    lease_until: datetime

    def __init__(self, lease_until: datetime) -> None:
        super().__init__(
            f"Somebody else has claimed the task until {lease_until:%H:%M:%S} UTC.",
            lease_until=lease_until,
        )


class NotClaimed(DomainError):
    def __init__(self) -> None:
        super().__init__("Claim the task first.")


class OutcomeNotPossible(DomainError):
    reported: str
    outcome: str

    def __init__(self, reported: str, outcome: str) -> None:
        super().__init__(
            f"The task is {reported} already; {outcome} can't follow.",
            reported=reported,
            outcome=outcome,
        )
