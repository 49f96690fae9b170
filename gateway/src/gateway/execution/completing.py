"""Completing values: each piece turns a value inside the gateway into the client's, or refuses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

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
MOST_ACCEPTED = 64


class Unfit(Exception):
    """A value that its type does not allow; null stands for it at the nearest nullable parent."""


@dataclass(slots=True)
class Answering:
    """One projection under way: long lists wait in `later` once `left` is used up."""

    left: int = SLICE
    unfit: bool = False
    later: list[tuple[Complete, list[Any]]] | None = None


class AnswerField(NamedTuple):
    """How one response key is filled.

    Values of the `exact` types pass as they are; where there are none, `complete` sees to each.
    Objects of one type, alone or in a list, are told by `nested`, for generated code.
    """

    response_key: str
    key: str
    exact: frozenset[type]
    nullable: bool
    complete: Complete
    nested: Nested | None = None


class OneType(Protocol):
    """Objects of one type: how they are answered, once one has been seen."""

    @property
    def answer(self) -> ObjectAnswer | None: ...


class Nested(NamedTuple):
    """The objects of a field, alone or in a list that holds no null."""

    one: OneType
    in_list: bool


class ObjectAnswer:
    """The answer for objects of one type; `type_name` is None where the type is not known.

    `project` may be replaced by generated code that does the same.
    """

    def __init__(self, type_name: str | None, fields: tuple[AnswerField, ...]) -> None:
        self.type_name = type_name
        self.fields = fields
        self.accepted: set[tuple[type, ...]] = set()
        self.project: Complete = self.project_slowly
        self.is_generated = False
        self._pairs = tuple((field.response_key, field.key) for field in fields)
        self._values = tuple(f.response_key for f in fields if f.key != TYPENAME)
        self._named = tuple(f.response_key for f in fields if f.key == TYPENAME)
        self._deep = tuple(
            (f.response_key, f.complete) for f in fields if not f.exact and f.key != TYPENAME
        )

    def project_slowly(self, value: Any, answering: Answering) -> dict[str, Any]:
        """Types that were fit for these fields before are fit again: mostly one look suffices."""
        if type(value) is not dict:
            answering.unfit = True
            raise Unfit
        get = value.get
        answer = {response_key: get(key) for response_key, key in self._pairs}
        types = tuple([type(answer[response_key]) for response_key in self._values])
        if types not in self.accepted and self._check(answer, answering):
            self._accept(types)
        for response_key in self._named:
            answer[response_key] = self.type_name
        for response_key, complete in self._deep:
            found = answer[response_key]
            if found is not None:
                answer[response_key] = complete(found, answering)
        return answer

    def _check(self, answer: dict[str, Any], answering: Answering) -> bool:
        """Put right what can be; True where nothing had to be."""
        untouched = True
        for response_key, key, exact, nullable, complete, _ in self.fields:
            found = answer[response_key]
            missing = self.type_name is None if key == TYPENAME else found is None
            if missing and not nullable:
                answering.unfit = True
                raise Unfit
            if found is not None and exact and type(found) not in exact:
                answer[response_key] = complete(found, answering)
                untouched = False
        return untouched

    def _accept(self, types: tuple[type, ...]) -> None:
        if len(self.accepted) < MOST_ACCEPTED:
            self.accepted.add(types)


def as_it_is(value: Any, _: Answering) -> Any:
    return value


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
