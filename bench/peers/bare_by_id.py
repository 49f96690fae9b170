"""The hand-written peer of a look-up by id: bare ASGI, asyncpg, the same token verifier."""

import os
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

from kit.identity import TokenVerifier

SQL = "SELECT id, version, kind, status, unit, time_zone FROM customer WHERE id = $1"


class Bare:
    """Answers one query, whatever is asked."""

    def __init__(self) -> None:
        self.pool: asyncpg.Pool[Any] | None = None
        environment = os.environ
        self.tokens = TokenVerifier(
            environment["OIDC_ISSUER"], environment["OIDC_AUDIENCE"], environment["OIDC_JWKS_URL"]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] == "GET":
            await answer(send, b"{}")
            return
        if self.pool is None:
            self.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=2)
        headers = dict(scope["headers"])
        caller = await self.tokens.verify(headers[b"authorization"].decode()[7:])
        caller.require_role("front_line")
        request = orjson.loads((await receive())["body"])
        row = await self.pool.fetchrow(SQL, UUID(request["variables"]["id"]))
        caller.require_unit(row["unit"])
        shown = {
            "id": str(row["id"]),
            "version": row["version"],
            "kind": row["kind"].upper(),
            "status": row["status"].upper(),
            "unit": row["unit"],
            "timeZone": row["time_zone"],
        }
        await answer(send, orjson.dumps({"data": {"customer": shown}}))


async def answer(send: Send, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(
        Bare(), port=int(os.environ["PORT"]), log_level="error", access_log=False, lifespan="off"
    )
