"""Why a search may be refused."""

from datetime import datetime

from kit.errors import TooManyRequests


class TooManyLookUps(TooManyRequests):
    def __init__(self, most: int, retry_at: datetime) -> None:
        super().__init__(
            f"More than {most} look-ups within a day found nobody; "
            f"try again at {retry_at:%Y-%m-%d %H:%M} UTC.",
            retry_at,
        )
