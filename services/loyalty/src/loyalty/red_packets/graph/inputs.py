"""What a marketer writes to draft a red packet, and how it is read."""

from datetime import datetime

import strawberry

from kit.errors import InvalidInput as InvalidInputError
from kit.graph.scalars import Long
from kit.units import checked_unit
from kit.written import CODE, checked_code
from loyalty.admission.graph import require_few
from loyalty.points.commands.spending import require_words
from loyalty.points.models import MOST_POINTS
from loyalty.red_packets import models
from loyalty.red_packets.graph.packet import RedPacketSplit

CODE_LENGTH = 64


NAME_LENGTH = 120


@strawberry.input(description="A sum to be given away in parts.")
class DraftRedPacketInput:
    code: str = strawberry.field(description=CODE)
    name: str = strawberry.field(description="Its name for members, up to 120 characters.")
    unit: str = strawberry.field(description="For members of this unit and below.")
    currency: str = strawberry.field(
        default="cash_back", description="Of which wallet: a code of `currencies`."
    )
    amount: Long = strawberry.field(description="All parts together.")
    parts: int = strawberry.field(description="How many, 1 to 10000.")
    smallest: Long = strawberry.field(
        default=Long(1), description="No part is smaller, from 1; times `parts` at most `amount`."
    )
    split: models.RedPacketSplit = strawberry.field(
        default=RedPacketSplit.RANDOM, description="How the sum falls into parts."
    )
    tiers: list[str] = strawberry.field(
        default_factory=list, description="For members of these tiers, up to 20; empty: of any."
    )
    segments: list[str] = strawberry.field(
        default_factory=list,
        description="For members of any of these segments, up to 20 codes; empty: of any.",
    )
    by_link: bool = strawberry.field(
        default=False, description="Only for those who have its link: a group that grabs."
    )
    campaign_code: str | None = strawberry.field(
        default=None,
        description="Whose budget pays for what is grabbed; null: the programme does. The campaign "
        "is of your unit or below, approved, and has all of it left when it opens.",
    )
    ends_at: datetime = strawberry.field(description="What is left then goes back.")

    def read(self) -> models.Terms:
        """What it says, or InvalidInput."""
        for field, given, most in (
            ("name", self.name, NAME_LENGTH),
            ("campaignCode", self.campaign_code or "-", CODE_LENGTH),
        ):
            require_words(field, given, most)
        _require_enough(self)
        require_few("tiers", self.tiers)
        require_few("segments", self.segments)
        return models.Terms(
            code=checked_code(self.code),
            name=self.name,
            unit=checked_unit(self.unit),
            currency=self.currency,
            amount=self.amount,
            parts=self.parts,
            smallest=self.smallest,
            split=self.split,
            tiers=sorted(set(self.tiers)),
            segments=sorted(set(self.segments)),
            by_link=self.by_link,
            campaign_code=self.campaign_code,
            ends_at=self.ends_at,
        )


def _require_enough(asked: DraftRedPacketInput) -> None:
    if not 1 <= asked.amount <= MOST_POINTS:
        raise InvalidInputError("amount", f"is between 1 and {MOST_POINTS}")
    if not 1 <= asked.parts <= models.MOST_PARTS:
        raise InvalidInputError("parts", f"are between 1 and {models.MOST_PARTS}")
    if asked.smallest < 1 or asked.smallest * asked.parts > asked.amount:
        raise InvalidInputError("smallest", "is from 1, and enough for all parts")
