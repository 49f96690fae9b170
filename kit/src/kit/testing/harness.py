"""One running service and its public doors, in words a test can use."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
from pydantic import BaseModel
from sqlalchemy import delete, select, text

from kit.app import Running
from kit.database import AsyncSession
from kit.hearing import Outcome
from kit.models import utcnow, uuid7
from kit.reactions import Message
from kit.signature import sign
from kit.tables import inbox_receipt, outbox
from kit.testing.issuer import Issuer

KEY_ID = "test"
KEY = b"a key that only the tests' gateway has"

TABLES = """
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
    """


class GraphFailed(AssertionError):
    """The graph answered with errors where the test expected data."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(orjson.dumps(errors).decode())
        self.errors = errors

    @property
    def codes(self) -> list[str | None]:
        return [each.get("extensions", {}).get("code") for each in self.errors]


class Harness:
    """A service without its worker: events are heard when the test says so."""

    def __init__(self, running: Running, issuer: Issuer) -> None:
        self.running = running
        self.issuer = issuer
        self.db = running.database
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(running, raise_app_exceptions=False),
            base_url="http://service",
        )

    async def graph(
        self, query: str, *, as_: str | None = None, signed: bool = False, **variables: Any
    ) -> dict[str, Any]:
        """The data of a GraphQL answer; GraphFailed if it has errors."""
        body = orjson.dumps({"query": query, "variables": variables}, default=str)
        headers = {"content-type": "application/json", **_bearer(as_)}
        if signed:
            headers |= sign("POST", "/graphql", body, KEY, KEY_ID)
        answer = (await self.http.post("/graphql", content=body, headers=headers)).json()
        if answer.get("errors"):
            raise GraphFailed(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    async def entity(
        self, representation: dict[str, Any], fields: str, *, as_: str | None = None
    ) -> Any:
        """One entity as the gateway would ask for it."""
        query = (
            "query ($r: [_Any!]!) { _entities(representations: $r) "
            f"{{ ... on {representation['__typename']} {{ {fields} }} }} }}"
        )
        data = await self.graph(query, as_=as_, signed=True, r=[representation])
        return data["_entities"][0]

    async def post(
        self, path: str, content: Any, *, as_: str | None = None, key: str | None = None
    ) -> httpx.Response:
        headers = _bearer(as_) | ({"Idempotency-Key": key} if key else {})
        return await self.http.post(path, json=content, headers=headers)

    async def get(self, path: str, *, as_: str | None = None, **query: Any) -> httpx.Response:
        return await self.http.get(path, headers=_bearer(as_), params=query)

    async def hear(
        self,
        subject: str,
        content: BaseModel | dict[str, Any],
        *,
        event_id: UUID | None = None,
        at: datetime | None = None,
    ) -> UUID:
        """Deliver an event as the bus would; a failing reaction fails the test."""
        event_id = event_id or uuid7()
        outcome = await self.try_to_hear(subject, content, event_id=event_id, at=at)
        if outcome.failure:
            raise outcome.failure
        return event_id

    async def try_to_hear(
        self,
        subject: str,
        content: BaseModel | dict[str, Any],
        *,
        event_id: UUID | None = None,
        at: datetime | None = None,
    ) -> Outcome:
        plain = content.model_dump(mode="json") if isinstance(content, BaseModel) else content
        message = Message(
            id=event_id or uuid7(),
            subject=subject,
            time=(at or utcnow()).isoformat(),
            trace="",
            content=orjson.dumps(plain, default=str),
        )
        return (await self.running.hearing.hear([message]))[0]

    async def events_recorded(self, subject: str | None = None) -> list[dict[str, Any]]:
        """What the service has announced so far, in order: each content with its subject."""
        statement = select(outbox.c.subject, outbox.c.content).order_by(outbox.c.position)
        if subject is not None:
            statement = statement.where(outbox.c.subject == subject)
        async with self.db.reading() as session:
            rows = (await session.execute(statement)).all()
        return [{"subject": row.subject, **orjson.loads(row.content)} for row in rows]

    async def turn(self, act: Callable[[AsyncSession], Awaitable[object]]) -> None:
        """Let a schedule have its turn."""
        async with self.db.transaction() as session:
            await act(session)

    async def publish(self) -> None:
        """Let the relay have published all that waits."""
        async with self.db.transaction() as session:
            await session.execute(delete(outbox))

    async def stored(self) -> str:
        """Every row of every table, as text to look for something in."""
        async with self.db.reading() as session:
            names = (await session.execute(text(TABLES))).scalars().all()
            rows = [
                f"{name} {row}"
                for name in names
                for row in (await session.execute(text(f"SELECT t::text FROM {name} t"))).scalars()  # noqa: S608
            ]
        return "\n".join(rows)

    async def receipts(self) -> int:
        async with self.db.reading() as session:
            return len((await session.execute(select(inbox_receipt))).all())

    def token(self, *roles: str, **claims: Any) -> str:
        return self.issuer.token(*roles, **claims)

    async def close(self) -> None:
        await self.http.aclose()
        await self.running.stop()


def _bearer(token: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}
