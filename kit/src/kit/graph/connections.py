"""Relay connections over pages."""

from collections.abc import Callable
from typing import Annotated, Generic, Self, TypeAlias, TypeVar

import strawberry

from kit.paging import Page

Node = TypeVar("Node")
Row = TypeVar("Row")

First: TypeAlias = Annotated[int, strawberry.argument(description="How many, 1 to 100.")]
After: TypeAlias = Annotated[
    str | None, strawberry.argument(description="The cursor to go on after: pageInfo.endCursor.")
]


@strawberry.federation.type(
    shareable=True, description="Where a page ends, and whether more follows."
)
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether anything follows this page.")
    end_cursor: str | None = strawberry.field(description="Pass as `after` to go on.")


@strawberry.type(description="One entry of a page.")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(description="The position of this entry.")
    node: Node = strawberry.field(description="The entry.")


@strawberry.type(description="A page of a list, newest first unless said otherwise.")
class Connection(Generic[Node]):
    edges: list[Edge[Node]] = strawberry.field(description="The entries of this page.")
    page_info: PageInfo = strawberry.field(description="How to go on.")

    @classmethod
    def of(cls, page: Page[Row], node: Callable[[Row], Node]) -> Self:
        return cls(
            edges=[
                Edge(cursor=cursor, node=node(row))
                for cursor, row in zip(page.cursors, page.items, strict=True)
            ],
            page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end_cursor),
        )
