"""An operation made ready for planning: fragments inlined, @skip and @include decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    print_ast,
)

from gateway.planning.conditions import fragments_of, operation_of
from gateway.planning.plan import OperationKind
from gateway.supergraph.field_sets import (
    Pick,
    Selection,
    print_arguments,
    variables_in,
)

KINDS: Mapping[OperationType, OperationKind] = {
    OperationType.QUERY: "query",
    OperationType.MUTATION: "mutation",
    OperationType.SUBSCRIPTION: "subscription",
}
INTROSPECTION = ("__schema", "__type")


@dataclass(frozen=True, slots=True)
class Answered(Pick):
    """A Pick of the client's, with the name its value gets in the answer."""

    response_key: str = ""


@dataclass(frozen=True)
class Operation:
    kind: OperationKind
    name: str | None
    selection: Selection
    variable_definitions: Mapping[str, str]
    introspection: DocumentNode | None


@dataclass
class Reader:
    """Turns selection sets into Selections, each only once however often it is spread."""

    fragments: Mapping[str, FragmentDefinitionNode]
    conditions: Mapping[str, bool]
    introspection: list[FieldNode] = field(default_factory=list)
    read: dict[int, Selection] = field(default_factory=dict)
    picked: dict[tuple[int, tuple[str, ...]], Answered] = field(default_factory=dict)

    def selection(self, node: SelectionSetNode) -> Selection:
        known = self.read.get(id(node))
        if known is None:
            picks: list[Pick] = []
            self._collect(node, (), picks, set())
            known = self.read[id(node)] = Selection(tuple(picks))
        return known

    def _collect(
        self,
        node: SelectionSetNode,
        within: tuple[str, ...],
        picks: list[Pick],
        spread: set[tuple[str, tuple[str, ...]]],
    ) -> None:
        for selection in node.selections:
            if not self._included(selection.directives or ()):
                continue
            if isinstance(selection, FieldNode):
                picks.append(self._pick(selection, within))
            elif isinstance(selection, InlineFragmentNode):
                narrowed = _narrow(within, selection.type_condition)
                self._collect(selection.selection_set, narrowed, picks, spread)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self.fragments[selection.name.value]
                narrowed = _narrow(within, fragment.type_condition)
                if (selection.name.value, narrowed) not in spread:
                    spread.add((selection.name.value, narrowed))
                    self._collect(fragment.selection_set, narrowed, picks, spread)

    def _pick(self, node: FieldNode, within: tuple[str, ...]) -> Answered:
        known = self.picked.get((id(node), within))
        if known is None:
            known = self.picked[id(node), within] = self._read_pick(node, within)
        return known

    def _read_pick(self, node: FieldNode, within: tuple[str, ...]) -> Answered:
        if node.name.value in INTROSPECTION:
            self.introspection.append(node)
        used = [variables_in(argument.value) for argument in node.arguments or ()]
        return Answered(
            conditions=within,
            name=node.name.value,
            arguments=print_arguments(node.arguments),
            variables=frozenset[str]().union(*used),
            children=self.selection(node.selection_set) if node.selection_set else None,
            response_key=(node.alias or node.name).value,
        )

    def _included(self, directives: tuple[DirectiveNode, ...]) -> bool:
        for directive in directives:
            if directive.name.value in ("skip", "include"):
                wanted = directive.name.value == "include"
                values = [a.value for a in directive.arguments or () if a.name.value == "if"]
                if any(self._truth(value) is not wanted for value in values):
                    return False
        return True

    def _truth(self, value: ValueNode) -> bool:
        if isinstance(value, VariableNode):
            return self.conditions.get(value.name.value, False)
        return isinstance(value, BooleanValueNode) and value.value


def _narrow(within: tuple[str, ...], condition: NamedTypeNode | None) -> tuple[str, ...]:
    if condition is None or condition.name.value in within:
        return within
    return (*within, condition.name.value)


def read_operation(
    document: DocumentNode, operation_name: str | None, conditions: Mapping[str, bool]
) -> Operation:
    node = operation_of(document, operation_name)
    definitions = node.variable_definitions or ()
    defaults = {
        d.variable.name.value: d.default_value.value
        for d in definitions
        if isinstance(d.default_value, BooleanValueNode)
    }
    reader = Reader(fragments_of(document), {**defaults, **conditions})
    selection = reader.selection(node.selection_set)
    return Operation(
        kind=KINDS[node.operation],
        name=node.name.value if node.name else None,
        selection=_each_once(selection) if node.operation is OperationType.MUTATION else selection,
        variable_definitions={
            d.variable.name.value: _print_definition(d.type, d.default_value, d.variable)
            for d in definitions
        },
        introspection=_introspection(document, node, reader.introspection),
    )


def _each_once(selection: Selection) -> Selection:
    """A mutation asked for under two names runs twice: let its name be its key."""
    return Selection(
        tuple(replace(p, key=p.response_key) for p in selection.picks if isinstance(p, Answered))
    )


def _introspection(
    document: DocumentNode, operation: OperationDefinitionNode, roots: list[FieldNode]
) -> DocumentNode | None:
    """The part of the document that asks about the schema, as a document of its own."""
    if not roots:
        return None
    narrowed = replace(
        operation, directives=(), selection_set=SelectionSetNode(selections=tuple(roots))
    )
    fragments = (d for d in document.definitions if isinstance(d, FragmentDefinitionNode))
    return DocumentNode(definitions=(narrowed, *fragments))


def _print_definition(type_: object, default: ValueNode | None, variable: VariableNode) -> str:
    printed = f"${variable.name.value}: {print_ast(type_)}"  # type: ignore[arg-type]
    return printed if default is None else f"{printed} = {print_ast(default)}"
