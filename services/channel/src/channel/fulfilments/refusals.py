"""Why handing out may be refused, as the graph says it."""

from datetime import datetime

import strawberry

from channel.fulfilments import errors, models
from kit.graph.refusals import Refusal, answers

strawberry.enum(models.HandoutKind, description="What kind of thing is handed out.")
strawberry.enum(models.HandoutState, description="How far handing out is.")


@strawberry.type(description="The fulfilment is completed or failed; that stands.")
class FulfilmentIsOver(Refusal):
    state: models.HandoutState = strawberry.field(description="Completed or failed.")
    reference: str = strawberry.field(description="The receipt's or serial number; or empty.")
    reason: str = strawberry.field(description="Why it failed; or empty.")


@strawberry.type(description="Somebody else has taken the fulfilment.")
class FulfilmentTakenByAnother(Refusal):
    lease_until: datetime | None = strawberry.field(
        description="Until when it is theirs; null until they say what came of it."
    )


@strawberry.type(description="What came of a fulfilment is said by who has claimed it.")
class FulfilmentNotClaimed(Refusal):
    pass


answered = [
    answers(errors.FulfilmentIsOver, FulfilmentIsOver),
    answers(errors.FulfilmentTakenByAnother, FulfilmentTakenByAnother),
    answers(errors.FulfilmentNotClaimed, FulfilmentNotClaimed),
]
