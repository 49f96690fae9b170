"""Errors as the client sees them: subgraphs' errors at the client's paths, and unfit values."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    is_leaf_type,
)

from gateway.execution.completing import fitted
from gateway.execution.merging import type_name_of
from gateway.planning.operations import Answered
from gateway.supergraph import Supergraph
from gateway.supergraph.field_sets import TYPENAME, Pick, Selection, together

Path = tuple[str | int, ...]
Problem = dict[str, Any]


def problem(
    message: str, path: Path | None, subgraph: str | None, extensions: Mapping[str, Any]
) -> Problem:
    shown: Problem = {"message": message}
    if path:
        shown["path"] = list(path)
    shown["extensions"] = {**extensions, **({"subgraph": subgraph} if subgraph else {})}
    return shown


def client_path(selection: Selection, path: Iterable[str | int]) -> Path:
    """An inner path in the client's names, up to where the client asked for nothing more."""
    shown: list[str | int] = []
    below: tuple[Pick, ...] = selection.picks
    for step in path:
        if isinstance(step, int):
            shown.append(step)
            continue
        picks = [pick for pick in below if isinstance(pick, Answered) and pick.key == step]
        if not picks:
            break
        shown.append(picks[0].response_key)
        below = together(*(pick.children.picks for pick in picks if pick.children))
    return tuple(shown)


def is_explained(path: Path, problems: Iterable[Problem]) -> bool:
    """Whether an error already stands on the way to this path, or below it."""
    keys = [step for step in path if isinstance(step, str)]
    for known in problems:
        other = [step for step in known.get("path", ()) if isinstance(step, str)]
        shortest = min(len(keys), len(other))
        if keys[:shortest] == other[:shortest]:
            return True
    return False


class Examiner:
    """Finds the values that did not fit: slow, and only called where some did not."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph

    def examine(
        self, type_: GraphQLObjectType, picks: Iterable[Pick], value: Any
    ) -> Iterator[Problem]:
        yield from self._object(type_, tuple(picks), value, ())

    def _object(
        self, type_: Any, picks: tuple[Pick, ...], value: Any, path: Path
    ) -> Iterator[Problem]:
        if type(value) is not dict:
            yield self._unfit(type_, path, "is no object")
            return
        met = self._supergraph.conditions_met_by(type_.name)
        grouped: dict[str, list[Answered]] = {}
        for pick in picks:
            if isinstance(pick, Answered) and met.issuperset(pick.conditions):
                grouped.setdefault(pick.response_key, []).append(pick)
        for response_key, group in grouped.items():
            if group[0].name != TYPENAME:
                below = together(*(pick.children.picks for pick in group if pick.children))
                declared = type_.fields[group[0].name]
                where = f"{type_.name}.{group[0].name}"
                found = value.get(group[0].key)
                yield from self._value(declared.type, below, found, (*path, response_key), where)

    def _value(
        self, type_: Any, picks: tuple[Pick, ...], value: Any, path: Path, where: str
    ) -> Iterator[Problem]:
        if isinstance(type_, GraphQLNonNull):
            if value is None:
                message = f"Cannot return null for non-nullable field {where}."
                yield problem(message, path, None, {"code": "INVALID_NULL"})
                return
            type_ = type_.of_type
        if value is None:
            return
        if isinstance(type_, GraphQLList):
            yield from self._items(type_, picks, value, path, where)
        elif is_leaf_type(type_):
            yield from self._leaf(type_, value, path)
        else:
            yield from self._composite(type_, picks, value, path)

    def _items(
        self, type_: Any, picks: tuple[Pick, ...], value: Any, path: Path, where: str
    ) -> Iterator[Problem]:
        if type(value) is not list:
            yield self._unfit(type_, path, "is no list")
            return
        for position, item in enumerate(value):
            yield from self._value(type_.of_type, picks, item, (*path, position), where)

    def _composite(
        self, type_: Any, picks: tuple[Pick, ...], value: Any, path: Path
    ) -> Iterator[Problem]:
        if not isinstance(type_, GraphQLObjectType):
            name = type_name_of(value) if type(value) is dict else ""
            schema = self._supergraph.api_schema
            concrete = schema.type_map.get(name)
            known = isinstance(concrete, GraphQLObjectType)
            if not known or not schema.is_sub_type(type_, cast(GraphQLObjectType, concrete)):
                if not self._supergraph.hides(name):
                    yield self._unfit(type_, path, "has no type that is possible here")
                return
            type_ = concrete
        yield from self._object(type_, picks, value, path)

    def _leaf(self, type_: Any, value: Any, path: Path) -> Iterator[Problem]:
        if isinstance(type_, GraphQLEnumType):
            if (
                not isinstance(value, str)
                or value not in self._supergraph.types[type_.name].enum_values
            ):
                yield self._unfit(type_, path, "is none of its values")
        elif fitted(type_.name, value) is None:
            yield self._unfit(type_, path, "does not fit")

    def _unfit(self, type_: Any, path: Path, why: str) -> Problem:
        return problem(f"A value for {type_} {why}.", path, None, {"code": "INVALID_VALUE"})
