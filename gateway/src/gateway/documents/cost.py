"""What an operation may cost, estimated before it runs, as @cost and @listSize weigh it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

from gateway.supergraph import Supergraph
from gateway.supergraph.model import ListSize

MUTATION_COST: Final = 10
PAGED: Final = ListSize(slicing_arguments=("first", "last"), sized_fields=("edges", "nodes"))
"""How long lists are that say nothing, but are asked for as Relay's connections are."""
REMEMBERED: Final = 200
MOST_PER_LIST: Final = 10**9


class Cost:
    """The cost of one operation; remembered by the variables that decide how long its lists are."""

    def __init__(
        self,
        supergraph: Supergraph,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        assumed_list_size: int,
    ) -> None:
        self._supergraph = supergraph
        self._operation = operation
        self._assumed = assumed_list_size
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._sizes: dict[str, Any] = {}
        self._defaults = {
            d.variable.name.value: int(d.default_value.value)
            for d in operation.variable_definitions or ()
            if isinstance(d.default_value, IntValueNode)
        }
        self._known: dict[tuple[Any, ...], float] = {}
        self._read: dict[str, None] = {}
        self._fixed = self._estimate({})
        self._names = tuple(self._read)

    def of(self, variables: Mapping[str, Any]) -> float:
        """The estimate for these variables."""
        if not self._names:
            return self._fixed
        key = tuple(_as_size(variables.get(name)) for name in self._names)
        cost = self._known.get(key)
        if cost is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            cost = self._known[key] = self._estimate(variables)
        return cost

    def _estimate(self, variables: Mapping[str, Any]) -> float:
        self._sizes = {**self._defaults, **variables}
        kind = self._operation.operation
        root = self._supergraph.api_schema.get_root_type(kind)
        own = MUTATION_COST if kind is OperationType.MUTATION else 0
        return own + self._selections(self._operation.selection_set, root, {})

    def _selections(
        self,
        selection_set: SelectionSetNode,
        parent: GraphQLCompositeType | None,
        sized: Mapping[str, float],
    ) -> float:
        total = 0.0
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                total += self._field(selection, parent, sized)
            elif isinstance(selection, InlineFragmentNode):
                narrowed = self._condition(selection, parent)
                total += self._selections(selection.selection_set, narrowed, sized)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self._fragments[selection.name.value]
                narrowed = self._condition(fragment, parent)
                total += self._selections(fragment.selection_set, narrowed, sized)
        return total

    def _condition(
        self,
        fragment: InlineFragmentNode | FragmentDefinitionNode,
        parent: GraphQLCompositeType | None,
    ) -> GraphQLCompositeType | None:
        if fragment.type_condition is None:
            return parent
        named = self._supergraph.api_schema.get_type(fragment.type_condition.name.value)
        return cast(GraphQLCompositeType, named)

    def _field(
        self, node: FieldNode, parent: GraphQLCompositeType | None, sized: Mapping[str, float]
    ) -> float:
        definition: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None or parent is None:
            return 0
        said = self._supergraph.protected(parent.name, node.name.value)
        named = get_named_type(definition.type)
        list_size = said.list_size or _as_page(definition)
        size = self._size(node, list_size)
        inner_sizes = {}
        if list_size is not None and list_size.sized_fields:
            inner_sizes = dict.fromkeys(list_size.sized_fields, size or self._assumed)
        each = self._each(said.cost, named.name, is_composite_type(named))
        if node.selection_set is not None:
            inner = cast(GraphQLCompositeType, named)
            each += self._selections(node.selection_set, inner, inner_sizes)
        argument_costs = dict(said.argument_costs)
        arguments = sum(argument_costs.get(a.name.value, 0) for a in node.arguments or ())
        return arguments + each * self._times(definition.type, sized.get(node.name.value, size))

    def _each(self, own: float | None, type_name: str, composite: bool) -> float:
        if own is not None:
            return own
        of_type = self._supergraph.protected(type_name, None).cost
        return float(composite) if of_type is None else of_type

    def _times(self, type_: GraphQLOutputType, size: float | None) -> float:
        bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if not isinstance(bare, GraphQLList):
            return 1
        return self._assumed if size is None else size

    def _size(self, node: FieldNode, said: ListSize | None) -> float | None:
        if said is None:
            return None
        sizes = list(self._slices(node, said.slicing_arguments))
        return max(sizes) if sizes else said.assumed_size

    def _slices(self, node: FieldNode, slicing: tuple[str, ...]) -> Iterable[float]:
        for argument in node.arguments or ():
            if argument.name.value in slicing:
                value: Any = argument.value
                if isinstance(value, VariableNode):
                    self._read[value.name.value] = None
                    size = _as_size(self._sizes.get(value.name.value))
                elif isinstance(value, IntValueNode):
                    size = _as_size(int(value.value))
                else:
                    size = None
                if size is not None:
                    yield size


def _as_page(definition: GraphQLField) -> ListSize | None:
    """What says how long the list is, with the length it has when nothing is asked for."""
    paged = [definition.args[name] for name in PAGED.slicing_arguments if name in definition.args]
    if not paged:
        return None
    literals = (argument.default.literal for argument in paged if argument.default is not None)
    sizes = [int(each.value) for each in literals if isinstance(each, IntValueNode)]
    return replace(PAGED, assumed_size=max(sizes, default=None))


def _as_size(value: object) -> float | None:
    return float(min(max(value, 0), MOST_PER_LIST)) if isinstance(value, int) else None
