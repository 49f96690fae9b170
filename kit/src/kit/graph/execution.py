"""Executing documents: graphql-core's way, without the ceremony for what is only read."""

from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLResolveInfoHelpers,
    GraphQLSchema,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, RefMap, Undefined
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from kit.graph.operations import Operation
from kit.graph.showing import PLAIN_FIELDS, UNION_KINDS, PlainField


class Execution(Executor[None]):
    """One request's operation over a subgraph, which defers nothing and streams nothing.

    Most fields are attributes: those are read and shown without what resolvers are told about a
    request, at a quarter of the cost. Whatever is out of the ordinary goes the whole way.
    """

    root_value = None
    field_resolver = staticmethod(default_field_resolver)
    type_resolver = staticmethod(default_type_resolver)
    subscribe_field_resolver = staticmethod(default_field_resolver)
    is_awaitable = staticmethod(optimized_is_awaitable)  # type: ignore[assignment]  # the same, not declared so
    enable_early_execution = False
    hide_suggestions = False
    error_propagation = True
    abort_signal = None
    hooks = None
    middleware_manager = None
    async_work_finished_hook_task = None
    operation_extensions: dict[str, Any] | None = None
    build_resolve_info = StrawberryGraphQLCoreExecutionContext.build_resolve_info

    def __init__(
        self, schema: GraphQLSchema, asked: Operation, values: VariableValues, context: object
    ) -> None:
        # What graphql-core's own holds, without making what a request has no use for.
        self.schema = schema
        self.fragment_definitions = asked.fragment_definitions
        self.fragments = asked.fragments
        self.operation = asked.definition
        self.variable_values = values
        self.context_value = context
        self.collected_errors = CollectedErrors()
        self.async_helpers = GraphQLResolveInfoHelpers(
            self.gather_async_work, self.track_async_work
        )
        self.background_futures = set()
        self.pending_incremental_futures = set()
        self._stream_usages = RefMap()
        self._relevant_sub_fields = {} if asked.sub_fields is None else asked.sub_fields
        self._asked = asked
        self._plain: dict[tuple[str, str], PlainField] = schema.extensions[PLAIN_FIELDS]
        self._kinds: dict[tuple[str, type], GraphQLObjectType] = schema.extensions[UNION_KINDS]

    def with_abort_signal(self, awaitable: Any) -> Any:
        """Nobody gives such a signal."""
        return awaitable

    async def answer(self) -> ExecutionResult:
        """All that was asked for, and what was wrong with it."""
        execute = self.execute_fields_serially if self._asked.is_mutation else self.execute_fields
        try:
            found: Any = execute(self._asked.root, None, None, self._root_fields(), None)
            data = await found if self.is_awaitable(found) else found
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            data = None
        return ExecutionResult(data, self.collected_errors.errors or None)

    def _root_fields(self) -> GroupedFieldSet:
        asked = self._asked
        if asked.fields is not None:
            return asked.fields
        return collect_fields(
            self.schema, asked.fragments, self.variable_values, asked.root, asked.definition
        ).grouped_field_set

    def execute_fields_serially(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: None,
    ) -> Any:
        """One field is after no other."""
        one = len(grouped_field_set) == 1
        execute = super().execute_fields if one else super().execute_fields_serially
        return execute(parent_type, source_value, path, grouped_field_set, position_context)

    def complete_abstract_value(
        self,
        return_type: GraphQLAbstractType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: None,
    ) -> Any:
        kind = self._kinds.get((return_type.name, type(result)))
        if kind is None:
            return super().complete_abstract_value(
                return_type, field_details_list, info, path, result, position_context
            )
        return self.collect_and_execute_subfields(
            kind, field_details_list, path, result, position_context
        )

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: None,
    ) -> Any:
        name = field_details_list[0].node.name.value
        plain = self._plain.get((parent_type.name, name))
        if plain is not None and (shown := plain.of(source)) is not Undefined:
            return shown
        return super().execute_field(
            parent_type, source, field_details_list, path, position_context
        )
