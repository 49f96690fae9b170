"""Posting: one statement moves points, keeps their lots, and tells of it."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

import orjson
from sqlalchemy import text

from kit.database import AsyncSession, Database
from kit.errors import Conflict, IdempotencyKeyReused, InvalidInput, NotFound
from kit.events import current_trace
from loyalty.accounts.models import MOST_HELD
from loyalty.points import measures
from loyalty.points.errors import NotEnoughPoints
from loyalty.points.events import TOLD
from loyalty.points.keys import sent
from loyalty.points.models import KINDS, NewPosting, Posted

POST = text("SELECT * FROM post_points(to_accounts_of_today(CAST(:postings AS jsonb)), :trace)")
POST_EARNINGS = text(
    "SELECT * FROM post_earnings(to_accounts_of_today(CAST(:postings AS jsonb)), :trace)"
)
POST_ALONE = "SELECT * FROM post_points(to_accounts_of_today($1::text::jsonb), $2)"
MANY = 4
"""From so many on one statement for all costs less than one for each."""
POSTED = "posted"
DONE = (POSTED, "repeated")

_counters = {kind: measures.postings.labels(kind) for kind in KINDS}
_names = [each.name for each in fields(NewPosting)]


async def post(session: AsyncSession, postings: Sequence[NewPosting]) -> list[Posted]:
    """Post them all in one statement, and tell of those that were not posted before.

    The answers are in the order of the postings' ids. Raises NotFound for an unknown account,
    IdempotencyKeyReused for other content, and Conflict for what lies in another account by now
    although it was asked for twice.
    """
    if not postings:
        return []
    in_order = sorted(postings, key=lambda each: each.id)
    answers = await _post(session, in_order)
    if moved := [asked for asked, each in zip(in_order, answers, strict=True) if _moved(each)]:
        again = iter(await _post(session, moved))
        answers = [next(again) if _moved(each) else each for each in answers]
    for asked, answer in zip(in_order, answers, strict=True):
        if answer.outcome in ("unknown", "reused", "too_much", "elsewhere"):
            raise refusal(asked, answer)
    for asked, answer in zip(in_order, answers, strict=True):
        _count(asked, answer)
    return answers


async def _post(session: AsyncSession, postings: Sequence[NewPosting]) -> list[Posted]:
    values = {"postings": _asked(postings), "trace": current_trace()}
    many = len(postings) >= MANY and all(map(_simply_earns, postings))
    statement = POST_EARNINGS if many else POST
    return [Posted(*row) for row in await session.execute(statement, values)]


SETTLED: Final = {
    "reverse": "It was taken back before: what a posting gave is taken back once.",
    "return": "It was given back before: what a posting spent is given back once.",
    "confirm": "The reservation was released before, or its time ran out: nothing was spent.",
    "release": "The reservation was confirmed before: its points are spent.",
}


def _moved(answer: Posted) -> bool:
    """Whether it lies in another account since this statement began: asked again, it is found."""
    return answer.outcome == "elsewhere"


async def post_alone(db: Database, posting: NewPosting) -> Posted:
    """Post it as an operation of its own: one round trip, or a refusal and nothing changed."""
    (row,) = await db.call(POST_ALONE, _asked([posting]), current_trace())
    posted = Posted(*row)
    if posted.outcome not in DONE:
        raise refusal(posting, posted)
    _count(posting, posted)
    return posted


async def post_one(session: AsyncSession, posting: NewPosting) -> Posted:
    """Post it within an operation, or raise why it is refused."""
    (posted,) = await post(session, [posting])
    if posted.outcome not in DONE:
        raise refusal(posting, posted)
    return posted


def _count(asked: NewPosting, answer: Posted) -> None:
    if answer.outcome == POSTED:
        _counters[asked.kind].inc()


def refusal(asked: NewPosting, answer: Posted) -> Exception:
    """Why a posting was not posted."""
    match answer.outcome:
        case "refused":
            return NotEnoughPoints(needed=-asked.points, balance=answer.balance)
        case "reused":
            return IdempotencyKeyReused(sent(asked.key.partition(":")[2]))
        case "not_spendable":
            return InvalidInput("currency", "only counts: it can't be spent")
        case "too_much":
            return InvalidInput("points", f"would make more than {MOST_HELD}")
        case "unknown":
            return _unknown(asked)
        case "nothing":
            return Conflict("There is nothing left to reverse.")
        case "elsewhere":
            return Conflict("That has just moved to another account: ask again.")
    return Conflict(SETTLED.get(asked.kind, "That was settled before."))


def _unknown(asked: NewPosting) -> NotFound:
    if asked.kind != "transfer" and (asked.settles or asked.reverses):
        return NotFound("posting", asked.settles or asked.reverses)
    return NotFound("points account", asked.account_id)


def _simply_earns(posting: NewPosting) -> bool:
    return posting.kind in ("earn", "grant")


def _asked(postings: Sequence[NewPosting]) -> str:
    return orjson.dumps([_told(each) for each in postings], default=str).decode()


def _told(posting: NewPosting) -> dict[str, Any]:
    told = TOLD.get(posting.kind)
    asked = {name: getattr(posting, name) for name in _names}
    return {**asked, "subject": told.subject if told else None}
