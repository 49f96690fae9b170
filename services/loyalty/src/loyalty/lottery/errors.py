"""Why a draw may be refused."""

from kit.errors import DomainError


class OwnLottery(DomainError):
    """Nobody opens what they drafted themselves."""

    def __init__(self) -> None:
        super().__init__("You drafted this lottery; somebody else has to open it.")


class LotteryIsClosed(DomainError):
    """Nobody draws before it opens, and after its end."""

    def __init__(self) -> None:
        super().__init__("The lottery is closed.")


class LotteryNotForThem(DomainError):
    """The lottery is for others."""


class LotteryDrawIsHeld(DomainError):
    """A limit has stopped it until a person has looked; nothing was paid."""

    def __init__(self) -> None:
        super().__init__("Somebody has to look at this first; ask again later with the same key.")


class NoDrawLeft(DomainError):
    """The customer has drawn, or won, as often as one may."""

    limit: str

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message, limit=limit)


class NoChanceLeft(DomainError):
    """The lottery is for those who were given a chance, and this customer has none."""

    def __init__(self) -> None:
        super().__init__("It takes a chance, and this customer has none left.")
