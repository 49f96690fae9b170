"""Three real subgraphs about books, served over real sockets, that can be told to misbehave."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
import strawberry
from strawberry.asgi import GraphQL
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet
from strawberry.types import Info

Scope = dict[str, Any]
Misbehaviour = Callable[[Scope, bytes, Any], Awaitable[None]]


@strawberry.federation.type(keys=["id"])
class Book:
    id: strawberry.ID
    title: str
    old: str | None = "old"

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        return cls(id=id, title=f"Book {id}")


@strawberry.type
class BooksQuery:
    @strawberry.field
    def book(self, id: strawberry.ID) -> Book | None:
        return None if id == "none" else Book(id=id, title=f"Book {id}")

    @strawberry.field
    def books(self, first: int = 3) -> list[Book]:
        return [Book(id=strawberry.ID(str(n)), title=f"Book {n}") for n in range(first)]

    @strawberry.field
    def echo(self, info: Info, text: str) -> str | None:
        if text.startswith("header:"):
            return info.context["request"].headers.get(text.removeprefix("header:"))
        return text

    @strawberry.field
    def ledger(self) -> list[str] | None:
        return ["entry"]


@strawberry.type
class BooksMutation:
    @strawberry.mutation
    def add_book(self, title: str) -> Book:
        return Book(id=strawberry.ID("new"), title=title)


@strawberry.type
class BooksSubscription:
    @strawberry.subscription
    async def book_added(self, count: int = 3) -> AsyncGenerator[Book, None]:
        for n in range(count):
            yield Book(id=strawberry.ID(str(n)), title=f"Book {n}")

    @strawberry.subscription
    async def tick(self, seconds: float = 0.01) -> AsyncGenerator[int, None]:
        n = 0
        while True:
            yield n
            n += 1
            await asyncio.sleep(seconds)


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Reader:
    id: strawberry.ID


@strawberry.federation.type(keys=["id"])
class Review:
    id: strawberry.ID
    stars: int
    author: Reader
    draft: str | None = "draft"


@strawberry.federation.type(keys=["id"], name="Book")
class ReviewedBook:
    id: strawberry.ID

    @strawberry.field
    def reviews(self, first: int | None = 2) -> list[Review] | None:
        return [
            Review(id=strawberry.ID(f"{self.id}-{n}"), stars=n, author=Reader(id=strawberry.ID(n)))
            for n in map(str, range(first or 0))
        ]

    @strawberry.field
    def rating(self) -> float | None:
        return 4.5

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        return cls(id=id)


@strawberry.federation.type(keys=["id"], name="Reader")
class NamedReader:
    id: strawberry.ID
    email: str | None = "reader@books.test"
    salary: int = 1000

    @strawberry.field
    def name(self) -> str | None:
        return f"Reader {self.id}"

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        return cls(id=id)


@strawberry.type
class ReadersQuery:
    @strawberry.field
    def me(self) -> NamedReader | None:
        return NamedReader(id=strawberry.ID("7"))

    @strawberry.field
    def readers(self) -> list[NamedReader]:
        return [NamedReader(id=strawberry.ID(str(n))) for n in range(2)]

    @strawberry.field
    def broken(self) -> str | None:
        raise ZeroDivisionError("a secret of the code")


@strawberry.type
class Nothing:
    @strawberry.field(name="_nothing")
    def nothing(self) -> str | None:
        return None


SCHEMAS = {
    "books": strawberry.federation.Schema(
        query=BooksQuery, mutation=BooksMutation, subscription=BooksSubscription, types=[Book]
    ),
    "reviews": strawberry.federation.Schema(query=Nothing, types=[ReviewedBook, Review]),
    "readers": strawberry.federation.Schema(query=ReadersQuery, types=[NamedReader]),
}


@dataclass
class Request:
    """What reached a subgraph."""

    headers: dict[str, str]
    body: bytes
    path: str
    client: tuple[str, int]

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Subgraph:
    """A subgraph that remembers what it was asked, and misbehaves while it is told to."""

    name: str
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    misbehaviour: Misbehaviour | None = None
    delay_seconds: float = 0
    under_way: int = 0
    most_under_way: int = 0

    def __post_init__(self) -> None:
        self._graphql = GraphQL(SCHEMAS[self.name])

    def behave(self) -> None:
        self.requests.clear()
        self.misbehaviour = None
        self.delay_seconds = 0
        self.most_under_way = 0

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._graphql(scope, receive, send)
            return
        body = await whole_body(receive)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.requests.append(Request(headers, body, scope["path"], tuple(scope["client"])))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(self.delay_seconds)
            if self.misbehaviour is not None:
                await self.misbehaviour(scope, body, send)
            else:
                await self._graphql(scope, said(body), send)
        finally:
            self.under_way -= 1


def said(body: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def whole_body(receive: Any) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def answering(
    status: int = 200, body: bytes = b"", content_type: bytes = b"application/json"
) -> Misbehaviour:
    async def answer(_scope: Scope, _body: bytes, send: Any) -> None:
        headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer
