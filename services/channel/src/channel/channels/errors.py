"""Why an operation on channels may be refused."""

from kit.errors import DomainError


class ChannelCodeTaken(DomainError):
    code_taken: str

    def __init__(self, code: str) -> None:
        super().__init__(
            f"The code {code} belongs to a channel with other particulars.", code_taken=code
        )
