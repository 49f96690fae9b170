"""What the platform learns of lotteries."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class LotteryOpened(Event):
    """An epoch of a lottery begins; the hashes commit to its seed, its prizes, and the next seed.

    `opening_hash` is of all that an epoch is opened with: the first link of its chain of draws.
    """

    subject: ClassVar[str] = "octoreach.loyalty.lottery.opened.v1"
    about: ClassVar[str] = "lottery_id"

    lottery_id: UUID
    code: str
    unit: str
    epoch: int
    opening_hash: str
    seed_hash: str
    next_seed_hash: str
    starts_at: datetime
    ends_at: datetime


class LotteryDrawn(Event):
    """A customer has drawn; `link` is where the draw stands in the epoch's chain."""

    subject: ClassVar[str] = "octoreach.loyalty.lottery.drawn.v1"
    about: ClassVar[str] = "customer_id"

    draw_id: UUID
    lottery_id: UUID
    code: str
    customer_id: UUID
    epoch: int
    number: int
    outcome: str
    prize_code: str
    prize_kind: str
    amount: int
    currency: str
    cost_minor: int
    cost_currency: str
    source_kind: str
    source_id: UUID
    link: str


class LotteryRevealed(Event):
    """An epoch is over; with `seed` anybody can check each of its draws, up to `head`."""

    subject: ClassVar[str] = "octoreach.loyalty.lottery.revealed.v1"
    about: ClassVar[str] = "lottery_id"

    lottery_id: UUID
    code: str
    unit: str
    epoch: int
    seed: str
    draws: int
    head: str
