"""Who pays for points: the programme, or a partner, whose share is a posting of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kit.models import uuid7
from loyalty.earning.reckoning import Given


@dataclass(frozen=True, slots=True)
class Share:
    """Points that one payer pays for; without a partner, the programme does."""

    posting_id: UUID
    points: int
    partner_code: str | None

    @property
    def against(self) -> str:
        return "liability" if self.partner_code is None else "partner_funding"

    def key(self, source_kind: str, source_id: UUID) -> str:
        payer = "" if self.partner_code is None else f":{self.partner_code}"
        return f"{source_kind}:{source_id}{payer}"

    def remembered(self) -> dict[str, Any]:
        return {
            "posting_id": self.posting_id,
            "points": self.points,
            "partner_code": self.partner_code,
        }


def shares_of(given: Sequence[Given]) -> list[Share]:
    """What was given, by who pays for it."""
    points: dict[str | None, int] = {}
    for each in given:
        points[None] = points.get(None, 0) + each.points - each.partner_points
        points[each.partner_code] = points.get(each.partner_code, 0) + each.partner_points
    return [Share(uuid7(), number, partner) for partner, number in points.items() if number]
