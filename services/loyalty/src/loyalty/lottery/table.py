"""The table of prizes: what makes one sound, and how it stands at the start of an epoch."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from kit.errors import InvalidInput
from loyalty.currencies.models import POINTS
from loyalty.lottery.fairness import OF_A_MILLION
from loyalty.lottery.models.terms import Prize, PrizeKind
from loyalty.points.models import MOST_POINTS

MOST_PRIZES = 50
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
PAID = (PrizeKind.POINTS, PrizeKind.MONEY)
ITEM_LENGTH = 64
TOLD = ("code", "name", "kind", "odds", "amount", "currency", "item", "per_day", "fallback")


def checked_table(prizes: Sequence[Prize]) -> list[dict[str, Any]]:
    """The table as it is kept, or InvalidInput: its odds make a million, and every way ends.

    What can't be given is stood in for by its `fallback`, the first blank unless it says another;
    from each prize these lead to a blank, of which there is always one.
    """
    if not 1 <= len(prizes) <= MOST_PRIZES:
        raise _wrong(f"are 1 to {MOST_PRIZES}")
    if len({each.code for each in prizes}) < len(prizes):
        raise _wrong("have a code each of their own")
    for each in prizes:
        _require_sense(each)
    if (together := sum(each.odds for each in prizes)) != OF_A_MILLION:
        raise _wrong(
            f"have odds that make {OF_A_MILLION} together, blanks included; these make {together}"
        )
    blank = next((each.code for each in prizes if each.kind == PrizeKind.BLANK), None)
    if blank is None:
        raise _wrong("take a blank, for when nothing else is left")
    table = [_completed(each, blank) for each in prizes]
    _require_ways_that_end(table)
    return table


def _require_sense(prize: Prize) -> None:
    if not CODE.fullmatch(prize.code):
        raise _wrong("have codes of a-z, 0-9, - and _, up to 32")
    if not 0 <= prize.odds <= OF_A_MILLION:
        raise _wrong(f"have odds from 0 to {OF_A_MILLION}")
    if prize.kind == PrizeKind.BLANK:
        if (prize.stock, prize.per_day, prize.fallback) != (None, None, None):
            raise _wrong("that are blanks have no stock, no limit and no fallback")
    elif prize.kind in PAID and not 1 <= prize.amount <= MOST_POINTS:
        raise _wrong(f"of points or money have an amount, up to {MOST_POINTS}")
    elif prize.kind not in PAID and not 1 <= len(prize.item) <= ITEM_LENGTH:
        raise _wrong("that are rewards or vouchers name their item")
    _require_limits(prize)


def _require_limits(prize: Prize) -> None:
    if prize.stock is not None and not 0 <= prize.stock <= MOST_POINTS:
        raise _wrong("have a stock from 0")
    if prize.per_day is not None and not 1 <= prize.per_day <= MOST_POINTS:
        raise _wrong("have a daily limit from 1")


def _completed(prize: Prize, blank: str) -> dict[str, Any]:
    kept = asdict(prize)
    if prize.kind == PrizeKind.BLANK:
        return kept | {"amount": 0, "currency": "", "item": ""}
    kept["fallback"] = prize.fallback or blank
    if prize.kind not in PAID:
        return kept | {"amount": 0, "currency": ""}
    return kept | {
        "currency": POINTS if prize.kind == PrizeKind.POINTS else prize.currency,
        "item": "",
    }


def _require_ways_that_end(table: Sequence[Mapping[str, Any]]) -> None:
    leads = {each["code"]: each["fallback"] for each in table}
    for code in leads:
        seen = set()
        here: str | None = code
        while here is not None:
            if here in seen or here not in leads:
                raise _wrong("have fallbacks among themselves that lead to a blank")
            seen.add(here)
            here = leads[here]


def at_the_start(
    table: Sequence[Mapping[str, Any]], left: Mapping[str, int | None]
) -> list[dict[str, Any]]:
    """The table as an epoch's opening tells it, with what is left of each prize."""
    return [{**{name: each[name] for name in TOLD}, "left": left[each["code"]]} for each in table]


def _wrong(message: str) -> InvalidInput:
    return InvalidInput("prizes", message)
