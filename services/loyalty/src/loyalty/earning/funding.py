"""Who pays for points, and when they are usable: each such share is a posting of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from kit.models import uuid7
from loyalty.earning.reckoning import Given


@dataclass(frozen=True, slots=True)
class Share:
    """Points that one payer pays for, usable some days after they were earned.

    Without a partner, the programme pays.
    """

    posting_id: UUID
    points: int
    partner_code: str | None
    usable_after_days: int = 0

    @property
    def against(self) -> str:
        return "liability" if self.partner_code is None else "partner_funding"

    def key(self, source_kind: str, source_id: UUID) -> str:
        payer = "" if self.partner_code is None else f":{self.partner_code}"
        later = f":+{self.usable_after_days}" if self.usable_after_days else ""
        return f"{source_kind}:{source_id}{payer}{later}"

    def usable_at(self, earned_at: datetime) -> datetime | None:
        """When they may be spent, unless that is at once."""
        days = self.usable_after_days
        return earned_at + timedelta(days=days) if days else None

    def remembered(self) -> dict[str, Any]:
        return {
            "posting_id": self.posting_id,
            "points": self.points,
            "partner_code": self.partner_code,
            "usable_after_days": self.usable_after_days,
        }


def shares_of(given: Sequence[Given]) -> list[Share]:
    """What was given, by who pays for it and when it is usable."""
    points: dict[tuple[str | None, int], int] = {}
    for each in given:
        days = each.rule.usable_after_days
        ours = each.points - each.partner_points
        points[None, days] = points.get((None, days), 0) + ours
        theirs = (each.partner_code, days)
        points[theirs] = points.get(theirs, 0) + each.partner_points
    return [
        Share(uuid7(), number, partner, days)
        for (partner, days), number in points.items()
        if number
    ]
