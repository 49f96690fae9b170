"""Why an identifier may be refused."""

from uuid import UUID

from kit.errors import DomainError


class IdentifierTaken(DomainError):
    """The identifier belongs to somebody else."""

    def __init__(self, scheme: str, customer_id: UUID | None = None) -> None:
        """`customer_id` is told to those who may see whose it is."""
        super().__init__(
            f"The {scheme} identifier belongs to another customer.",
            scheme=scheme,
            customer_id=customer_id,
        )


class LastIdentifier(DomainError):
    """Without it the customer would be known by nothing."""

    def __init__(self, customer_id: UUID) -> None:
        super().__init__(
            f"Customer {customer_id} is known by this identifier alone.", customer_id=customer_id
        )
