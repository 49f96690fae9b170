"""Operations: what all requests with the same document have in common, found out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
)
from graphql.execution.values import VariableValues

from kit.graph.making import Making
from kit.graph.variables import Variables

SubFields: TypeAlias = dict[tuple[GraphQLObjectType, int], tuple[FieldDetailsList, CollectedFields]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One of a valid document.

    `fields` are those of its root, and `sub_fields` those below, by type, as far as anybody has
    asked: they are the same for all. Both are None where a directive may leave fields out.
    """

    definition: OperationDefinitionNode
    fragment_definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    root: GraphQLObjectType
    variables: Variables
    fields: GroupedFieldSet | None
    sub_fields: SubFields | None

    @property
    def is_mutation(self) -> bool:
        return self.definition.operation == OperationType.MUTATION


NO_VALUES: Final = VariableValues({}, {})
SEVERAL: Final = "Must provide operation name if query contains multiple operations."


class Operations:
    """Those of one document, by name."""

    def __init__(self, making: Making, document: DocumentNode, *, has_directives: bool) -> None:
        self._making = making
        definitions = document.definitions
        self._fragment_definitions = {
            each.name.value: each
            for each in definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._fragments = {
            name: FragmentDetails(each) for name, each in self._fragment_definitions.items()
        }
        self._by_name: Mapping[str | None, Operation] = {
            each.name.value if each.name else None: self._operation(each, has_directives)
            for each in definitions
            if isinstance(each, OperationDefinitionNode)
        }

    def named(self, name: str | None) -> Operation:
        """The only one, or the one called `name`; GraphQLError if there is none."""
        if name is None:
            if len(self._by_name) == 1:
                return next(iter(self._by_name.values()))
            raise GraphQLError(SEVERAL if self._by_name else "Must provide an operation.")
        if name not in self._by_name:
            raise GraphQLError(f"Unknown operation named '{name}'.")
        return self._by_name[name]

    def _operation(self, definition: OperationDefinitionNode, has_directives: bool) -> Operation:
        schema = self._making.schema
        root = schema.get_root_type(definition.operation)
        if root is None:
            raise GraphQLError(
                f"Schema is not configured to execute {definition.operation.value} operation.",
                definition,
            )
        fields = None
        if not has_directives:
            fields = collect_fields(schema, self._fragments, NO_VALUES, root, definition)
        return Operation(
            definition,
            self._fragment_definitions,
            self._fragments,
            root,
            Variables(self._making, definition.variable_definitions or ()),
            fields.grouped_field_set if fields else None,
            {} if fields else None,
        )
