"""Leaderboards as they are stored: what they compare, the scores of members, who won."""

from loyalty.leaderboards.models.boards import (
    FOR_EVER,
    MOST_OPEN,
    MOST_WINNERS,
    SLOT_SECONDS,
    Leaderboard,
    LeaderboardMeasure,
    LeaderboardName,
    LeaderboardPeriod,
    LeaderboardSpan,
    LeaderboardState,
    LeaderboardWinner,
)
from loyalty.leaderboards.models.scores import (
    LeaderboardCount,
    LeaderboardDeed,
    LeaderboardScore,
    LeaderboardShift,
)

__all__ = [
    "FOR_EVER",
    "MOST_OPEN",
    "MOST_WINNERS",
    "SLOT_SECONDS",
    "Leaderboard",
    "LeaderboardCount",
    "LeaderboardDeed",
    "LeaderboardMeasure",
    "LeaderboardName",
    "LeaderboardPeriod",
    "LeaderboardScore",
    "LeaderboardShift",
    "LeaderboardSpan",
    "LeaderboardState",
    "LeaderboardWinner",
]
