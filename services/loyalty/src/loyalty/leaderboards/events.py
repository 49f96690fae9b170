"""What the platform learns of leaderboards."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class LeaderboardWon(Event):
    """A period is over and frozen: this member got a prize of `points` for their rank."""

    subject: ClassVar[str] = "octoreach.loyalty.leaderboard.won.v1"
    about: ClassVar[str] = "customer_id"

    winner_id: UUID
    customer_id: UUID
    leaderboard_code: str
    leaderboard_name: str
    starts_on: date
    rank: int
    score: int
    points: int
