"""Whoever asks for too many codes that do not exist has to wait."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import Counter
from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.vouchers.errors import TooManyWrongCodes

KEPT: Final = timedelta(days=1)
COUNT: Final = text("""
INSERT INTO voucher_guess (asker, hour, wrong)
SELECT asker, :hour, :codes FROM unnest(CAST(:askers AS text[])) AS asker ORDER BY asker
ON CONFLICT (asker, hour) DO UPDATE SET wrong = voucher_guess.wrong + excluded.wrong
RETURNING asker, wrong - :codes AS before
""")
GIVE_BACK: Final = text("""
UPDATE voucher_guess AS counted SET wrong = counted.wrong - :right
FROM (
  SELECT asker FROM voucher_guess WHERE asker = ANY (:askers) AND hour = :hour
  ORDER BY asker FOR UPDATE
) AS mine
WHERE counted.asker = mine.asker AND counted.hour = :hour
""")
FORGET: Final = text("DELETE FROM voucher_guess WHERE hour < :before")
wrong_codes = Counter("voucher_wrong_codes_total", "Voucher codes asked for that do not exist.")
guessers_refused = Counter(
    "voucher_guessers_refused_total", "Requests refused because of too many wrong voucher codes."
)
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Guesses:
    """So many codes that count as wrong for their askers until it is known which are."""

    askers: Sequence[str]
    hour: datetime
    codes: int


async def count_guesses(session: AsyncSession, askers: Mapping[str, int], codes: int) -> Guesses:
    """Count codes as wrong before they are looked up, so that who asks at once gains nothing.

    TooManyWrongCodes, and nothing is counted, for any of the askers who has asked for as many
    wrong ones this hour.
    """
    hour = _hour(utcnow())
    limits = {_digest(asker): most for asker, most in askers.items()}
    told = {"askers": list(limits), "hour": hour, "codes": codes}
    rows = (await session.execute(COUNT, told)).all()
    if any(row.before >= limits[row.asker] for row in rows):
        guessers_refused.inc()
        log.warning("voucher_guesser_refused", asker=min(limits))
        raise TooManyWrongCodes(hour + timedelta(hours=1))
    return Guesses(list(limits), hour, codes)


async def give_back_right(session: AsyncSession, guesses: Guesses, wrong: int) -> None:
    """Count no longer what was not wrong."""
    wrong_codes.inc(wrong)
    if right := guesses.codes - wrong:
        told = {"askers": list(guesses.askers), "hour": guesses.hour, "right": right}
        await session.execute(GIVE_BACK, told)


async def forget_guesses(session: AsyncSession) -> None:
    """What is older than a day limits nobody."""
    await session.execute(FORGET, {"before": utcnow() - KEPT})


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _digest(asker: str) -> str:
    return hashlib.blake2b(asker.encode(), digest_size=16).hexdigest()
