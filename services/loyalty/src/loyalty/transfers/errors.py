"""Why points may not go from one member to another."""

from kit.errors import DomainError


class TransferLimitReached(DomainError):
    """More than a member may give away at once, or within 24 hours."""

    asked: int
    left: int

    def __init__(self, asked: int, left: int) -> None:
        may_be = f"{left:,} may be now" if left else "none may be now"
        super().__init__(f"{asked:,} are to be given away, {may_be}.", asked=asked, left=left)


class TransferRefused(DomainError):
    """Limits against fraud do not let these points go to another member."""

    def __init__(self) -> None:
        super().__init__("This transfer can't be made: a limit was reached.")
