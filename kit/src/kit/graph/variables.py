"""Variables of an operation: what they are is found out once, not with each request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLError, GraphQLNonNull, VariableDefinitionNode
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.pyutils import Undefined

from kit.graph.making import Make, Making

MOST_ERRORS: Final = 50


@dataclass(frozen=True, slots=True)
class Variable:
    """One that a document declares."""

    signature: GraphQLVariableSignature
    make: Make
    optional: bool


class Variables:
    """Those of one operation. Whatever is out of the ordinary goes the whole way."""

    def __init__(self, making: Making, declared: Sequence[VariableDefinitionNode]) -> None:
        self._schema = making.schema
        self._declared = declared
        self._variables = [_variable(making, each) for each in declared]

    def of(self, sent: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values, or all that is wrong with what was sent."""
        sources: dict[str, VariableValueSource] = {}
        values: dict[str, Any] = {}
        for each in self._variables:
            name = each.signature.name
            if name in sent:
                value = each.make(sent[name])
                if value is Undefined:
                    return self._whole_way(sent)
                sources[name] = VariableValueSource(each.signature, sent[name])
                values[name] = value
            elif each.optional:
                sources[name] = VariableValueSource(each.signature)
            else:
                return self._whole_way(sent)
        return VariableValues(sources, values)

    def _whole_way(self, sent: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        return get_variable_values(self._schema, self._declared, dict(sent), MOST_ERRORS)


def _variable(making: Making, declared: VariableDefinitionNode) -> Variable:
    signature = get_variable_signature(making.schema, declared)
    if isinstance(signature, GraphQLError):
        raise signature
    optional = signature.default is None and not isinstance(signature.type, GraphQLNonNull)
    return Variable(signature, making.of(signature.type), optional)
