"""The GraphQL request in a body or a query string, with every ambiguity refused."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn
from urllib.parse import parse_qsl

import orjson

from gateway.refusals import RequestRefused, error

MOST_PARAMETERS = 20
NO_VARIABLES: Mapping[str, Any] = MappingProxyType({})


class GraphQLRequest(NamedTuple):
    """What a client asks to be run: a document, or the hash of one that is trusted."""

    query: str | None
    document_id: str | None = None
    operation_name: str | None = None
    variables: Mapping[str, Any] = NO_VARIABLES


def from_body(body: bytes) -> GraphQLRequest:
    return from_parameters(strict_json(body))


def from_query_string(query_string: bytes) -> GraphQLRequest:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError:
        refuse("The query string is not well-formed UTF-8.")
    parameters: dict[str, Any] = dict(pairs)
    if len(parameters) != len(pairs):
        refuse("A parameter is given twice.")
    for name in ("variables", "extensions"):
        if parameters.get(name):
            parameters[name] = strict_json(parameters[name].encode())
        else:
            parameters.pop(name, None)
    return from_parameters(parameters)


def from_parameters(parameters: Any) -> GraphQLRequest:
    if not isinstance(parameters, dict):
        refuse("The request must be one JSON object.")
    query = parameters.get("query")
    operation_name = parameters.get("operationName")
    variables = parameters.get("variables")
    extensions = parameters.get("extensions")
    _check_type("query", query, str)
    _check_type("operationName", operation_name, str)
    _check_type("variables", variables, dict)
    _check_type("extensions", extensions, dict)
    document_id = None
    if extensions or "documentId" in parameters:
        document_id = _document_id(parameters, extensions or {})
    if query is None and document_id is None:
        refuse("The request holds no query.")
    return GraphQLRequest(query, document_id, operation_name or None, variables or NO_VARIABLES)


def _check_type(name: str, value: object, type_: type) -> None:
    if value is not None and type(value) is not type_:
        refuse(f"{name} has the wrong type.")


def _document_id(parameters: Mapping[str, Any], extensions: Mapping[str, Any]) -> str | None:
    """By GraphQL over HTTP's appendix on persisted documents, or as Apollo's clients send it."""
    document_id = parameters.get("documentId")
    persisted = extensions.get("persistedQuery")
    if document_id is None and isinstance(persisted, dict):
        document_id = persisted.get("sha256Hash")
    if document_id is None:
        return None
    if not isinstance(document_id, str):
        refuse("documentId has the wrong type.")
    return document_id.removeprefix("sha256:")


def strict_json(body: bytes) -> Any:
    """JSON as every reader understands it: UTF-8, no key twice, numbers that JSON knows."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        refuse("The request is not valid JSON in UTF-8.")
    try:
        as_read = orjson.dumps(value)
    except orjson.JSONEncodeError:
        refuse("The request is nested too deeply.")
    if as_read != body:
        _refuse_duplicate_keys(body)
    return value


def _refuse_duplicate_keys(body: bytes) -> None:
    """Nothing can be there twice in what reads back as written, so few requests come here."""
    json.loads(body, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        refuse("The request has a key twice.")


def refuse(message: str) -> NoReturn:
    raise RequestRefused([error(message, "BAD_REQUEST")])
