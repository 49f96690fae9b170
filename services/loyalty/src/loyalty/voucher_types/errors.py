"""Why voucher types can't be changed."""

from kit.errors import DomainError


class OwnVoucherType(DomainError):
    """Whoever drafted a voucher type wants to let it take money off."""

    def __init__(self) -> None:
        super().__init__("Who drafted a voucher type can't activate it; somebody else has to.")
