"""What an achievement promises is there, and is for its members."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import true

from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.units import lies_below
from loyalty.achievements.models import LevelRewardKind
from loyalty.drafted import known_as
from loyalty.lottery.models import Lottery
from loyalty.rewards.queries import rewards_by_code
from loyalty.voucher_types.queries import types_by_code


async def require_rewards(session: AsyncSession, terms: dict[str, Any]) -> None:
    """InvalidInput for what nobody below the achievement's unit could be given."""
    promised = [
        (f"levels[{at}].rewards[{nth}].reference", LevelRewardKind(each["kind"]), each["reference"])
        for at, level in enumerate(terms["levels"])
        for nth, each in enumerate(level["rewards"])
    ]
    units = {
        kind: await _units(session, kind, {code for _, k, code in promised if k is kind})
        for kind in {each[1] for each in promised}
    }
    for place, kind, code in promised:
        unit = units[kind].get(code)
        if unit is None or not lies_below(terms["unit"], unit):
            raise InvalidInput(place, f"is the code of a {kind} of {terms['unit']} or above")


async def _units(
    session: AsyncSession, kind: LevelRewardKind, codes: Iterable[str]
) -> dict[str, str]:
    if kind is LevelRewardKind.REWARD:
        rewards = await rewards_by_code(session, codes, true())
        return {code: each.unit for code, each in rewards.items()}
    if kind is LevelRewardKind.VOUCHER:
        types = await types_by_code(session, codes)
        return {code: each.unit for code, each in types.items() if each.coding != "single"}
    found = [await known_as(session, Lottery, code) for code in sorted(codes)]
    return {each.code: each.unit for each in found if each is not None}
