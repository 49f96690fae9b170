"""Noting accesses: what is seen here is told to whoever keeps the audit."""

from typing import Final

from campaign.accesses.events import AccessesNoted
from campaign.sight import SIGHT
from kit.personal.noting import Noting
from kit.personal.telling import telling

NOTING: Final = Noting(SIGHT, telling(AccessesNoted, "campaign"))
saw: Final = NOTING.saw
