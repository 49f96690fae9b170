"""Reading the directives of a supergraph file."""

from collections.abc import Iterator
from typing import Any, Protocol

from graphql import DirectiveNode, ValueNode, value_from_ast_untyped


class HasDirectives(Protocol):
    @property
    def directives(self) -> tuple[DirectiveNode, ...] | None: ...


def uses_of(node: HasDirectives, name: str) -> Iterator[dict[str, Any]]:
    """The arguments of each use of the directive on this node."""
    for directive in node.directives or ():
        if directive.name.value == name:
            yield {a.name.value: _plain(a.value) for a in directive.arguments or ()}


def has_directive(node: HasDirectives, name: str) -> bool:
    return any(d.name.value == name for d in node.directives or ())


def _plain(value: ValueNode) -> Any:
    return value_from_ast_untyped(value)
