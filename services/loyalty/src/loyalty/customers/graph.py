"""The customer in the graph, as far as loyalty goes."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import Personal
from kit.merging.mergers import current_ids
from loyalty.accesses.noting import saw
from loyalty.achievements.graph.progress import READERS as ACHIEVEMENT_READERS
from loyalty.achievements.graph.progress import AchievementProgress, achievements_of
from loyalty.benefits.graph import READERS as BENEFIT_READERS
from loyalty.benefits.graph import Benefit, benefits_of
from loyalty.clubs.graph.clubs import READERS as CLUB_READERS
from loyalty.clubs.graph.clubs import ClubMembership, clubs_of
from loyalty.earning.graph.explaining import EXPLAINED_TO, Earning, earnings_of
from loyalty.endorsements.graph import SHOWN_TO, EndorsementShown, endorsements_shown_to
from loyalty.fulfilments.graph import READERS as RECIPIENTS
from loyalty.fulfilments.graph import Fulfilment, fulfilments_of
from loyalty.points.graph.account import READERS, PointsAccount, accounts_of
from loyalty.privileges.graph import READERS as PRIVILEGE_READERS
from loyalty.privileges.graph import HeldPrivilege, held_privileges_of
from loyalty.redemptions.graph.redemptions import Redemption, redemptions_by
from loyalty.referrals.graph.referrals import Referral, ReferralCode, codes_of, referrals_by
from loyalty.rewards.graph.catalogue import MemberReward, OfKind, rewards_for
from loyalty.value.graph import MemberValue, values_of
from loyalty.vouchers.graph.types import READERS as VOUCHER_READERS
from loyalty.vouchers.graph.types import Voucher, vouchers_of_customer
from loyalty.vouchers.models import VoucherState


@strawberry.federation.type(keys=["id"], description="A customer, as far as points go.")
class Customer:
    id: UUID = strawberry.field(description="Their identifier.")

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Customer":
        return cls(id=await info.context.loader(_ids_of_today).load(UUID(id)))

    @strawberry.field(
        description="Their points; null without an account that the caller may see.",
        extensions=[Roles(*READERS)],
    )
    async def points(self, info: Info) -> PointsAccount | None:
        return await info.context.loader(accounts_of).load(self.id)

    @strawberry.field(
        description="What there is for them, by code: live rewards of their unit and those above, "
        "each with whether they may have it now, and if not, why; null without an account that "
        "the caller may see.",
        extensions=[Roles(*READERS)],
    )
    async def rewards(
        self, info: Info, kind: OfKind = None, first: First = 20, after: After = None
    ) -> Connection[MemberReward] | None:
        return await rewards_for(info, self.id, kind, first, after)

    @strawberry.field(
        description="Rewards they took or reserved for points, the newest first; null without an "
        "account that the caller may see.",
        extensions=[Roles(*READERS), Personal(saw, "redemptions")],
    )
    async def redemptions(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[Redemption] | None:
        return await redemptions_by(info, self.id, first, after)

    @strawberry.field(
        description="What they are worth today; null without an account that the caller may see.",
        extensions=[
            Roles("marketer", "front_line", "analyst", "operator"),
            Personal(saw, "member_value"),
        ],
    )
    async def member_value(self, info: Info) -> MemberValue | None:
        return await info.context.loader(values_of).load(self.id)

    @strawberry.field(
        description="Those whom they brought, the newest first; null without an account that the "
        "caller may see.",
        extensions=[Roles(*EXPLAINED_TO), Personal(saw, "referrals")],
    )
    async def referrals(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[Referral] | None:
        return await referrals_by(info, self.id, first, after)

    @strawberry.field(
        description="What they did and which rule gave what for it, the newest first; null "
        "without an account that the caller may see.",
        extensions=[Roles(*EXPLAINED_TO), Personal(saw, "earnings")],
    )
    async def earnings(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[Earning] | None:
        return await earnings_of(info, self.id, first, after)

    @strawberry.field(
        description="What privileges they have now, by code; null without an account that the "
        "caller may see.",
        extensions=[Roles(*PRIVILEGE_READERS), Personal(saw, "privileges")],
    )
    async def privileges(self, info: Info) -> list[HeldPrivilege] | None:
        return await info.context.loader(held_privileges_of).load(self.id)

    @strawberry.field(
        description="Which recommendations they were shown, the newest first; null without an "
        "account that the caller may see.",
        extensions=[Roles(*SHOWN_TO), Personal(saw, "endorsements")],
    )
    async def endorsements(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[EndorsementShown] | None:
        return await endorsements_shown_to(info, self.id, first, after)

    @strawberry.field(
        description="How far they are with each achievement for members of their unit, by code; "
        "null without an account that the caller may see.",
        extensions=[Roles(*ACHIEVEMENT_READERS), Personal(saw, "achievements")],
    )
    async def achievements(self, info: Info) -> list[AchievementProgress] | None:
        return await info.context.loader(achievements_of).load(self.id)

    @strawberry.field(
        description="The clubs they belong to, joined last first; null without an account that the "
        "caller may see.",
        extensions=[Roles(*CLUB_READERS), Personal(saw, "clubs")],
    )
    async def clubs(
        self,
        info: Info,
        current: Annotated[
            bool, strawberry.argument(description="False: also those they have left.")
        ] = True,
        first: First = 10,
        after: After = None,
    ) -> Connection[ClubMembership] | None:
        return await clubs_of(info, self.id, current, first, after)

    @strawberry.field(
        description="What they were to be given, the newest first; null without an account that "
        "the caller may see.",
        extensions=[Roles(*RECIPIENTS), Personal(saw, "fulfilments")],
    )
    async def fulfilments(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[Fulfilment] | None:
        return await fulfilments_of(info, self.id, first, after)

    @strawberry.field(
        description="Vouchers of their own, the newest first; null without an account that the "
        "caller may see.",
        extensions=[Roles(*VOUCHER_READERS), Personal(saw, "vouchers")],
    )
    async def vouchers(
        self,
        info: Info,
        state: Annotated[
            VoucherState | None, strawberry.argument(description="In this state.")
        ] = None,
        first: First = 10,
        after: After = None,
    ) -> Connection[Voucher] | None:
        return await vouchers_of_customer(info, self.id, state, first, after)

    @strawberry.field(
        description="The code they give to those they bring; null while they have none, and "
        "without an account that the caller may see. `openReferralCode` makes one.",
        extensions=[
            Roles("front_line", "operator", "customer"),
            Personal(saw, "referral_code"),
        ],
    )
    async def referral_code(self, info: Info) -> ReferralCode | None:
        return await info.context.loader(codes_of).load(self.id)

    @strawberry.field(
        description="What campaigns granted them, the newest first; null without an account that "
        "the caller may see.",
        extensions=[Roles(*BENEFIT_READERS), Personal(saw, "benefits")],
    )
    async def benefits(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[Benefit] | None:
        return await benefits_of(info, self.id, first, after)


async def _ids_of_today(context: Context, ids: Sequence[UUID]) -> list[UUID]:
    async with context.db.reading() as session:
        current = await current_ids(session, ids)
    return [current.get(each, each) for each in ids]
