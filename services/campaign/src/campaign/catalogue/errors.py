"""Why the catalogue may refuse."""

from kit.errors import DomainError


class OfferIsFrozen(DomainError):
    """A campaign was submitted with the offer, so that its terms stand."""

    offer_code: str

    def __init__(self, code: str) -> None:
        super().__init__(
            f"The offer {code} belongs to a submitted campaign, so its terms stand; "
            "define another offer under a code of its own.",
            offer_code=code,
        )
