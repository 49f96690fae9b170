"""The GraphQL endpoint of a service."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from kit.database import Database
from kit.graph.context import Context
from kit.graph.schema import Schema


class Endpoint(GraphQL[Context, None]):
    """Strawberry's ASGI view with our context; who calls was found out by the edge."""

    def __init__(self, schema: Schema, database: Database) -> None:
        super().__init__(schema, graphql_ide=None, allow_queries_via_get=False)
        self.database = database

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        state = request.scope["state"]
        return Context(self.database, state.get("caller"), signed=state.get("signed", False))

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)

    def decode_json(self, data: str | bytes) -> Any:
        return orjson.loads(data)
