"""Why an operation on orders may be refused."""

from uuid import UUID

from kit.errors import DomainError


class OrderReferenceTaken(DomainError):
    order_id: UUID

    def __init__(self, reference: str, order_id: UUID) -> None:
        super().__init__(
            f"Another order was placed with the reference {reference}.", order_id=order_id
        )
