"""Why an operation on partners may be refused."""

from collections.abc import Iterable

from kit.errors import DomainError


class PartnerCannotAdvance(DomainError):
    from_state: str
    to_state: str
    possible: list[str]

    def __init__(self, from_state: str, to_state: str, possible: Iterable[str]) -> None:
        listed = list(possible)
        super().__init__(
            f"The partner is {from_state} and can't become {to_state}; "
            f"it can become {' or '.join(listed) or 'nothing else'}.",
            from_state=from_state,
            to_state=to_state,
            possible=listed,
        )


class PartnerCodeTaken(DomainError):
    code_taken: str

    def __init__(self, code: str) -> None:
        super().__init__(
            f"The code {code} belongs to a partner with other particulars.", code_taken=code
        )
