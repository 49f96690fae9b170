"""Why an operation on a complaint may be refused."""

from kit.errors import DomainError


class ComplaintIsClosed(DomainError):
    def __init__(self) -> None:
        super().__init__("The complaint is closed; reopen it first.")


class ComplaintIsOpen(DomainError):
    def __init__(self) -> None:
        super().__init__("The complaint is open already.")
