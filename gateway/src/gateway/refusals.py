"""How a request is refused before it is run: an HTTP status, GraphQL errors, headers."""

from collections.abc import Sequence
from typing import Any

GraphQLErrors = list[dict[str, Any]]


def error(message: str, code: str, **extensions: object) -> dict[str, Any]:
    """A GraphQL error with a code that programs can tell."""
    return {"message": message, "extensions": {"code": code, **extensions}}


class RequestRefused(Exception):
    """The HTTP request is not one that is answered; `status` says why, whatever is accepted."""

    def __init__(
        self, errors: GraphQLErrors, status: int = 400, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors
        self.status = status
        self.headers = headers

    @property
    def code(self) -> str:
        return str(self.errors[0].get("extensions", {}).get("code", "BAD_REQUEST"))


class OperationRefused(RequestRefused):
    """The request is well-formed, the operation in it is not run.

    Status 400, or 200 for clients that accept nothing newer than `application/json`
    (GraphQL over HTTP, section 6.4).
    """
