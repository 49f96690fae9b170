"""What reports by month are asked for, and by whom."""

from enum import StrEnum
from typing import Annotated, TypeAlias

import strawberry

READERS = ("analyst", "operator")
Since: TypeAlias = Annotated[
    str, strawberry.argument(description="The first month, in UTC: YYYY-MM.")
]
Until: TypeAlias = Annotated[
    str, strawberry.argument(description="The last month; 36 months at most.")
]


@strawberry.enum(description="By what a report tells movements apart.")
class ReportPart(StrEnum):
    TIER = "tier"
    CAMPAIGN = "campaign"
    UNIT = "unit"
