"""Why two records are not merged, or a merge not taken back."""

from uuid import UUID

import strawberry

from customer.merging import errors
from kit.graph.refusals import Refusal, answers


@strawberry.type(description="These two can't be one customer.")
class CannotMerge(Refusal):
    pass


@strawberry.type(description="One of the records is part of another already.")
class AlreadyMerged(Refusal):
    survivor_id: UUID = strawberry.field(description="Whom it is part of.")


@strawberry.type(description="The merge can't be taken back as things are.")
class MergeNotUndone(Refusal):
    pass


answered = [
    answers(errors.CannotMerge, CannotMerge),
    answers(errors.AlreadyMerged, AlreadyMerged),
    answers(errors.MergeNotUndone, MergeNotUndone),
]
