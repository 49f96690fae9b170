"""What a customer holds, and why: of several orders of one product the last one ends it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

Fact = dict[str, Any]
WHY: Final = ("since", "source", "order_id")
ALSO: Final = "also"
"""Why a product that is held would be held without the first reason: the others, oldest first."""
MERGED: Final = "merges"
"""What came with a merge goes back with it: nothing new is added to it."""
MOST_REASONS: Final = 20
"""Besides the first. Of more the oldest are forgotten: so many are not taken back one by one."""


def holding(product_code: str, since: datetime, source: str, order_id: str | None = None) -> Fact:
    return {
        "product_code": product_code,
        "since": since.isoformat(),
        "until": None,
        "source": source,
        "order_id": order_id,
    }


def with_holding(holdings: Sequence[Fact], new: Fact) -> tuple[list[Fact], bool]:
    """The list with one more reason to hold a product, and whether others have to know.

    Of several the earliest says since when. An order that gave the product once never gives it
    again.
    """
    product = [each for each in holdings if each["product_code"] == new["product_code"]]
    if new["order_id"] and any(_has(each, order_id=new["order_id"]) for each in product):
        return list(holdings), False
    known = next((e for e in product if e["until"] is None and MERGED not in e), None)
    if known is None:
        return [*holdings, new], True
    joined = _because(known, [*_reasons(known), _reason(new)])
    return [joined if each is known else each for each in holdings], not _same(joined, known)


def without_reason(
    holdings: Sequence[Fact], until: datetime, known_by: Mapping[str, Any]
) -> tuple[list[Fact], bool]:
    """The list when a reason is no more, and whether others have to know.

    What is held for another reason too is held on, since that other one; else it ends.
    """
    left = [_relieved(each, until, known_by) for each in holdings]
    return left, not all(map(_same, left, holdings))


def _relieved(entry: Fact, until: datetime, known_by: Mapping[str, Any]) -> Fact:
    meant = {name: value for name, value in known_by.items() if name != "product_code"}
    product = known_by.get("product_code", entry["product_code"])
    if entry["until"] is not None or entry["product_code"] != product or not _has(entry, **meant):
        return entry
    kept = [each for each in _reasons(entry) if not meant.items() <= each.items()]
    return _because(entry, kept) if kept else {**_bare(entry), "until": until.isoformat()}


def _because(entry: Fact, reasons: Sequence[Fact]) -> Fact:
    """The same holding for these reasons: each counts once, the earliest is the first."""
    distinct: dict[tuple[Any, Any], Fact] = {}
    for each in sorted(reasons, key=_since):
        distinct.setdefault((each["source"], each["order_id"]), each)
    first, *others = distinct.values()
    also = {ALSO: others[-MOST_REASONS:]} if others else {}
    return {**_bare(entry), **first, **also}


def _reasons(entry: Fact) -> Iterator[Fact]:
    yield _reason(entry)
    yield from entry.get(ALSO, ())


def _reason(entry: Fact) -> Fact:
    return {name: entry[name] for name in WHY}


def _has(entry: Fact, **meant: Any) -> bool:
    return any(meant.items() <= each.items() for each in _reasons(entry))


def _bare(entry: Fact) -> Fact:
    return {name: value for name, value in entry.items() if name != ALSO}


def _same(one: Fact, other: Fact) -> bool:
    """Whether they are the same to all who don't ask why else."""
    return _bare(one) == _bare(other)


def _since(reason: Fact) -> datetime:
    return datetime.fromisoformat(reason["since"])
