"""Noting accesses: what is seen here is told to whoever keeps the audit."""

from typing import Final

from channel.accesses.events import AccessesNoted
from channel.sight import SIGHT
from kit.personal.noting import Noting
from kit.personal.telling import telling

NOTING: Final = Noting(SIGHT, telling(AccessesNoted, "channel"))
saw: Final = NOTING.saw
saw_in_passing: Final = NOTING.saw_in_passing
