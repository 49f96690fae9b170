"""What a marketer writes to plan a campaign, and how it is read."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from campaign.campaigns import models
from campaign.campaigns.planning import Plan
from campaign.campaigns.policy import policy_of
from campaign.catalogue.graph.inputs import OfferChannelKind, checked_minor
from campaign.channels import TOUCHPOINT
from campaign.facts.vocabulary import ABOUT_CUSTOMERS, ABOUT_TOUCHPOINTS, storable
from kit.errors import InvalidInput
from kit.graph.scalars import Long
from kit.predicates.graph import PredicateInput
from kit.units import checked_unit
from kit.written import CODE, checked_code, checked_currency, checked_words

CampaignGoal = strawberry.enum(models.Goal, name="CampaignGoal", description="What it is for.")
CampaignKind = strawberry.enum(
    models.CampaignKind,
    description="BATCH: an audience at a time; TRIGGERED: by an event; INBOUND: whoever comes.",
)
DEFAULT_ARMS: list[dict[str, Any]] = [{"code": "treatment", "weight": 1, "offers": []}]


@strawberry.input(description="An offer of a campaign.")
class CampaignOfferInput:
    code: str = strawberry.field(description="The offer's code.")
    weight: float = strawberry.field(
        default=1, description="Favours it over others: propensity x value x weight. Up to 1,000."
    )


@strawberry.input(description="What makes a campaign look at a touchpoint.")
class CampaignTriggerInput:
    touchpoint_kinds: list[str] = strawberry.field(description="1 to 50 kinds, such as ran_low.")
    when: PredicateInput | None = strawberry.field(
        default=UNSET, description=f"And only if this holds. {ABOUT_TOUCHPOINTS}"
    )


@strawberry.input(description="An arm of an A/B/n test.")
class CampaignArmInput:
    code: str = strawberry.field(description="Unique in the campaign; not `control`.")
    weight: float = strawberry.field(default=1, description="Its share among the arms.")
    offers: list[str] = strawberry.field(
        default_factory=list, description="Codes of the campaign's offers it gets; empty for all."
    )


@strawberry.input(description="Money for a campaign; 5% of it stays in reserve.")
class CampaignBudgetInput:
    amount_minor: Long = strawberry.field(description="In the smallest unit, not negative.")
    currency: str = strawberry.field(description="ISO 4217; the offers' currency.")


@strawberry.input(description="Most contacts a day on a kind of channel.")
class ChannelKindCapInput:
    channel_kind: OfferChannelKind = strawberry.field(description="The kind of channel.")  # type: ignore[valid-type]
    per_day: int = strawberry.field(description="1 to 1,000.")


@strawberry.input(description="What a campaign does differently from the organisation's policy.")
class ContactPolicyInput:
    per_day: int | None = strawberry.field(default=None, description="Contacts a local day.")
    per_week: int | None = strawberry.field(default=None, description="Contacts in seven days.")
    per_month: int | None = strawberry.field(default=None, description="Contacts in thirty days.")
    per_day_by_channel_kind: list[ChannelKindCapInput] = strawberry.field(
        default_factory=list, description="Further caps by kind of channel."
    )
    tasks_per_customer: int | None = strawberry.field(
        default=None, description="Tasks of this campaign for one customer ever; 1 unless said."
    )
    cool_down_days: int | None = strawberry.field(
        default=None, description="Silence after a refusal, 0 to 365 days."
    )
    complaint_cool_down_days: int | None = strawberry.field(
        default=None, description="Silence after a complaint, 0 to 365 days."
    )
    quiet_hours: bool | None = strawberry.field(
        default=None, description="False to reach out at any hour."
    )
    quiet_from: str | None = strawberry.field(default=None, description="Local time, HH:MM.")
    quiet_until: str | None = strawberry.field(default=None, description="Local time, HH:MM.")

    def read(self) -> dict[str, Any]:
        caps = {str(each.channel_kind.value): each.per_day for each in self.per_day_by_channel_kind}  # type: ignore[attr-defined]
        if any(not 1 <= cap <= 1_000 for cap in caps.values()):
            raise InvalidInput("contactPolicy.perDayByChannelKind", "is between 1 and 1,000")
        given = {name: value for name, value in vars(self).items() if value is not None}
        overrides = given | {"per_day_by_channel_kind": caps}
        policy_of(overrides)
        return overrides


@strawberry.input(description="What a campaign wants to reach.")
class CampaignTargetInput:
    name: str = strawberry.field(description="Such as acceptance_rate or conversions.")
    value: float = strawberry.field(description="The figure to reach.")


@strawberry.input(description="A campaign as it is planned.")
class PlanCampaignInput:
    code: str = strawberry.field(description=CODE)
    name: str = strawberry.field(description="1 to 200 characters.")
    unit: str = strawberry.field(description="The OrgUnit that runs it, for customers below it.")
    goal: CampaignGoal = strawberry.field(description="What it is for.")  # type: ignore[valid-type]
    kind: CampaignKind = strawberry.field(description="What sets it off.")  # type: ignore[valid-type]
    offers: list[CampaignOfferInput] = strawberry.field(description="1 to 20 offers.")
    budget: CampaignBudgetInput = strawberry.field(description="Its money.")
    trigger: CampaignTriggerInput | None = strawberry.field(
        default=None, description="Triggered and inbound campaigns have one."
    )
    audience: PredicateInput | None = strawberry.field(
        default=UNSET, description=f"Whom it is for; null for everybody. {ABOUT_CUSTOMERS}"
    )
    channels: list[str] = strawberry.field(
        default_factory=list,
        description="Channel codes, the preferred first; `touchpoint` is the channel the customer "
        "is at, and what an empty list means.",
    )
    hypothesis: str = strawberry.field(default="", description="What we expect and why.")
    starts_at: datetime | None = strawberry.field(default=None, description="Null: when started.")
    ends_at: datetime | None = strawberry.field(default=None, description="Null: when completed.")
    time_to_answer_hours: int = strawberry.field(
        default=72, description="A task's deadline, 1 to 2,160 hours after the decision."
    )
    contact_policy: ContactPolicyInput | None = strawberry.field(
        default=None, description="What differs from the organisation's policy."
    )
    targets: list[CampaignTargetInput] = strawberry.field(
        default_factory=list, description="What it wants to reach."
    )
    control_share: float = strawberry.field(
        default=0, description="Customers held out so that its effect can be measured: 0 to 0.5."
    )
    arms: list[CampaignArmInput] = strawberry.field(
        default_factory=list, description="Of an A/B/n test; one arm `treatment` if empty."
    )

    def read(self) -> Plan:
        self._check()
        return Plan(
            campaign=models.Campaign(
                code=checked_code(self.code),
                name=checked_words(self.name, "name"),
                unit=checked_unit(self.unit),
                goal=str(self.goal.value),  # type: ignore[attr-defined]
                kind=str(self.kind.value),  # type: ignore[attr-defined]
                hypothesis=checked_words(self.hypothesis, "hypothesis", 2_000, least=0),
                planned_by="",
                trigger_kinds=sorted(set(self.trigger.touchpoint_kinds)) if self.trigger else [],
                trigger=_rule(self.trigger.when, "trigger.when", True) if self.trigger else None,
                audience=_rule(self.audience, "audience", False),
                channels=list(dict.fromkeys(self.channels)) or [TOUCHPOINT],
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                time_to_answer_hours=self.time_to_answer_hours,
                contact_policy=self.contact_policy.read() if self.contact_policy else {},
                targets={each.name: each.value for each in self.targets},
                control_share=self.control_share,
                arms=[vars(arm) for arm in self.arms] or DEFAULT_ARMS,
                pilot_units=[],
            ),
            offer_codes=[each.code for each in self.offers],
            weights=[each.weight for each in self.offers],
            budget_minor=checked_minor(self.budget.amount_minor, "budget.amountMinor"),
            currency=checked_currency(self.budget.currency),
        )

    def _check(self) -> None:
        codes = [each.code for each in self.offers]
        batch = self.kind is models.CampaignKind.BATCH
        named = bool(self.channels) and TOUCHPOINT not in self.channels
        arms = [arm.code for arm in self.arms]
        wrong = {
            "offers": not 1 <= len(codes) <= 20 or len(set(codes)) != len(codes),
            "offers.weight": any(not 0 < each.weight <= 1_000 for each in self.offers),
            "timeToAnswerHours": not 1 <= self.time_to_answer_hours <= 2_160,
            "controlShare": not 0 <= self.control_share <= 0.5,
            "endsAt": bool(self.starts_at and self.ends_at and self.starts_at >= self.ends_at),
            "channels": len(self.channels) > 20 or (batch and not named),
            "targets": len(self.targets) > 20,
            "trigger": batch != (self.trigger is None),
            "trigger.touchpointKinds": bool(
                self.trigger and not 1 <= len(self.trigger.touchpoint_kinds) <= 50
            ),
            "arms": len(set(arms)) != len(arms) or models.CONTROL in arms or len(arms) > 20,
            "arms.weight": any(not 0 < arm.weight <= 1_000 for arm in self.arms),
            "arms.offers": any(set(arm.offers) - set(codes) for arm in self.arms),
        }
        for place, is_wrong in wrong.items():
            if is_wrong:
                raise InvalidInput(place, RULES[place])


RULES = {
    "offers": "takes 1 to 20 different offers",
    "offers.weight": "is more than 0 and at most 1,000",
    "timeToAnswerHours": "is between 1 and 2,160",
    "controlShare": "is between 0 and 0.5",
    "endsAt": "is after startsAt",
    "channels": "takes at most 20 codes, and for a batch campaign at least one, not touchpoint",
    "targets": "takes at most 20 figures",
    "trigger": "is what triggered and inbound campaigns have, and batch campaigns have not",
    "trigger.touchpointKinds": "takes 1 to 50 kinds",
    "arms": "takes at most 20 different codes, none of them control",
    "arms.weight": "is more than 0 and at most 1,000",
    "arms.offers": "names offers of the campaign",
}


def _rule(rule: PredicateInput | None, place: str, at_touchpoint: bool) -> Any:
    return storable(rule.tree(place), place, at_touchpoint=at_touchpoint) if rule else None
