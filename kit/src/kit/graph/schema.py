"""A federated schema with everything that must never be forgotten."""

from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLSchema
from opentelemetry import trace
from strawberry import ExceptionHandler
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional
from structlog import get_logger

from kit.database import is_passing, is_unwritable
from kit.errors import DomainError, Forbidden, InvalidInput, Unauthenticated
from kit.graph.access import Roles
from kit.graph.inputs import read_inputs_fast
from kit.graph.refusals import answered_everywhere
from kit.graph.resolvers import resolve_fast
from kit.graph.scalars import SCALARS
from kit.graph.showing import PLAIN_FIELDS, UNION_KINDS, plain_fields, union_kinds

UNWRITABLE = "A text has the character NUL, which no text may have."
log = get_logger(__name__)


class Schema(strawberry.federation.Schema):
    """A subgraph."""

    @property
    def core(self) -> GraphQLSchema:
        """The same schema as graphql-core executes it."""
        return self._schema


def show(error: GraphQLError) -> None:
    """Say no more than the caller may know; the log has the whole."""
    extensions = dict(error.extensions or {})
    if error.path is None:  # nothing was run: it is the request that is wrong
        error.extensions = {"code": "BAD_USER_INPUT", **extensions}
    elif error.original_error is not None:
        error.extensions = extensions | _explained(error, error.original_error)


def _explained(error: GraphQLError, cause: Exception) -> dict[str, Any]:
    """What programs are told of it; the message is made one for the caller."""
    extensions: dict[str, Any] = {}
    if isinstance(cause, Unauthenticated):
        extensions["code"] = "UNAUTHENTICATED"
    elif isinstance(cause, Forbidden):
        extensions["code"] = "FORBIDDEN"
    elif isinstance(cause, DomainError):
        extensions = {"code": "REFUSED", "reason": cause.code}
        if isinstance(cause, InvalidInput):
            error.message = f"{cause.field} {cause.message}"
            extensions["field"] = cause.field
    elif is_passing(cause):
        log.warning("try_again", path=error.path, error=repr(cause))
        error.message = "The service is busy or restarting; try again in a moment."
        extensions["code"] = "UNAVAILABLE"
    elif is_unwritable(cause):
        error.message, extensions["code"] = UNWRITABLE, "BAD_USER_INPUT"
    elif not isinstance(cause, GraphQLError):
        trace_id = format(trace.get_current_span().get_span_context().trace_id, "032x")
        log.error("resolver_failed", path=error.path, trace_id=trace_id, exc_info=cause)
        error.message = f"Something went wrong; the trace is {trace_id}."
        extensions = {"code": "INTERNAL", "traceId": trace_id}
    return extensions


def make_schema(
    *,
    query: type,
    mutation: type | None = None,
    types: Iterable[type] = (),
    answered: Iterable[ExceptionHandler[Any, Any]] = (),
) -> Schema:
    """A subgraph schema; `answered` pairs each domain error with its refusal."""
    schema = Schema(
        query=query,
        mutation=mutation,
        types=types,
        exception_handlers=[*answered, *answered_everywhere()],
        federation_version="2.9",
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    if wrong := _overreaching(schema):
        raise TypeError(f"limited to roles, and yet not nullable: {', '.join(wrong)}")
    read_inputs_fast(schema)
    resolve_fast(schema, schema.core.type_map.values())
    schema.core.extensions[PLAIN_FIELDS] = plain_fields(schema.core)
    schema.core.extensions[UNION_KINDS] = union_kinds(schema.core)
    return schema


def _overreaching(schema: Schema) -> list[str]:
    """Fields to read that would take what lies around them along when somebody may not see them."""
    return [
        f"{kind.definition.name}.{field.name}"
        for kind in schema.schema_converter.type_map.values()
        if isinstance(kind.definition, StrawberryObjectDefinition)
        and kind.definition.name != "Mutation"
        for field in kind.definition.fields
        if any(isinstance(each, Roles) for each in field.extensions)
        and not isinstance(field.type, StrawberryOptional)
    ]
