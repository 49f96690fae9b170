"""How far a task has come: whatever the order reports arrive in, the furthest state stands."""

from enum import StrEnum
from typing import Final


class TaskState(StrEnum):
    PLANNED = "planned"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    PRESENTED = "presented"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    FAILED = "failed"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    FULFILLED = "fulfilled"


RANK: Final = {state: rank for rank, state in enumerate(TaskState)}
OPEN: Final = frozenset(
    {TaskState.PLANNED, TaskState.DISPATCHED, TaskState.DELIVERED, TaskState.PRESENTED}
)
NOT_SEEN: Final = frozenset({TaskState.PLANNED, TaskState.DISPATCHED, TaskState.DELIVERED})
"""Open, and the customer knows nothing of it yet."""
LOST: Final = frozenset(
    {
        TaskState.WITHDRAWN,
        TaskState.EXPIRED,
        TaskState.FAILED,
        TaskState.NO_ANSWER,
        TaskState.DECLINED,
    }
)
WON: Final = frozenset({TaskState.ACCEPTED, TaskState.FULFILLED})
REPORTED: Final = frozenset(
    {
        TaskState.DELIVERED,
        TaskState.PRESENTED,
        TaskState.ACCEPTED,
        TaskState.DECLINED,
        TaskState.NO_ANSWER,
        TaskState.FAILED,
        TaskState.EXPIRED,
    }
)
SHOWS_DELIVERY: Final = frozenset(
    {TaskState.DELIVERED, TaskState.PRESENTED, TaskState.NO_ANSWER, TaskState.DECLINED} | WON
)
SHOWS_PRESENTATION: Final = frozenset({TaskState.PRESENTED, TaskState.DECLINED} | WON)


def further(state: str, reported: str) -> TaskState:
    """The later of the two in the order of TaskState: a yes outweighs any other ending."""
    return max(TaskState(state), TaskState(reported), key=RANK.__getitem__)
