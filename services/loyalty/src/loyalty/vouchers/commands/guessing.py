"""Whoever asks for too many codes that do not exist has to wait."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import Counter
from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.vouchers.errors import TooManyWrongCodes

KEPT: Final = timedelta(days=1)
LATELY: Final = text("""
SELECT asker, wrong FROM voucher_guess WHERE asker = ANY (:askers) AND hour = :hour
""")
NOTE: Final = text("""
INSERT INTO voucher_guess (asker, hour, wrong)
SELECT asker, :hour, :wrong FROM unnest(CAST(:askers AS text[])) AS asker ORDER BY asker
ON CONFLICT (asker, hour) DO UPDATE SET wrong = voucher_guess.wrong + excluded.wrong
""")
FORGET: Final = text("DELETE FROM voucher_guess WHERE hour < :before")
wrong_codes = Counter("voucher_wrong_codes_total", "Voucher codes asked for that do not exist.")
guessers_refused = Counter(
    "voucher_guessers_refused_total", "Requests refused because of too many wrong voucher codes."
)
log = get_logger(__name__)


async def require_patience(session: AsyncSession, askers: Mapping[str, int]) -> None:
    """TooManyWrongCodes for any of the askers who has asked for as many this hour."""
    hour = _hour(utcnow())
    limits = {_digest(asker): most for asker, most in askers.items()}
    rows = await session.execute(LATELY, {"askers": list(limits), "hour": hour})
    if any(row.wrong >= limits[row.asker] for row in rows):
        guessers_refused.inc()
        log.warning("voucher_guesser_refused", asker=min(limits))
        raise TooManyWrongCodes(hour + timedelta(hours=1))


async def note_wrong_codes(session: AsyncSession, askers: Mapping[str, int], wrong: int) -> None:
    """Remember that the askers asked for so many codes that do not exist."""
    wrong_codes.inc(wrong)
    told = {"askers": [_digest(each) for each in askers], "hour": _hour(utcnow()), "wrong": wrong}
    await session.execute(NOTE, told)


async def forget_guesses(session: AsyncSession) -> None:
    """What is older than a day limits nobody."""
    await session.execute(FORGET, {"before": utcnow() - KEPT})


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _digest(asker: str) -> str:
    return hashlib.blake2b(asker.encode(), digest_size=16).hexdigest()
