"""A bundle: all of its parts or none, in one go; taken back as far as its parts can be."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from kit.database import AsyncSession, whole
from loyalty.benefits.asking import SOURCE, Ask, Given, Had, Kind, Quote, Quotes
from loyalty.benefits.kinds import cash_back, gift, points, privilege, voucher
from loyalty.benefits.models import Benefit
from loyalty.bundles.models import Bundle, BundlePart
from loyalty.bundles.queries import bundles_by_code
from loyalty.rewards.commands import give_back

PARTS: Final[dict[str, Kind]] = {
    "gift": gift.KIND,
    "voucher": voucher.KIND,
    "privilege": privilege.KIND,
    "points": points.KIND,
    "cash_back": cash_back.KIND,
}


class PartRefused(Exception):
    """A part can't be given, so that none is."""


async def quote(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    known = await bundles_by_code(session, (each.reference for each in asks))
    return {each.id: await _priced(session, each, known.get(each.reference)) for each in asks}


async def _priced(session: AsyncSession, ask: Ask, bundle: Bundle | None) -> Quote:
    if bundle is None:
        return Quote(refused=f"there is no bundle {ask.reference!r:.66}")
    if bundle.retired_at is not None:
        return Quote(refused=f"the bundle {ask.reference} is given to nobody any more")
    quotes = await _quotes(session, _asks_of(ask, bundle))
    refused = [each.refused for each in quotes.values() if each.refused]
    if refused:
        return Quote(refused=f"of the bundle: {refused[0]}")
    if len(currencies := {each.currency for each in quotes.values() if each.cost_minor}) > 1:
        return Quote(refused=f"its parts cost {' and '.join(sorted(currencies))}")
    return Quote(sum(each.cost_minor for each in quotes.values()), "".join(currencies))


def _asks_of(ask: Ask, bundle: Bundle) -> list[Ask]:
    return [_part(ask, each) for each in bundle.lines()]


def _part(ask: Ask, part: BundlePart) -> Ask:
    return Ask(
        id=uuid5(ask.id, str(part.line)),
        part_of=ask.id,
        customer_id=ask.customer_id,
        kind=part.kind,
        at=ask.at,
        reference=part.reference,
        points=part.points,
        amount_minor=part.amount_minor,
        currency=part.currency,
    )


async def _quotes(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    quotes: dict[UUID, Quote] = {}
    for name, kind in PARTS.items():
        if some := [each for each in asks if each.kind == name]:
            quotes |= await kind.quote(session, some)
    return quotes


async def give(session: AsyncSession, asks: Sequence[Ask], quotes: Quotes) -> dict[UUID, Given]:
    known = await bundles_by_code(session, (each.reference for each in asks))
    return {
        each.id: await _give_whole(session, _asks_of(each, known[each.reference])) for each in asks
    }


async def _give_whole(session: AsyncSession, parts: Sequence[Ask]) -> Given:
    try:
        async with whole(session):
            given = await _give_parts(session, parts)
    except PartRefused as refused:
        return Given(refused=f"of the bundle: {refused}")
    return Given(
        points=sum(each.points for each in given.values()),
        cost_minor=sum(each.cost_minor for each in given.values()),
        currency="".join({each.currency for each in given.values() if each.cost_minor}),
        parts=[_remembered(each, given[each.id]) for each in parts],
    )


async def _give_parts(session: AsyncSession, parts: Sequence[Ask]) -> dict[UUID, Given]:
    quotes = await _quotes(session, parts)
    given: dict[UUID, Given] = {}
    for name, kind in PARTS.items():
        if some := [each for each in parts if each.kind == name]:
            given |= await kind.give(session, some, quotes)
    for each in given.values():
        if each.refused:
            raise PartRefused(each.refused)
    return given


def _remembered(part: Ask, given: Given) -> dict[str, Any]:
    return {
        "id": str(part.id),
        "kind": part.kind,
        "reference": part.reference,
        "cost_minor": given.cost_minor,
    }


async def take_back_recalled(session: AsyncSession, benefit: Benefit, part_id: UUID) -> int:
    """Put back a gift that the arms have given up; what it had cost, once."""
    part = next((each for each in benefit.parts if each["id"] == str(part_id)), None)
    if part is None or part.get("recalled"):
        return 0
    await give_back(session, SOURCE, [part_id])
    benefit.parts = [each | {"recalled": True} if each is part else each for each in benefit.parts]
    return int(part["cost_minor"])


async def take_back(session: AsyncSession, had: Sequence[Had]) -> dict[UUID, int]:
    back: dict[UUID, int] = {}
    for name, kind in PARTS.items():
        for each in had:
            parts = [_had(each, part) for part in each.parts if part["kind"] == name]
            undone = await kind.take_back(session, parts) if parts else {}
            if undone:
                back[each.ask.id] = back.get(each.ask.id, 0) + sum(undone.values())
    return back


def _had(whole_: Had, part: dict[str, Any]) -> Had:
    ask = Ask(
        id=UUID(part["id"]),
        customer_id=whole_.ask.customer_id,
        kind=part["kind"],
        at=whole_.ask.at,
        reference=part["reference"],
    )
    return Had(ask, part["cost_minor"])


KIND: Final = Kind(quote, give, take_back)
