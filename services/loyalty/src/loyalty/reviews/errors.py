"""Why a review may not be taken or decided."""

from kit.errors import DomainError


class OwnAct(DomainError):
    """Nobody reviews what they caused themselves."""

    def __init__(self) -> None:
        super().__init__("You caused this act yourself; somebody else has to review it.")
