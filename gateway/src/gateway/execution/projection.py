"""The projection of a plan: from the result inside the gateway to names and types of the client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_abstract_type,
    is_leaf_type,
)

from gateway.execution.completing import (
    EXACT,
    NEVER,
    AnswerField,
    Answering,
    Complete,
    Nested,
    ObjectAnswer,
    Unfit,
    as_it_is,
    not_null,
    of_enum,
    of_list,
    of_scalar,
    or_null,
)
from gateway.execution.merging import type_name_of
from gateway.planning.operations import Answered
from gateway.supergraph import Supergraph
from gateway.supergraph.field_sets import TYPENAME, Pick, Selection, together


@dataclass(eq=False, slots=True)
class OneType:
    """Objects of a known type; how they are answered is made when the first of them comes."""

    projector: Projector
    type: GraphQLObjectType
    below: Selection
    answer: ObjectAnswer | None = None

    def made(self) -> ObjectAnswer:
        if self.answer is None:
            self.answer = self.projector.object(self.type, self.below.picks)
        return self.answer


@dataclass(eq=False)
class Projector:
    """Makes the parts of one plan's projection, each when it is first needed."""

    supergraph: Supergraph
    to_generate: list[ObjectAnswer] = field(default_factory=list)
    of_one_type: dict[tuple[str, int], OneType] = field(default_factory=dict)

    def object(self, type_: GraphQLObjectType, picks: Iterable[Pick]) -> ObjectAnswer:
        met = self.supergraph.conditions_met_by(type_.name)
        return self._answer(type_, (p for p in picks if met.issuperset(p.conditions)), type_.name)

    def _answer(self, type_: Any, picks: Iterable[Pick], name: str | None) -> ObjectAnswer:
        grouped: dict[str, list[Answered]] = {}
        for pick in picks:
            if isinstance(pick, Answered):
                grouped.setdefault(pick.response_key, []).append(pick)
        fields = tuple(self._field(type_, key, group) for key, group in grouped.items())
        answer = ObjectAnswer(name, fields)
        self.to_generate.append(answer)
        return answer

    def _field(self, type_: Any, response_key: str, picks: list[Answered]) -> AnswerField:
        first = picks[0]
        if first.name == TYPENAME:
            return AnswerField(response_key, TYPENAME, NEVER, False, as_it_is)
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
            self._nested(bare, below),
        )

    def _nested(self, type_: Any, below: Selection) -> Nested | None:
        in_list = isinstance(type_, GraphQLList) and isinstance(type_.of_type, GraphQLNonNull)
        if in_list:
            type_ = type_.of_type.of_type
        if not isinstance(type_, GraphQLObjectType):
            return None
        return Nested(self._one(type_, below), in_list)

    def complete(self, type_: GraphQLOutputType, below: Selection) -> Complete:
        """A function from a value, not null, to its answer; nulls it as its type allows."""
        if isinstance(type_, GraphQLNonNull):
            return self._present(type_.of_type, below)
        if isinstance(type_, GraphQLObjectType):
            return self._concrete_or_null(self._one(type_, below))
        return or_null(self._present(type_, below))

    def _present(self, type_: Any, below: Selection) -> Complete:
        if isinstance(type_, GraphQLList):
            return self._list(type_.of_type, below)
        if isinstance(type_, GraphQLEnumType):
            return self._enum(type_)
        if is_leaf_type(type_):
            return of_scalar(type_.name)
        if is_abstract_type(type_):
            return self._abstract(type_, below)
        return self._concrete(self._one(type_, below))

    def _one(self, type_: GraphQLObjectType, below: Selection) -> OneType:
        return self.of_one_type.setdefault((type_.name, id(below)), OneType(self, type_, below))

    def _concrete(self, one: OneType) -> Complete:
        def complete(value: Any, answering: Answering) -> Any:
            return (one.answer or one.made()).project(value, answering)

        return complete

    def _concrete_or_null(self, one: OneType) -> Complete:
        """The same for the commonest case, in one call less for each object."""

        def complete_or_null(value: Any, answering: Answering) -> Any:
            if value is None:
                return None
            try:
                return (one.answer or one.made()).project(value, answering)
            except Unfit:
                return None

        return complete_or_null

    def _abstract(self, type_: Any, below: Selection) -> Complete:
        made: dict[str, ObjectAnswer] = {}

        def complete(value: Any, answering: Answering) -> Any:
            name = type_name_of(value) if type(value) is dict else ""
            if name not in made:
                answer = self._answer_as(type_, name, below)
                if answer is None:
                    answering.unfit |= not self.supergraph.hides(name)
                    raise Unfit
                made[name] = answer
            return made[name].project(value, answering)

        return complete

    def _answer_as(self, type_: Any, name: str, below: Selection) -> ObjectAnswer | None:
        """For a value whose type is not known, what is selected on the abstract type itself."""
        if not name:
            met = self.supergraph.conditions_met_by(type_.name)
            return self._answer(
                type_, (p for p in below.picks if met.issuperset(p.conditions)), None
            )
        schema = self.supergraph.api_schema
        concrete = schema.type_map.get(name)
        if not isinstance(concrete, GraphQLObjectType) or not schema.is_sub_type(type_, concrete):
            return None
        return self.object(concrete, below.picks)

    def _enum(self, type_: GraphQLEnumType) -> Complete:
        return of_enum(frozenset(type_.values), self.supergraph.types[type_.name].enum_values)

    def _list(self, item: Any, below: Selection) -> Complete:
        one = self.complete(item, below)
        bare = item.of_type if isinstance(item, GraphQLNonNull) else item
        if bare is not item and not isinstance(bare, GraphQLObjectType):
            one = not_null(one)
        return of_list(one)
