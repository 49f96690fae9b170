"""Why two records are not merged, or not taken apart."""

from uuid import UUID

from kit.errors import DomainError


class CannotMerge(DomainError):
    """These two can't be one customer."""


class AlreadyMerged(DomainError):
    """The record is part of another already."""

    def __init__(self, customer_id: UUID, survivor_id: UUID) -> None:
        super().__init__(
            f"Customer {customer_id} is part of {survivor_id} already.", survivor_id=survivor_id
        )


class MergeNotUndone(DomainError):
    """The merge can't be taken back as things are."""
