"""Why an operation on leaderboards may be refused."""

from kit.errors import DomainError


class OwnLeaderboard(DomainError):
    """Nobody lets what they wrote themselves give points."""

    def __init__(self) -> None:
        super().__init__("You drafted this leaderboard; somebody else has to open it.")
