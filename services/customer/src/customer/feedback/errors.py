"""Why an answer may be refused."""

from kit.errors import DomainError


class AlreadyAnswered(DomainError):
    """The customer has answered this question about the same touchpoint or task."""

    score: int

    def __init__(self, score: int) -> None:
        super().__init__(f"The customer has answered this with {score}.", score=score)
