"""Adding tiers to the ladder, changing and describing them."""

import re
from typing import Annotated, TypeAlias

import strawberry

from kit.errors import InvalidInput as InvalidInputError
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound
from kit.graph.scalars import Long
from loyalty.tiers import models
from loyalty.tiers.commands import ladder
from loyalty.tiers.graph.ladder import LoyaltyTier

CODE = re.compile(r"[a-z0-9_-]{1,40}")
NAME_LENGTH = 100
MOST_CHARACTERS = 2_000
HIGHEST = 10**12


def _named(name: str) -> str:
    if not (name.strip() and name.isprintable() and len(name) <= NAME_LENGTH):
        raise InvalidInputError("name", f"takes 1 to {NAME_LENGTH} printable characters")
    return name


def _reached_at(threshold: int, lowest: int) -> int:
    if not lowest <= threshold <= HIGHEST:
        raise InvalidInputError("threshold", f"is {lowest} to {HIGHEST}")
    return threshold


def _described(benefits: str) -> str:
    if len(benefits) > MOST_CHARACTERS or "\0" in benefits:
        raise InvalidInputError("benefits", f"takes up to {MOST_CHARACTERS} characters")
    return benefits


@strawberry.input(description="Another tier for the ladder.")
class AddTierInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _; for ever.")
    name: str = strawberry.field(description="The name members see, 1 to 100 characters.")
    threshold: Long = strawberry.field(
        description="Reached at so many qualifying points in twelve months, 1 to 10^12; no other "
        "tier's."
    )
    benefits: str = strawberry.field(
        default="", description="What it brings, for members; up to 2,000 characters."
    )

    def read(self) -> models.Tier:
        if not CODE.fullmatch(self.code):
            raise InvalidInputError("code", "is 1 to 40 of a-z, 0-9, - and _")
        return models.Tier(
            code=self.code,
            name=_named(self.name),
            threshold=_reached_at(self.threshold, 1),
            benefits=_described(self.benefits),
        )


@strawberry.type(description="Members reach it from now on.")
class TierWasAdded:
    tier: LoyaltyTier = strawberry.field(description="The tier.")


@strawberry.type(description="It holds from now on.")
class TierWasChanged:
    tier: LoyaltyTier = strawberry.field(description="It, as it is now.")


@strawberry.type(description="Members see the text from now on.")
class TierWasDescribed:
    tier: LoyaltyTier = strawberry.field(description="The tier.")


AddTierResult: TypeAlias = Annotated[
    TierWasAdded | InvalidInput | Conflict, strawberry.union("AddTierResult")
]
ChangeTierResult: TypeAlias = Annotated[
    TierWasChanged | InvalidInput | NotFound | Conflict, strawberry.union("ChangeTierResult")
]
DescribeTierResult: TypeAlias = Annotated[
    TierWasDescribed | NotFound | InvalidInput, strawberry.union("DescribeTierResult")
]
Code = Annotated[str, strawberry.argument(description="The tier's code.")]


@strawberry.type
class TiersMutation:
    @strawberry.mutation(
        description="Put another tier on the ladder, which has up to 20. Members who deserve it "
        "rise soon, page by page (`LoyaltyTierVersion.lift`), and `loyalty.tier.changed` tells "
        "of each; nobody falls by it. The same again changes nothing.",
        extensions=[Roles("marketer", "operator", of_all_units=True)],
    )
    async def add_tier(self, info: Info, input: AddTierInput) -> AddTierResult:
        wanted, by = input.read(), info.context.caller.subject
        async with info.context.db.transaction() as session:
            row = await ladder.add_tier(session, wanted, by)
        return TierWasAdded(tier=LoyaltyTier.of(row))

    @strawberry.mutation(
        description="Name a tier anew and set where it is reached. Tiers keep their order, and "
        "the foot of the ladder its 0. With less to reach, who deserves it rises soon, page by "
        "page (`LoyaltyTierVersion.lift`), and `loyalty.tier.changed` tells of each; with more, "
        "nobody falls before their period and their days of grace have ended. Refused when "
        "somebody has changed it since `version`. The same again changes nothing.",
        extensions=[Roles("marketer", "operator", of_all_units=True)],
    )
    async def change_tier(
        self,
        info: Info,
        code: Code,
        version: Annotated[
            int, strawberry.argument(description="The one you have seen: `LoyaltyTier.version`.")
        ],
        name: Annotated[
            str, strawberry.argument(description="The name members see, 1 to 100 characters.")
        ],
        threshold: Annotated[
            Long,
            strawberry.argument(
                description="Qualifying points, up to 10^12: more than of the tier below, less "
                "than of the one above."
            ),
        ],
    ) -> ChangeTierResult:
        by = info.context.caller.subject
        _named(name), _reached_at(threshold, 0)
        async with info.context.db.transaction() as session:
            row = await ladder.change_tier(session, code, version, name, threshold, by)
        return TierWasChanged(tier=LoyaltyTier.of(row))

    @strawberry.mutation(
        description="Say in words what a tier brings its members.",
        extensions=[Roles("marketer", "operator", of_all_units=True)],
    )
    async def describe_tier(
        self,
        info: Info,
        code: Code,
        benefits: Annotated[str, strawberry.argument(description="Up to 2,000 characters.")],
    ) -> DescribeTierResult:
        by = info.context.caller.subject
        _described(benefits)
        async with info.context.db.transaction() as session:
            row = await ladder.describe_tier(session, code, benefits, by)
        return TierWasDescribed(tier=LoyaltyTier.of(row))
