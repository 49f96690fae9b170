"""Why a batch of payouts may be refused."""

from kit.errors import DomainError


class NothingToPay(DomainError):
    currency: str

    def __init__(self, currency: str) -> None:
        super().__init__(f"No cash-back in {currency} waits to be paid.", currency=currency)
