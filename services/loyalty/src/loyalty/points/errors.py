"""Why points may not move."""

from kit.errors import DomainError


class NotEnoughPoints(DomainError):
    """The account holds fewer points than the request needs."""

    needed: int
    balance: int

    def __init__(self, needed: int, balance: int) -> None:
        super().__init__(
            f"{needed} points are needed, {balance} are left.", needed=needed, balance=balance
        )
