"""Handing prizes over that lie elsewhere: rewards of the catalogue, and vouchers."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from structlog import get_logger

from kit.database import AsyncSession
from loyalty.lottery.models import PrizeKind
from loyalty.rewards.commands import hand_out
from loyalty.rewards.models import HandOut
from loyalty.vouchers.commands import NewVoucher, issue_vouchers

SOURCE = "prize"
log = get_logger(__name__)


class Cost(NamedTuple):
    """What a prize costs whoever gives it."""

    minor: int = 0
    currency: str = ""


async def hand_over(
    session: AsyncSession, prize: Mapping[str, Any], customer_id: UUID, draw_id: UUID
) -> Cost | None:
    """What it costs; or None when it can't be had: then its fallback is given."""
    match prize["kind"]:
        case PrizeKind.REWARD:
            return await _reward(session, prize["item"], customer_id, draw_id)
        case PrizeKind.VOUCHER:
            return await _voucher(session, prize["item"], customer_id, draw_id)
    return Cost()


async def _reward(
    session: AsyncSession, code: str, customer_id: UUID, draw_id: UUID
) -> Cost | None:
    (handed,) = await hand_out(session, [HandOut(code, customer_id, SOURCE, draw_id)])
    if handed.outcome == "given":
        return Cost(handed.cost_minor, handed.currency)
    log.info("lottery_prize_withheld", reward=code, outcome=handed.outcome)
    return None


async def _voucher(
    session: AsyncSession, code: str, customer_id: UUID, draw_id: UUID
) -> Cost | None:
    (issued,) = await issue_vouchers(session, [NewVoucher(code, customer_id, SOURCE, draw_id)])
    if issued.code is not None:
        return Cost()
    log.info("lottery_prize_withheld", voucher_type=code, outcome=issued.refused)
    return None
