"""Defining bundles of what is there; what is retired later is told when it is given."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import true

from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.units import lies_below
from loyalty.bundles.models import Bundle, BundlePartKind
from loyalty.defining import define
from loyalty.privileges.models import Privilege
from loyalty.privileges.queries import privileges_by_code
from loyalty.rewards.models import Reward, RewardState
from loyalty.rewards.queries import rewards_by_code
from loyalty.voucher_types.models import VoucherType, VoucherTypeState
from loyalty.voucher_types.queries import types_by_code

CALLED: Final = {
    BundlePartKind.GIFT: "reward",
    BundlePartKind.VOUCHER: "voucher type",
    BundlePartKind.PRIVILEGE: "privilege",
}


async def define_bundle(session: AsyncSession, wanted: Bundle) -> Bundle:
    """Define a bundle, or change the one of its code.

    Raises InvalidInput where a part names what is not there for its unit, or is over; and Conflict
    when the code is another unit's.
    """
    for kind, called in CALLED.items():
        named = {each.line: each.reference for each in wanted.lines() if each.kind == kind}
        known = await _known(session, kind, named.values()) if named else {}
        for line, code in named.items():
            if not _is_given(known.get(code), wanted.unit):
                raise InvalidInput(f"parts[{line}].reference", f"names no {called} that is given")
    return await define(session, wanted)


async def _known(
    session: AsyncSession, kind: BundlePartKind, codes: Collection[str]
) -> Mapping[str, Reward | VoucherType | Privilege]:
    match kind:
        case BundlePartKind.GIFT:
            return await rewards_by_code(session, codes, true())
        case BundlePartKind.VOUCHER:
            return await types_by_code(session, codes)
        case _:
            return await privileges_by_code(session, codes)


def _is_given(found: Reward | VoucherType | Privilege | None, unit: str) -> bool:
    if found is None or not (lies_below(unit, found.unit) or lies_below(found.unit, unit)):
        return False
    if isinstance(found, Privilege):
        return found.retired_at is None
    return found.state not in (RewardState.ENDED, VoucherTypeState.ENDED)
