"""Why work may be refused, as the graph says it."""

from datetime import datetime

import strawberry

from channel.work import errors, models
from kit.graph.refusals import Refusal, answers

strawberry.enum(models.WorkState, description="How far work in an inbox is.")
strawberry.enum(models.WorkOutcome, description="What came of a task.")


@strawberry.type(description="The task is answered or closed.")
class WorkIsOver(Refusal):
    state: models.WorkState = strawberry.field(description="Answered or closed.")
    ended_as: str = strawberry.field(description="How it ended.")


@strawberry.type(description="Somebody else has claimed the task.")
class ClaimedByAnother(Refusal):
    lease_until: datetime = strawberry.field(description="Until when it is theirs.")


@strawberry.type(description="An outcome is reported by who has claimed the task.")
class NotClaimed(Refusal):
    pass


@strawberry.type(description="This outcome can't follow what was reported before.")
class OutcomeNotPossible(Refusal):
    reported: str = strawberry.field(description="What was reported before.")
    outcome: models.WorkOutcome = strawberry.field(description="What was to be reported.")


answered = [
    answers(errors.WorkIsOver, WorkIsOver),
    answers(errors.ClaimedByAnother, ClaimedByAnother),
    answers(errors.NotClaimed, NotClaimed),
    answers(errors.OutcomeNotPossible, OutcomeNotPossible),
]
