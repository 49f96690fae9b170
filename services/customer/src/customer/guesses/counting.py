"""How often who sees masks may look for an identifier in vain: guessing would tell what is hidden.

A mask hides four digits of a number: a hundred guesses a day take a hundred days for all of them.
"""

from typing import Final

from customer.guesses.errors import TooManyLookUps
from customer.guesses.measures import look_ups_in_vain
from customer.limits.buckets import Limit
from customer.sight import SIGHT
from kit.database import Database
from kit.identity import Caller

MOST_IN_VAIN: Final = 100
GUESSES: Final = Limit("in vain", MOST_IN_VAIN, 86_400)


async def count_look_up(db: Database, caller: Caller) -> None:
    """Take one of the guesses before looking, so that many at once are no more than one by one."""
    if SIGHT.is_whole(caller):
        return
    if not await GUESSES.allows(db, caller.subject):
        look_ups_in_vain.labels("refused").inc()
        raise TooManyLookUps(MOST_IN_VAIN, GUESSES.retry_at())


async def settle_look_up(db: Database, caller: Caller, *, found: bool) -> None:
    """Who was found was no guess."""
    if SIGHT.is_whole(caller):
        return
    if found:
        await GUESSES.give_back(db, caller.subject)
    else:
        look_ups_in_vain.labels("nobody").inc()
