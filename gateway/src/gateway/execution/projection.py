"""From the result inside the gateway to the client's answer: names, order, types, nulls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_abstract_type,
    is_leaf_type,
)

from gateway.execution.pacing import Pace
from gateway.planning.operations import Answered
from gateway.supergraph import Supergraph
from gateway.supergraph.field_sets import TYPENAME, Pick, Selection, together

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


@dataclass(eq=False)
class Projector:
    """Makes the parts of one plan's projection, each when it is first needed."""

    supergraph: Supergraph

    def object(self, type_: GraphQLObjectType, picks: Iterable[Pick]) -> ObjectAnswer:
        met = self.supergraph.conditions_met_by(type_.name)
        return self._answer(type_, (p for p in picks if met.issuperset(p.conditions)), type_.name)

    def _answer(self, type_: Any, picks: Iterable[Pick], name: str | None) -> ObjectAnswer:
        grouped: dict[str, list[Answered]] = {}
        for pick in picks:
            if isinstance(pick, Answered):
                grouped.setdefault(pick.response_key, []).append(pick)
        return ObjectAnswer(
            tuple(self._field(type_, name, key, group) for key, group in grouped.items())
        )

    def _field(
        self, type_: Any, name: str | None, response_key: str, picks: list[Answered]
    ) -> AnswerField:
        first = picks[0]
        if first.name == TYPENAME:
            return AnswerField(response_key, TYPENAME, NEVER, False, _typename(name))
        children = [pick.children.picks for pick in picks if pick.children is not None]
        below = Selection(together(*children))
        output = type_.fields[first.name].type
        nullable = not isinstance(output, GraphQLNonNull)
        bare = output if nullable else output.of_type
        return AnswerField(
            response_key,
            first.key,
            EXACT.get(getattr(bare, "name", ""), NEVER),
            nullable,
            self.complete(output, below),
        )

    def complete(self, type_: GraphQLOutputType, below: Selection) -> Complete:
        """A function from a value, not null, to its answer; nulls it as its type allows."""
        if isinstance(type_, GraphQLNonNull):
            return self._present(type_.of_type, below)
        return _or_null(self._present(type_, below))

    def _present(self, type_: Any, below: Selection) -> Complete:
        if isinstance(type_, GraphQLList):
            return self._list(type_.of_type, below)
        if isinstance(type_, GraphQLEnumType):
            return self._enum(type_)
        if is_leaf_type(type_):
            return _scalar(type_.name)
        if is_abstract_type(type_):
            return self._abstract(type_, below)
        return self._concrete(type_, below)

    def _concrete(self, type_: GraphQLObjectType, below: Selection) -> Complete:
        made: list[ObjectAnswer] = []

        def complete(value: Any, answering: Answering) -> Any:
            if not made:
                made.append(self.object(type_, below.picks))
            return made[0].project(value, answering)

        return complete

    def _abstract(self, type_: Any, below: Selection) -> Complete:
        made: dict[str | None, ObjectAnswer] = {}

        def complete(value: Any, answering: Answering) -> Any:
            name = value.get(TYPENAME) if type(value) is dict else None
            if name not in made:
                answer = self._answer_as(type_, name, below)
                if answer is None:
                    answering.unfit |= name not in self.supergraph.types
                    raise Unfit
                made[name] = answer
            return made[name].project(value, answering)

        return complete

    def _answer_as(self, type_: Any, name: Any, below: Selection) -> ObjectAnswer | None:
        """For a value whose type is not known, what is selected on the abstract type itself."""
        if name is None:
            met = self.supergraph.conditions_met_by(type_.name)
            return self._answer(
                type_, (p for p in below.picks if met.issuperset(p.conditions)), None
            )
        schema = self.supergraph.api_schema
        concrete = schema.type_map.get(name) if isinstance(name, str) else None
        if not isinstance(concrete, GraphQLObjectType) or not schema.is_sub_type(type_, concrete):
            return None
        return self.object(concrete, below.picks)

    def _enum(self, type_: GraphQLEnumType) -> Complete:
        shown = frozenset(type_.values)
        hidden = self.supergraph.types[type_.name].enum_values

        def complete(value: Any, answering: Answering) -> Any:
            if type(value) is str and value in shown:
                return value
            answering.unfit |= not (type(value) is str and value in hidden)
            raise Unfit

        return complete

    def _list(self, item: Any, below: Selection) -> Complete:
        one = self.complete(item, below)
        if isinstance(item, GraphQLNonNull):
            one = _not_null(one)

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


def _or_null(complete: Complete) -> Complete:
    def complete_or_null(value: Any, answering: Answering) -> Any:
        if value is None:
            return None
        try:
            return complete(value, answering)
        except Unfit:
            return None

    return complete_or_null


def _not_null(complete: Complete) -> Complete:
    def complete_present(value: Any, answering: Answering) -> Any:
        if value is None:
            answering.unfit = True
            raise Unfit
        return complete(value, answering)

    return complete_present


def _typename(name: str | None) -> Complete:
    def complete(_: Any, answering: Answering) -> Any:
        if name is None:
            answering.unfit = True
            raise Unfit
        return name

    return complete


def _scalar(name: str) -> Complete:
    def complete(value: Any, answering: Answering) -> Any:
        fitting = fitted(name, value)
        if fitting is None:
            answering.unfit = True
            raise Unfit
        return fitting

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
