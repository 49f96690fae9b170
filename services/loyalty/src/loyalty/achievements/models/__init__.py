"""Achievements in versions, how far members are, and what they have reached."""

from loyalty.achievements.models.progress import AchievementDeed, AchievementLevel, AchievementTally
from loyalty.achievements.models.rewards import (
    MOST_CHANCES,
    AchievementReward,
    LevelRewardKind,
    LevelRewardState,
)
from loyalty.achievements.models.terms import (
    LONGEST_STREAK,
    LONGEST_WINDOW_DAYS,
    MOST_ACTIVE,
    MOST_LEVELS,
    MOST_REWARDS,
    MOST_ROUNDS,
    WITH_HISTORY,
    Achievement,
    AchievementState,
    History,
    Measure,
)

SOURCE = "achievement"

__all__ = [
    "LONGEST_STREAK",
    "LONGEST_WINDOW_DAYS",
    "MOST_ACTIVE",
    "MOST_CHANCES",
    "MOST_LEVELS",
    "MOST_REWARDS",
    "MOST_ROUNDS",
    "SOURCE",
    "WITH_HISTORY",
    "Achievement",
    "AchievementDeed",
    "AchievementLevel",
    "AchievementReward",
    "AchievementState",
    "AchievementTally",
    "History",
    "LevelRewardKind",
    "LevelRewardState",
    "Measure",
]
