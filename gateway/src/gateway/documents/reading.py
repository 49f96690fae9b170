"""Reading a document for the first time: parsed, judged by size, validated. All in a worker thread."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    parse,
    specified_rules,
    validate,
)

from gateway.documents.limits import DocumentLimits, judge_size, refused, too_complex
from gateway.observation.tracing import Trace
from gateway.refusals import OperationRefused

MOST_ERRORS = 20


@dataclass(frozen=True, slots=True)
class DocumentRules:
    """What documents are held to."""

    limits: DocumentLimits = field(default_factory=DocumentLimits)
    introspection: bool = True
    suggestions: bool = True
    assumed_list_size: int = 10


def read_document(
    text: str, schema: GraphQLSchema, rules: DocumentRules, trace: Trace
) -> DocumentNode:
    """The valid document in `text`, or OperationRefused."""
    with trace.step("graphql.parse"):
        document = _parse(text, rules.limits)
    with trace.step("graphql.validate"):
        try:
            judge_size(document, rules.limits)
        except RecursionError:
            raise too_complex("depth", 1_000, rules.limits.depth) from None
        if _failures(document, schema, rules):
            raise _refusal(text, schema, rules)
    return document


def _refusal(text: str, schema: GraphQLSchema, rules: DocumentRules) -> OperationRefused:
    """What is wrong and where: only now are positions read, which would stay in memory otherwise."""
    failures = _failures(parse(text), schema, rules)
    return OperationRefused([formatted(each, "GRAPHQL_VALIDATION_FAILED") for each in failures])


def _parse(text: str, limits: DocumentLimits) -> DocumentNode:
    if limits.characters and len(text) > limits.characters:
        raise too_complex("characters", len(text), limits.characters)
    try:
        document = parse(text, no_location=True, max_lexical_tokens=limits.tokens or None)
    except GraphQLError as failure:
        message = failure.message
        code = "OPERATION_TOO_COMPLEX" if "tokens" in message else "GRAPHQL_PARSE_FAILED"
        raise OperationRefused([formatted(failure, code)]) from None
    if not document.definitions:
        raise refused("Syntax Error: the document is empty.", "GRAPHQL_PARSE_FAILED")
    return document


def _failures(
    document: DocumentNode, schema: GraphQLSchema, rules: DocumentRules
) -> list[GraphQLError]:
    checks = list(specified_rules)
    if not rules.introspection:
        checks.append(NoSchemaIntrospectionCustomRule)
    return validate(
        schema,
        document,
        checks,
        max_errors=MOST_ERRORS,
        hide_suggestions=not rules.suggestions,
    )


def formatted(failure: GraphQLError, code: str) -> dict[str, Any]:
    error: dict[str, Any] = dict(failure.formatted)
    extensions: Mapping[str, Any] = error.get("extensions") or {}
    return {**error, "extensions": {"code": code, **extensions}}
