"""Completing values: each piece turns a value inside the gateway into the client's, or refuses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.execution.pacing import Pace
from gateway.supergraph.field_sets import TYPENAME

SLICE = 256
Complete = Callable[[Any, "Answering"], Any]
EXACT: dict[str, frozenset[type]] = {
    "String": frozenset((str,)),
    "ID": frozenset((str,)),
    "Int": frozenset((int,)),
    "Float": frozenset((float, int)),
    "Boolean": frozenset((bool,)),
}
NEVER: frozenset[type] = frozenset()


class Unfit(Exception):
    """A value that its type does not allow; null stands for it at the nearest nullable parent."""


@dataclass(slots=True)
class Answering:
    """One projection under way: long lists wait in `later` once `left` is used up."""

    left: int = SLICE
    unfit: bool = False
    later: list[tuple[Complete, list[Any]]] | None = None


class AnswerField(NamedTuple):
    """How one response key is filled; values of the `exact` types pass as they are."""

    response_key: str
    key: str
    exact: frozenset[type]
    nullable: bool
    complete: Complete


@dataclass(frozen=True, slots=True)
class ObjectAnswer:
    """The answer for objects of one type."""

    fields: tuple[AnswerField, ...]

    def project(self, value: Any, answering: Answering) -> dict[str, Any]:
        if type(value) is not dict:
            answering.unfit = True
            raise Unfit
        answer: dict[str, Any] = {}
        get = value.get
        for response_key, key, exact, nullable, complete in self.fields:
            found = get(key)
            if type(found) in exact:
                answer[response_key] = found
            elif found is not None or key == TYPENAME:
                answer[response_key] = complete(found, answering)
            elif nullable:
                answer[response_key] = None
            else:
                answering.unfit = True
                raise Unfit
        return answer


def or_null(complete: Complete) -> Complete:
    def complete_or_null(value: Any, answering: Answering) -> Any:
        if value is None:
            return None
        try:
            return complete(value, answering)
        except Unfit:
            return None

    return complete_or_null


def not_null(complete: Complete) -> Complete:
    def complete_present(value: Any, answering: Answering) -> Any:
        if value is None:
            answering.unfit = True
            raise Unfit
        return complete(value, answering)

    return complete_present


def of_typename(name: str | None) -> Complete:
    def complete(_: Any, answering: Answering) -> Any:
        if name is None:
            answering.unfit = True
            raise Unfit
        return name

    return complete


def of_scalar(name: str) -> Complete:
    def complete(value: Any, answering: Answering) -> Any:
        fitting = fitted(name, value)
        if fitting is None:
            answering.unfit = True
            raise Unfit
        return fitting

    return complete


def of_enum(shown: frozenset[str], known: frozenset[str]) -> Complete:
    """A value that is only hidden from clients is null without an error."""

    def complete(value: Any, answering: Answering) -> Any:
        if type(value) is str and value in shown:
            return value
        answering.unfit |= not (type(value) is str and value in known)
        raise Unfit

    return complete


def of_list(one: Complete) -> Complete:
    def complete(value: Any, answering: Answering) -> Any:
        if type(value) is not list:
            answering.unfit = True
            raise Unfit
        answering.left -= len(value)
        if answering.left < 0 and answering.later is not None:
            answering.later.append((one, waiting := list(value)))
            return waiting
        return [one(each, answering) for each in value]

    return complete


def fitted(scalar: str, value: Any) -> Any:
    """The value as the scalar shows it, or None; scalars that GraphQL does not define show all."""
    exact = EXACT.get(scalar)
    if exact is None or type(value) in exact:
        return value
    if scalar == "ID" and type(value) is int:
        return str(value)
    if scalar == "Int" and type(value) is float and value.is_integer():
        return int(value)
    return None


async def project(root: ObjectAnswer, data: dict[str, Any], pace: Pace) -> tuple[Any, bool]:
    """The answer's data, and whether anything in it had to be nulled for being unfit."""
    answering = Answering(later=[])
    try:
        answer = root.project(data, answering)
        await _finish_later(answering, pace)
    except Unfit:
        # A null in a long list has to climb above it: once more, without putting anything off.
        answering = Answering(unfit=answering.unfit)
        try:
            return root.project(data, answering), answering.unfit
        except Unfit:
            return None, answering.unfit
    return answer, answering.unfit


async def _finish_later(answering: Answering, pace: Pace) -> None:
    while answering.later:
        complete, waiting = answering.later.pop()
        for position, value in enumerate(waiting):
            if position % 32 == 0:
                answering.left = SLICE
                if pace.is_due:
                    await pace.pause()
            waiting[position] = complete(value, answering)
