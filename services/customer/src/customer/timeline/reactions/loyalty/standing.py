"""What loyalty reports of where customers stand: tiers, clubs, achievements, leaderboards."""

from typing import ClassVar, Final
from uuid import UUID

from customer.timeline.reactions.happening import Happening, words


class TierChanged(Happening):
    subject = "octoreach.loyalty.tier.changed.v1"
    entry_kind = "tier_changed"
    shown = ("from_tier", "to_tier")

    from_tier: str | None = None
    to_tier: str

    def title(self) -> str:
        return f"Tier is now {words(self.to_tier)}"


class ClubJoined(Happening):
    subject = "octoreach.loyalty.club.joined.v1"
    entry_kind = "club_joined"
    shown = ("club_code", "how")

    club_code: str
    club_name: str
    how: str

    def title(self) -> str:
        return f"Joined the club {self.club_name}"


class ClubLeft(Happening):
    subject = "octoreach.loyalty.club.left.v1"
    entry_kind = "club_left"
    shown = ("club_code", "how")

    club_code: str
    club_name: str
    how: str

    def title(self) -> str:
        return f"Left the club {self.club_name}"


class AchievementReached(Happening):
    subject = "octoreach.loyalty.achievement.reached.v1"
    entry_kind = "achievement_reached"
    shown = ("achievement_code", "level", "cycle", "points")

    achievement_code: str
    achievement_name: str
    level: int
    level_name: str
    cycle: str
    points: int

    def title(self) -> str:
        return f"Reached {self.level_name} of {self.achievement_name}"


class AchievementLost(AchievementReached):
    subject = "octoreach.loyalty.achievement.lost.v1"
    entry_kind = "achievement_lost"

    def title(self) -> str:
        return f"Lost {self.level_name} of {self.achievement_name}"


class AchievementRewarded(Happening):
    subject = "octoreach.loyalty.achievement.rewarded.v1"
    entry_kind = "achievement_rewarded"
    shown: ClassVar[tuple[str, ...]] = ("reference", "level_id")

    level_id: UUID
    kind: str
    reference: str
    many: int

    def title(self) -> str:
        times = "" if self.many == 1 else f" ({self.many})"
        return f"A level gave a {words(self.kind)}{times}"


class AchievementRewardWithheld(AchievementRewarded):
    subject = "octoreach.loyalty.achievement.withheld.v1"
    entry_kind = "achievement_withheld"
    shown = ("reason", "reference", "level_id")

    reason: str

    def title(self) -> str:
        return f"A level could not give a {words(self.kind)}"


class LeaderboardWon(Happening):
    subject = "octoreach.loyalty.leaderboard.won.v1"
    entry_kind = "leaderboard_won"
    shown = ("leaderboard_code", "starts_on", "score", "points")

    leaderboard_code: str
    leaderboard_name: str
    starts_on: str
    rank: int
    score: int
    points: int

    def title(self) -> str:
        return f"Number {self.rank} of {self.leaderboard_name}"


HEARD: Final = (
    TierChanged,
    ClubJoined,
    ClubLeft,
    AchievementReached,
    AchievementLost,
    LeaderboardWon,
    AchievementRewarded,
    AchievementRewardWithheld,
)
