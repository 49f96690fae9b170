"""Why a subgraph could not be asked, or gave no answer that can be used."""

from gateway.execution import SubgraphFailure


class Unreachable(SubgraphFailure):
    """No connection could be made: the request was certainly not carried out."""

    def __init__(self, subgraph: str) -> None:
        super().__init__(f"Subgraph '{subgraph}' cannot be reached.", "SUBGRAPH_UNREACHABLE")


class ConnectionLost(SubgraphFailure):
    """The connection broke before the answer was whole: the request may have been carried out."""

    def __init__(self, subgraph: str) -> None:
        super().__init__(f"Subgraph '{subgraph}' broke the connection.", "SUBGRAPH_UNREACHABLE")


class TooLate(SubgraphFailure):
    """The deadline passed first."""

    def __init__(self, subgraph: str) -> None:
        super().__init__(f"Subgraph '{subgraph}' did not answer in time.", "SUBGRAPH_TIMEOUT")


class TooMuch(SubgraphFailure):
    """The answer is larger than is accepted."""

    def __init__(self, subgraph: str) -> None:
        super().__init__(f"Subgraph '{subgraph}' answered too much.", "SUBGRAPH_ANSWER_TOO_LARGE")


class Garbled(SubgraphFailure):
    """The answer is not HTTP, not JSON, or not a GraphQL response."""

    def __init__(self, subgraph: str) -> None:
        super().__init__(
            f"Subgraph '{subgraph}' gave an answer that is not understood.",
            "SUBGRAPH_ANSWER_MALFORMED",
        )


class Unwell(SubgraphFailure):
    """The subgraph answered with an HTTP error in place of a GraphQL response."""

    def __init__(self, subgraph: str, status: int) -> None:
        super().__init__(
            f"Subgraph '{subgraph}' answered with HTTP status {status}.", "SUBGRAPH_HTTP_ERROR"
        )
        self.status = status


class Overloaded(SubgraphFailure):
    """As many requests as are allowed are under way, and as many as are allowed wait."""

    def __init__(self, subgraph: str) -> None:
        super().__init__(f"Subgraph '{subgraph}' has too much to do.", "SUBGRAPH_OVERLOADED")


class CircuitOpen(SubgraphFailure):
    """It failed so often lately that it is left alone for a while."""

    def __init__(self, subgraph: str) -> None:
        super().__init__(f"Subgraph '{subgraph}' is not well.", "SUBGRAPH_CIRCUIT_OPEN")
