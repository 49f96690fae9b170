"""Why an identifier may be refused."""

from kit.errors import DomainError


class IdentifierTaken(DomainError):
    """The identifier belongs to somebody else."""

    def __init__(self, scheme: str) -> None:
        super().__init__(f"The {scheme} identifier belongs to another customer.", scheme=scheme)
