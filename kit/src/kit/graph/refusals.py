"""Refusals as data: the domain says no, and the graph answers with why."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import strawberry
from strawberry import ExceptionHandler

from kit import errors
from kit.errors import DomainError


@strawberry.interface(description="Why the domain said no, in words a person can read.")
class Refusal:
    message: str = strawberry.field(description="The reason, for people.")


@strawberry.federation.type(
    shareable=True, description="What was sent is not what the operation takes."
)
class InvalidInput(Refusal):
    field: str = strawberry.field(description="The path of the input that is wrong.")


@strawberry.federation.type(
    shareable=True, description="There is nothing by that name that the caller may see."
)
class NotFound(Refusal):
    kind: str = strawberry.field(description="What was looked for.")
    key: str = strawberry.field(description="The name it was looked for by.")


@strawberry.federation.type(
    shareable=True, description="The thing is not in a state that allows this."
)
class Conflict(Refusal):
    pass


@strawberry.federation.type(
    shareable=True, description="The idempotency key came before, with other content."
)
class IdempotencyKeyReused(Refusal):
    key: str = strawberry.field(description="The key that was used twice.")


def answers(error: type[DomainError], refusal: type[Refusal]) -> ExceptionHandler[Any, Any]:
    """Answer `error` with `refusal`, filling each field from the attribute of the same name."""

    class Answer(ExceptionHandler):  # type: ignore[type-arg]  # both types are set below
        exception_type = error
        error_type = refusal

        def handle(self, exception: DomainError, *, field: object, info: object) -> Refusal:
            return refusal(**{each.name: getattr(exception, each.name) for each in fields(refusal)})

    return Answer()


def answered_everywhere() -> Iterable[ExceptionHandler[Any, Any]]:
    """The refusals that any operation may list in its union."""
    return [
        answers(errors.InvalidInput, InvalidInput),
        answers(errors.NotFound, NotFound),
        answers(errors.Conflict, Conflict),
        answers(errors.IdempotencyKeyReused, IdempotencyKeyReused),
    ]
