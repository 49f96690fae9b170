"""Noting accesses: what is seen here is told to whoever keeps the audit."""

from typing import Final

from kit.personal.noting import Noting
from kit.personal.telling import telling
from loyalty.accesses.events import AccessesNoted
from loyalty.sight import SIGHT

NOTING: Final = Noting(SIGHT, telling(AccessesNoted, "loyalty"))
saw: Final = NOTING.saw
