"""What execution asks of the outside world, and what it hands back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class SubgraphRequest:
    """One GraphQL request to one subgraph, ready to be sent."""

    subgraph: str
    query: str
    variables: Mapping[str, Any]
    operation_name: str | None
    kind: Literal["query", "mutation"]


class SubgraphFailure(Exception):
    """A subgraph gave no usable answer; the message and code are shown to the client."""

    def __init__(self, message: str, code: str = "SUBREQUEST_FAILED") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Fetch(Protocol):
    """Sends a request to its subgraph and returns the GraphQL response, or raises SubgraphFailure."""

    async def __call__(self, request: SubgraphRequest) -> Mapping[str, Any]: ...


@dataclass(slots=True)
class Result:
    """What the client gets: `errors` are in the shape of the GraphQL specification."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] = field(default_factory=list)
