"""Withholding fields from callers who may not have them: never asked for, null in the answer.

A withheld field gives its place in the document to a `__typename` under a name of ours, so that it
is known exactly where in the answer, and under which concrete types, its null belongs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLCompositeType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)

from gateway.protection.access import FieldName
from gateway.refusals import GraphQLErrors

MARK: Final = "withheld__"


@dataclass(slots=True)
class Branch:
    """The response keys of one selection set under which something is withheld."""

    withheld: dict[str, bool] = field(default_factory=dict)
    inner: dict[str, tuple[GraphQLOutputType, "Branch"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A document without the fields a caller may not have, and what to say in their place."""

    document: DocumentNode
    root: Branch
    errors: GraphQLErrors

    def apply(self, data: dict[str, Any] | None) -> dict[str, Any] | None:
        """The answer with nulls in the places of withheld fields; nulls propagate as usual."""
        return None if data is None else _blanked(data, self.root)


def withhold(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    denied: frozenset[FieldName],
) -> Withheld:
    rewritten = _rewrite(schema, document, denied)
    places = _Places(schema, document, denied)
    root = places.branch(operation.selection_set, schema.get_root_type(operation.operation), (), "")
    return Withheld(rewritten, root, list(places.errors.values()))


def _rewrite(
    schema: GraphQLSchema, document: DocumentNode, denied: frozenset[FieldName]
) -> DocumentNode:
    types = TypeInfo(schema)

    class Replacing(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> FieldNode | None:
            parent = types.get_parent_type()
            if parent is None or (parent.name, node.name.value) not in denied:
                return None
            key = (node.alias or node.name).value
            return FieldNode(
                alias=NameNode(value=MARK + key),
                name=NameNode(value="__typename"),
                arguments=(),
                directives=node.directives,
                selection_set=None,
            )

    return cast(DocumentNode, visit(document, TypeInfoVisitor(types, Replacing())))


class _Places:
    """Finds where in an answer the withheld fields would have been."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, denied: frozenset[FieldName]
    ) -> None:
        self._schema = schema
        self._denied = denied
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self.errors: dict[tuple[str, ...], dict[str, Any]] = {}

    def branch(
        self,
        selection_set: SelectionSetNode,
        parent: GraphQLCompositeType | None,
        path: tuple[str, ...],
        list_at: str,
    ) -> Branch:
        branch = Branch()
        self._gather(branch, selection_set, parent, path, list_at)
        return branch

    def _gather(
        self,
        branch: Branch,
        selection_set: SelectionSetNode,
        parent: GraphQLCompositeType | None,
        path: tuple[str, ...],
        list_at: str,
    ) -> None:
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                self._field(branch, selection, parent, path, list_at)
                continue
            fragment: Any = selection
            if not hasattr(selection, "selection_set"):
                fragment = self._fragments[fragment.name.value]
            condition = fragment.type_condition
            narrowed = self._schema.get_type(condition.name.value) if condition else parent
            self._gather(
                branch, fragment.selection_set, cast(GraphQLCompositeType, narrowed), path, list_at
            )

    def _field(
        self,
        branch: Branch,
        node: FieldNode,
        parent: GraphQLCompositeType | None,
        path: tuple[str, ...],
        list_at: str,
    ) -> None:
        definition = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None or parent is None:
            return
        key = (node.alias or node.name).value
        here = (*path, key)
        if (parent.name, node.name.value) in self._denied:
            branch.withheld[key] = not isinstance(definition.type, GraphQLNonNull)
            self.errors[here] = unauthorized(here, bool(list_at))
        elif node.selection_set is not None:
            _, inner = branch.inner.setdefault(key, (definition.type, Branch()))
            named = cast(GraphQLCompositeType, get_named_type(definition.type))
            in_list = list_at or (key if _has_list(definition.type) else "")
            self._gather(inner, node.selection_set, named, here, in_list)


def unauthorized(path: tuple[str, ...], in_list: bool) -> dict[str, Any]:
    """The error that Apollo's and Hive's routers give; a path through a list has no index to name."""
    error: dict[str, Any] = {
        "message": "Unauthorized field or type",
        "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE", "affectedPath": ".".join(path)},
    }
    if not in_list:
        error["path"] = list(path)
    return error


def _has_list(type_: GraphQLOutputType) -> bool:
    while isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    return isinstance(type_, GraphQLList)


def _blanked(value: Mapping[str, Any], branch: Branch) -> dict[str, Any] | None:
    shown: dict[str, Any] = {}
    for key, inner in value.items():
        if key.startswith(MARK) and key[len(MARK) :] in branch.withheld:
            if not branch.withheld[key[len(MARK) :]]:
                return None
            shown[key[len(MARK) :]] = None
        elif key in branch.inner:
            type_, below = branch.inner[key]
            shown[key] = _blanked_value(inner, type_, below)
            if shown[key] is None and isinstance(type_, GraphQLNonNull):
                return None
        else:
            shown[key] = inner
    return shown


def _blanked_value(value: Any, type_: GraphQLOutputType, branch: Branch) -> Any:
    bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(value, list) and isinstance(bare, GraphQLList):
        items = [_blanked_value(item, bare.of_type, branch) for item in value]
        if None in items and isinstance(bare.of_type, GraphQLNonNull):
            return None
        return items
    return _blanked(value, branch) if isinstance(value, dict) else value
