"""How the domain says no."""

from datetime import datetime
from typing import Any, Final

KEY_SHOWN: Final = 200
"""So many characters of what was looked for are said again."""


class DomainError(Exception):
    """A refusal a person can read; its attributes are the numbers a client needs.

    Everything that is not a DomainError is a bug.
    """

    message: str

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        for name, value in details.items():
            setattr(self, name, value)

    @property
    def code(self) -> str:
        """The refusal's name, stable for programs: `NotEnoughPoints`."""
        return type(self).__name__


class InvalidInput(DomainError):
    """What was sent is not what the operation takes."""

    field: str

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, field=field)


class NotFound(DomainError):
    """Nothing by that name that the caller may see."""

    kind: str
    key: str

    def __init__(self, kind: str, key: object) -> None:
        named = str(key)[:KEY_SHOWN]
        super().__init__(f"There is no {kind} {named}.", kind=kind, key=named)


class Conflict(DomainError):
    """The thing is not in a state that allows this."""


class TooManyRequests(DomainError):
    """Somebody has asked too often, and is answered again at `retry_at`."""

    retry_at: datetime

    def __init__(self, message: str, retry_at: datetime) -> None:
        super().__init__(message, retry_at=retry_at)


class IdempotencyKeyReused(DomainError):
    """The key came before, with other content."""

    key: str

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The idempotency key {key} was used before with other content; take a new key.",
            key=key,
        )


class Unavailable(Exception):
    """Something we stand on is away: the same request will do in a moment."""


class Unauthenticated(Exception):
    """No token, or one that can't be believed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Forbidden(Exception):
    """The caller is known, and may not do this."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
