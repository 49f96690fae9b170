"""The lifecycle of a campaign: its states, and which may follow which."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PILOTING = "piloting"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    EVALUATED = "evaluated"


class ApprovalKind(StrEnum):
    BUSINESS = "business"
    FINANCE = "finance"
    COMPLIANCE = "compliance"


NEXT: Final[dict[State, frozenset[State]]] = {
    State.DRAFT: frozenset({State.SUBMITTED}),
    State.SENT_BACK: frozenset({State.SUBMITTED}),
    State.SUBMITTED: frozenset({State.APPROVED, State.SENT_BACK}),
    State.APPROVED: frozenset({State.SCHEDULED, State.PILOTING, State.RUNNING, State.SENT_BACK}),
    State.SCHEDULED: frozenset({State.PILOTING, State.RUNNING, State.COMPLETED}),
    State.PILOTING: frozenset({State.RUNNING, State.PAUSED, State.COMPLETED}),
    State.RUNNING: frozenset({State.PAUSED, State.COMPLETED}),
    State.PAUSED: frozenset({State.PILOTING, State.RUNNING, State.COMPLETED}),
    State.COMPLETED: frozenset({State.EVALUATED}),
    State.EVALUATED: frozenset(),
}
PLANNABLE: Final = frozenset({State.DRAFT, State.SENT_BACK})
DECIDING: Final = frozenset({State.PILOTING, State.RUNNING})


def may_follow(state: str, wanted: str) -> bool:
    return State(wanted) in NEXT[State(state)]


def needed_approvals(budget_minor: int, finance_from_minor: int) -> frozenset[ApprovalKind]:
    """Business and compliance always, finance from a threshold on."""
    needed = {ApprovalKind.BUSINESS, ApprovalKind.COMPLIANCE}
    if budget_minor >= finance_from_minor:
        needed.add(ApprovalKind.FINANCE)
    return frozenset(needed)
