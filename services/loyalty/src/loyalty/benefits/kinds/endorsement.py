"""An endorsement: the customer is shown what somebody says; what was seen can't be unseen."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.database import AsyncSession
from loyalty.benefits.asking import (
    SOURCE,
    Ask,
    Given,
    Kind,
    Quote,
    Quotes,
    as_quoted,
    nothing_comes_back,
)
from loyalty.endorsements.commands import show_endorsements
from loyalty.endorsements.models import Endorsement, EndorsementShown
from loyalty.endorsements.queries import endorsements_by_code


async def quote(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    known = await endorsements_by_code(session, (each.reference for each in asks))
    return {each.id: _priced(each, known.get(each.reference)) for each in asks}


def _priced(ask: Ask, endorsement: Endorsement | None) -> Quote:
    if endorsement is None:
        return Quote(refused=f"there is no endorsement {ask.reference!r:.66}")
    if endorsement.retired_at is not None:
        return Quote(refused=f"the endorsement {ask.reference} is shown to nobody any more")
    if endorsement.endorser_id == ask.customer_id:
        return Quote(refused="nobody is recommended anything by themselves")
    return Quote(endorsement.cost_minor, endorsement.currency)


async def give(session: AsyncSession, asks: Sequence[Ask], quotes: Quotes) -> dict[UUID, Given]:
    shown = [
        EndorsementShown(
            customer_id=each.customer_id,
            endorsement_code=each.reference,
            source_kind=SOURCE,
            source_id=each.id,
            shown_at=each.at,
        )
        for each in asks
    ]
    await show_endorsements(session, shown)
    return {each.id: as_quoted(each, quotes) for each in asks}


KIND: Final = Kind(quote, give, nothing_comes_back)
