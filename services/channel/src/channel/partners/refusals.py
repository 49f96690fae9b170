"""Why an operation on partners may be refused, as the graph says it."""

import strawberry

from channel.partners import errors, models
from kit.graph.refusals import Refusal, answers

strawberry.enum(models.PartnerKind, description="What kind of business a partner is.")
strawberry.enum(models.PartnerState, description="How far a partner has come.")


@strawberry.type(description="Another partner has this code.")
class PartnerCodeTaken(Refusal):
    code_taken: str = strawberry.field(description="The code.")


@strawberry.type(description="This is no next step from where the partner is.")
class PartnerCannotAdvance(Refusal):
    from_state: models.PartnerState = strawberry.field(description="Where it is.")
    to_state: models.PartnerState = strawberry.field(description="Where it should go.")
    possible: list[models.PartnerState] = strawberry.field(description="Where it can go.")


answered = [
    answers(errors.PartnerCodeTaken, PartnerCodeTaken),
    answers(errors.PartnerCannotAdvance, PartnerCannotAdvance),
]
