"""Why an operation on commissions may be refused."""

from kit.errors import DomainError


class CommissionPlanTaken(DomainError):
    code_taken: str

    def __init__(self, code: str) -> None:
        super().__init__(
            f"The plan {code} is defined with other terms, and plans never change; define another.",
            code_taken=code,
        )
