"""Why an operation on achievements may be refused."""

from kit.errors import DomainError


class OwnAchievement(DomainError):
    """Nobody lets what they wrote themselves give points."""

    def __init__(self) -> None:
        super().__init__("You drafted this version; somebody else has to activate it.")
