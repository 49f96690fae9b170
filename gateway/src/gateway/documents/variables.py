"""Whether a request's variables fit what its operation declares, decided cheaply if they do."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    get_variable_values,
    type_from_ast,
)

Fits = Callable[[Any], bool]
NESTING = 20

SCALARS: dict[str, Fits] = {
    "String": lambda value: type(value) is str,
    "ID": lambda value: type(value) in (str, int),
    "Boolean": lambda value: type(value) is bool,
    "Int": lambda value: type(value) is int and -(2**31) <= value < 2**31,
    "Float": lambda value: type(value) in (int, float),
}


class VariableRules:
    """The variables of one operation."""

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, hide_suggestions: bool
    ) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._hide_suggestions = hide_suggestions
        self._fits: dict[str, Fits] = {}
        self._needed: set[str] = set()
        for definition in self._definitions:
            name = definition.variable.name.value
            declared: Any = type_from_ast(schema, definition.type)
            self._fits[name] = fits(declared, NESTING)
            if isinstance(declared, GraphQLNonNull) and definition.default_value is None:
                self._needed.add(name)

    def errors(self, variables: Mapping[str, Any]) -> list[GraphQLError]:
        if self._surely_fit(variables):
            return []
        verdict = get_variable_values(
            self._schema,
            self._definitions,
            dict(variables),
            max_errors=20,
            hide_suggestions=self._hide_suggestions,
        )
        return verdict if isinstance(verdict, list) else []

    def _surely_fit(self, variables: Mapping[str, Any]) -> bool:
        if not self._needed <= variables.keys():
            return False
        for name, fits_type in self._fits.items():
            if name in variables and not fits_type(variables[name]):
                return False
        return True


def fits(type_: GraphQLInputType, nesting: int) -> Fits:
    """A quick test for values of `type_`: true is certain, false is not."""
    if isinstance(type_, GraphQLNonNull):
        inner = fits(type_.of_type, nesting)
        return lambda value: value is not None and inner(value)
    certain = _certain(type_, nesting)
    return lambda value: value is None or certain(value)


def _certain(type_: GraphQLInputType, nesting: int) -> Fits:
    if nesting == 0:
        return lambda value: False
    if isinstance(type_, GraphQLList):
        item = fits(type_.of_type, nesting - 1)
        return lambda value: type(value) is list and all(map(item, value))
    if isinstance(type_, GraphQLEnumType):
        names = frozenset(type_.values)
        return lambda value: type(value) is str and value in names
    if isinstance(type_, GraphQLInputObjectType):
        return _object(type_, nesting)
    return SCALARS.get(getattr(type_, "name", ""), lambda value: True)


def _object(type_: GraphQLInputObjectType, nesting: int) -> Fits:
    """Built when first needed: input types may hold themselves."""
    fields: dict[str, Fits] = {}
    needed: set[str] = set()

    def certain(value: Any) -> bool:
        if type_.is_one_of or type(value) is not dict:
            return False
        if not fields:
            for name, field in type_.fields.items():
                fields[name] = fits(field.type, nesting - 1)
            needed.update(
                name
                for name, field in type_.fields.items()
                if isinstance(field.type, GraphQLNonNull)
            )
        return (
            needed <= value.keys()
            and value.keys() <= fields.keys()
            and all(fields[name](inner) for name, inner in value.items())
        )

    return certain
