"""The GraphQL endpoint of a service: POST, JSON, one operation."""

from collections.abc import Mapping
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError
from starlette.types import Receive, Scope, Send

from kit.database import Database
from kit.graph.context import Context
from kit.graph.documents import Documents
from kit.graph.execution import Execution
from kit.graph.operations import Operations
from kit.graph.schema import Schema, show

UNSIGNED = "Entities are given to the gateway, which signs its requests."


class Endpoint:
    """Answers with graphql-core over the strawberry schema; who calls was found out by the edge."""

    def __init__(self, schema: Schema, database: Database) -> None:
        self.schema = schema
        self.documents = Documents(schema.core)
        self.database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _answer(send, 405, _failure("Send a POST."), [(b"allow", b"POST")])
            return
        body = (await receive())["body"]
        try:
            query, variables, operation_name = _read(body)
        except ValueError as wrong:
            await _answer(send, 400, _failure(str(wrong)))
            return
        state = scope["state"]
        context = Context(self.database, state.get("caller"), signed=state.get("signed", False))
        result = await self.run(context, query, variables, operation_name)
        await _answer(send, 200, _content(result))

    async def run(
        self, context: Context, query: str, variables: Any, operation_name: str | None
    ) -> ExecutionResult:
        prepared = self.documents.prepare(query)
        if prepared.operations is None:
            return ExecutionResult(None, prepared.errors)
        if prepared.asks_for_entities and not context.signed:
            return ExecutionResult(None, [GraphQLError(UNSIGNED, extensions={"code": "UNSIGNED"})])
        result = await self._executed(prepared.operations, context, variables, operation_name)
        for act in context.before_answer:
            await act(context)
        for error in result.errors or ():
            show(error)
        return result

    async def _executed(
        self,
        operations: Operations,
        context: Context,
        variables: dict[str, Any] | None,
        operation_name: str | None,
    ) -> ExecutionResult:
        try:
            operation = operations.named(operation_name)
        except GraphQLError as unknown:
            return ExecutionResult(None, [unknown])
        values = operation.variables.of(variables or {})
        if isinstance(values, list):
            return ExecutionResult(None, values)
        return await Execution(self.schema.core, operation, values, context).answer()


def _read(body: bytes) -> tuple[str, dict[str, Any] | None, str | None]:
    """Query, variables and operation name, or ValueError with what is wrong."""
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise ValueError(f"The body is not JSON: {wrong}.") from wrong
    if not isinstance(request, Mapping):
        raise ValueError("The body is an object with `query`, `variables` and `operationName`.")
    query = request.get("query")
    variables = request.get("variables")
    operation_name = request.get("operationName")
    if not isinstance(query, str):
        raise ValueError("`query` is a text.")
    if not (variables is None or isinstance(variables, dict)):
        raise ValueError("`variables` is an object.")
    if not (operation_name is None or isinstance(operation_name, str)):
        raise ValueError("`operationName` is a text.")
    return query, variables, operation_name


def _content(result: ExecutionResult) -> dict[str, Any]:
    if result.errors:
        return {"data": result.data, "errors": [error.formatted for error in result.errors]}
    return {"data": result.data}


def _failure(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}]}


async def _answer(
    send: Send,
    status: int,
    content: dict[str, Any],
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    body = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)
    told = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": told + (headers or [])})
    await send({"type": "http.response.body", "body": body})
