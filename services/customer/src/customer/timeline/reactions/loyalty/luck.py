"""What loyalty reports of draws, red packets, and whom customers brought."""

from typing import Final
from uuid import UUID

from customer.timeline.reactions.happening import Happening


class LotteryDrawn(Happening):
    subject = "octoreach.loyalty.lottery.drawn.v1"
    entry_kind = "lottery_drawn"
    shown = ("lottery_code", "prize_code", "draw_id")

    draw_id: UUID
    code: str
    outcome: str
    prize_code: str | None = None

    @property
    def lottery_code(self) -> str:
        return self.code

    def title(self) -> str:
        won = self.outcome == "won"
        return f"Won in the lottery {self.code}" if won else f"Drew a blank in {self.code}"


class RedPacketMoved(Happening):
    shown = ("red_packet_code", "number")

    code: str
    number: int
    currency: str
    amount: int

    @property
    def red_packet_code(self) -> str:
        return self.code


class RedPacketTaken(RedPacketMoved):
    subject = "octoreach.loyalty.red_packet.taken.v1"
    entry_kind = "red_packet_taken"

    held: bool

    def title(self) -> str:
        held = ", to be looked at" if self.held else ""
        return f"Took {self.amount} {self.currency} of a red packet{held}"


class RedPacketReturned(RedPacketMoved):
    subject = "octoreach.loyalty.red_packet.returned.v1"
    entry_kind = "red_packet_returned"

    def title(self) -> str:
        return f"{self.amount} {self.currency} of a red packet went back"


class ReferralQualified(Happening):
    subject = "octoreach.loyalty.referral.qualified.v1"
    entry_kind = "referral_qualified"
    shown = ("referral_id", "order_id")

    referral_id: UUID
    order_id: UUID

    def title(self) -> str:
        return "Somebody they brought has ordered"


class ReferralDisqualified(Happening):
    subject = "octoreach.loyalty.referral.disqualified.v1"
    entry_kind = "referral_disqualified"
    shown = ("reason", "referral_id", "order_id")

    referral_id: UUID
    order_id: UUID
    reason: str

    def title(self) -> str:
        return "Somebody they brought counts no longer"


HEARD: Final = (
    LotteryDrawn,
    RedPacketTaken,
    RedPacketReturned,
    ReferralQualified,
    ReferralDisqualified,
)
