"""Why there may be no redemption, besides what the reward itself says."""

from kit.errors import DomainError


class RedemptionRefused(DomainError):
    """A limit against fraud does not let it through."""

    rule: str

    def __init__(self, rule: str) -> None:
        super().__init__(f"The redemption is refused by the rule {rule}.", rule=rule)
