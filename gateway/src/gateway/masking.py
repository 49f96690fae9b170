"""What clients are shown of errors: in production nothing that is not meant for them."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.refusals import GraphQLErrors

NOT_FOR_CLIENTS: Final = frozenset(
    {None, "INTERNAL", "INTERNAL_ERROR", "INTERNAL_SERVER_ERROR", "DOWNSTREAM_SERVICE_ERROR"}
)
HIDDEN: Final = frozenset(
    {"exception", "stacktrace", "debug", "subgraph", "serviceName", "locations"}
)
MASKED: Final = "Something went wrong. Quote the trace when you report it."


class Masking:
    """An error with a code of its own is meant for clients; one without is a fault, and is masked."""

    def __init__(self, on: bool) -> None:
        self._on = on

    def errors(self, errors: GraphQLErrors, trace_id: str) -> GraphQLErrors:
        return [self._masked(error, trace_id) for error in errors] if self._on else errors

    def fault(self, trace_id: str) -> GraphQLErrors:
        """What is said of a fault of the gateway's own; the log says more."""
        return [self._fault({}, trace_id)]

    def _masked(self, error: Mapping[str, Any], trace_id: str) -> dict[str, Any]:
        extensions = error.get("extensions") or {}
        if extensions.get("code") in NOT_FOR_CLIENTS:
            return self._fault(error, trace_id)
        message = error["message"]
        if str(extensions["code"]).startswith("SUBGRAPH_"):
            message = "A part of the answer cannot be had now."
        shown = {key: value for key, value in extensions.items() if key not in HIDDEN}
        return {
            "message": message,
            **_place(error),
            "extensions": {**shown, "traceId": trace_id},
        }

    def _fault(self, error: Mapping[str, Any], trace_id: str) -> dict[str, Any]:
        extensions = {"code": "INTERNAL_SERVER_ERROR", "traceId": trace_id}
        return {"message": MASKED, **_place(error), "extensions": extensions}


def _place(error: Mapping[str, Any]) -> dict[str, Any]:
    return {"path": error["path"]} if "path" in error else {}
