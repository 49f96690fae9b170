"""Why a red packet may be refused."""

from kit.errors import DomainError


class OwnRedPacket(DomainError):
    """Nobody opens what they drafted themselves."""

    def __init__(self) -> None:
        super().__init__("You drafted this red packet; somebody else has to open it.")


class RedPacketIsEmpty(DomainError):
    """All parts are taken, or its time is over."""


class RedPacketNotForThem(DomainError):
    """The packet is for others."""


class RedPacketTakenBefore(DomainError):
    """The customer has had their part."""

    amount: int

    def __init__(self, amount: int) -> None:
        super().__init__("There is one part for each, and this customer has had theirs.")
        self.amount = amount
