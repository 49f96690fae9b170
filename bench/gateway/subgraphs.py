"""Three subgraphs of a shop in one process, cheap enough not to be what is measured."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import orjson
import uvicorn
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
    value_from_ast_untyped,
)

Value = Mapping[str, Any]
Select = Callable[[Value, Value], dict[str, Any]]


def product(key: str) -> Value:
    number = int(key)
    return {
        "__typename": "Product",
        "id": key,
        "name": f"Product number {number}",
        "price": 100 + number % 900,
        "brand": {
            "__typename": "Brand",
            "id": f"b{number % 50}",
            "name": f"Brand {number % 50}",
            "country": "NO",
        },
    }


def reviewed(key: str) -> Value:
    number = int(key)
    return {
        "__typename": "Product",
        "id": key,
        "rating": 1 + number % 9 / 2,
        "reviews": [
            {
                "__typename": "Review",
                "id": f"{key}-{n}",
                "stars": 1 + (number + n) % 5,
                "text": "It does what it should, and it came in time.",
            }
            for n in range(2)
        ],
    }


def stocked(key: str) -> Value:
    number = int(key)
    return {
        "__typename": "Product",
        "id": key,
        "inStock": number % 70,
        "deliveryDays": 1 + number % 5,
    }


ENTITIES = {"products": product, "reviews": reviewed, "stock": stocked}


def roots(subgraph: str, name: str, arguments: Value) -> Any:
    if name == "_entities":
        return [ENTITIES[subgraph](each["id"]) for each in arguments["representations"]]
    if name == "product":
        return product(arguments["id"])
    return [product(str(arguments["after"] + n)) for n in range(arguments["first"])]


@lru_cache(maxsize=100)
def compiled(query: str) -> Select:
    document = parse(query)
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }
    [operation] = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    return compiled_selections(operation.selection_set, fragments)


def compiled_selections(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Select:
    picks: list[Callable[[dict[str, Any], Value, Value], None]] = []
    for node in selections.selections:
        if isinstance(node, FieldNode):
            picks.append(compiled_field(node, fragments))
        else:
            inner: Any = (
                fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            )
            picks.append(compiled_fragment(compiled_selections(inner.selection_set, fragments)))

    def pick_all(value: Value, variables: Value) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for pick in picks:
            pick(out, value, variables)
        return out

    return pick_all


def compiled_fragment(select: Select) -> Callable[[dict[str, Any], Value, Value], None]:
    def pick(out: dict[str, Any], value: Value, variables: Value) -> None:
        out.update(select(value, variables))

    return pick


def compiled_field(
    node: FieldNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Callable[[dict[str, Any], Value, Value], None]:
    name = node.name.value
    key = node.alias.value if node.alias else name
    inner = compiled_selections(node.selection_set, fragments) if node.selection_set else None

    def pick(out: dict[str, Any], value: Value, variables: Value) -> None:
        if "resolve" in value:
            found = value["resolve"](name, arguments_of(node, variables))
        else:
            found = value[name]
        if inner is not None:
            if isinstance(found, list):
                found = [inner(each, variables) for each in found]
            else:
                found = inner(found, variables)
        out[key] = found

    return pick


def arguments_of(node: FieldNode, variables: Value) -> Value:
    return {
        each.name.value: variables[each.value.name.value]
        if isinstance(each.value, VariableNode)
        else value_from_ast_untyped(each.value, dict(variables))
        for each in node.arguments or ()
    }


class Subgraph:
    """One of them as an ASGI application."""

    def __init__(self, name: str) -> None:
        self.root = {"resolve": lambda field, arguments: roots(name, field, arguments)}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        request = orjson.loads(body)
        data = compiled(request["query"])(self.root, request.get("variables") or {})
        answer = orjson.dumps({"data": data})
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


async def serve(ports: Mapping[str, int]) -> None:
    servers = [
        uvicorn.Server(
            uvicorn.Config(
                Subgraph(name), port=port, log_config=None, lifespan="off", timeout_keep_alive=60
            )
        )
        for name, port in ports.items()
    ]
    await asyncio.gather(*(server.serve() for server in servers))


if __name__ == "__main__":
    uvicorn.config.LOGGING_CONFIG.clear()
    asyncio.run(serve({pair.split("=")[0]: int(pair.split("=")[1]) for pair in sys.argv[1:]}))
