"""Telling entities to subgraphs: closures that make representations out of result objects."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from gateway.execution.merging import type_name_of
from gateway.planning.plan import EntityForm, Target
from gateway.supergraph import Supergraph
from gateway.supergraph.field_sets import TYPENAME, Pick, Selection

Build = Callable[[Mapping[str, Any]], dict[str, Any] | None]
Nested = Callable[[Any], Any]
INCOMPLETE = object()
MISSING = object()


class TargetForms:
    """`build` represents an object as its type asks: None where it is not to be sent.

    `single` is there where all objects go by one field: type's name, field's name, key.
    """

    def __init__(self, supergraph: Supergraph, target: Target) -> None:
        self.single = _single(target.otherwise) if target.otherwise and not target.forms else None
        self._builds = {n: compile_form(supergraph, form) for n, form in target.forms.items()}
        self._otherwise = compile_form(supergraph, target.otherwise) if target.otherwise else None
        only = self._otherwise if not target.forms else None
        self.build: Build = only or self._build_by_type

    def _build_by_type(self, entity: Mapping[str, Any]) -> dict[str, Any] | None:
        build = self._builds.get(type_name_of(entity), self._otherwise)
        return build(entity) if build is not None else None


def _single(form: EntityForm) -> tuple[str, str, str] | None:
    picks, keys = form.wants.picks, [pick for key in form.keys for pick in key.picks]
    if len(picks) == len(keys) == 1 and picks[0].children is None:
        return form.type_name, picks[0].name, picks[0].key
    return None


def compile_form(supergraph: Supergraph, form: EntityForm) -> Build:
    """A key may be null in no representation; where several are sent, one must be whole."""
    type_name = form.type_name
    fields = [(p.name, p.key, _nested(supergraph, p)) for p in form.wants.picks]
    keys = [[p.name for p in key.picks if p.name != TYPENAME] for key in form.keys]
    needed = frozenset(keys[0]) if len(keys) == 1 else frozenset()

    def build(entity: Mapping[str, Any]) -> dict[str, Any] | None:
        made = {TYPENAME: type_name}
        for name, key, nested in fields:
            value = entity.get(key, MISSING)
            if nested is not None and value is not None:
                value = nested(value)
            if value is MISSING or value is INCOMPLETE or (value is None and name in needed):
                return None
            made[name] = value
        if not needed and not any(all(made.get(n) is not None for n in names) for names in keys):
            return None
        return made

    return build


def _nested(supergraph: Supergraph, pick: Pick) -> Nested | None:
    """How the value of a field with fields of its own goes into a representation."""
    if pick.children is None:
        return None
    children = pick.children
    fields: dict[str, list[tuple[str, str, Nested | None]]] = {}

    def represent(value: Any) -> Any:
        if type(value) is list:
            made = [represent(item) for item in value]
            return INCOMPLETE if INCOMPLETE in made else made
        if type(value) is not dict:
            return value
        type_name = type_name_of(value)
        if type_name not in supergraph.types:
            type_name = ""
        if type_name not in fields:
            picks = _picks_on(supergraph, children, type_name)
            fields[type_name] = [(p.name, p.key, _nested(supergraph, p)) for p in picks]
        return _part(type_name, fields[type_name], value)

    return represent


def _part(
    type_name: str, fields: list[tuple[str, str, Nested | None]], value: Mapping[str, Any]
) -> Any:
    part: dict[str, Any] = {TYPENAME: type_name} if type_name else {}
    for name, key, nested in fields:
        found = value.get(key, MISSING)
        if nested is not None and found is not MISSING:
            found = nested(found)
        if found is MISSING or found is INCOMPLETE:
            return INCOMPLETE
        part[name] = found
    return part


def _picks_on(supergraph: Supergraph, selection: Selection, type_name: str) -> list[Pick]:
    met = supergraph.conditions_met_by(type_name) if type_name else frozenset[str]()
    return [p for p in selection.on(met, type_name).values() if p.name != TYPENAME]


def identity_of(value: Any) -> Hashable:
    """Equal for representations of the same entity, and for no others."""
    if type(value) is dict:
        return tuple((key, identity_of(item)) for key, item in value.items())
    if type(value) is list:
        return tuple(map(identity_of, value))
    return value if type(value) is str else (type(value), value)
