"""The variables that decide which plan an operation gets: those of @skip and @include."""

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)


class UnknownOperation(Exception):
    """The document holds no operation of that name, or several and none was named."""


def operation_of(document: DocumentNode, operation_name: str | None) -> OperationDefinitionNode:
    """The one operation to run, chosen as the GraphQL specification says."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if operation_name is None:
        if len(operations) == 1:
            return operations[0]
        raise UnknownOperation(
            "Must provide operation name if query contains multiple operations."
            if operations
            else "Must provide an operation."
        )
    for operation in operations:
        if operation.name and operation.name.value == operation_name:
            return operation
    raise UnknownOperation(f"Unknown operation named '{operation_name}'.")


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}


def conditions_of(document: DocumentNode, operation_name: str | None) -> frozenset[str]:
    """Variables whose values @skip and @include read: part of the key of a cached plan."""
    fragments = fragments_of(document)
    found: set[str] = set()
    visited: set[str] = set()
    pending: list[SelectionSetNode] = [operation_of(document, operation_name).selection_set]
    while pending:
        for selection in pending.pop().selections:
            found.update(_condition_variables(selection.directives or ()))
            if isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name in fragments and name not in visited:
                    visited.add(name)
                    pending.append(fragments[name].selection_set)
            elif (inner := getattr(selection, "selection_set", None)) is not None:
                pending.append(inner)
    return frozenset(found)


def _condition_variables(directives: tuple[DirectiveNode, ...]) -> list[str]:
    return [
        argument.value.name.value
        for directive in directives
        if directive.name.value in ("skip", "include")
        for argument in directive.arguments or ()
        if isinstance(argument.value, VariableNode)
    ]
