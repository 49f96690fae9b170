"""Arbitration: of the candidates that passed every stage, the best one that can be paid for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from campaign.budget.models import CampaignBudget
from campaign.campaigns.models import CONTROL
from campaign.decisions.models import Outcome
from campaign.decisions.sampling import is_control
from campaign.decisions.stages import STAGES, Draft

LEFT, OUTRANKED = "left", "outranked"


@dataclass(slots=True)
class Verdict:
    """What was decided at a touchpoint: the winner if any, and every candidate's reason."""

    outcome: Outcome = Outcome.NOTHING
    winner: Draft | None = None
    held_out: list[Draft] = field(default_factory=list)
    candidates: list[dict[str, Any]] = field(default_factory=list)

    def note(self, draft: Draft, outcome: str, stage: str, reason: str) -> None:
        self.candidates.append(
            {
                "campaign_id": str(draft.campaign.row.id),
                "offer_id": str(draft.offer.row.id),
                "outcome": outcome,
                "stage": stage,
                "reason": reason,
            }
        )


class Purse:
    """The money that may still be committed within a transaction that holds the budgets."""

    def __init__(self, budgets: Mapping[UUID, CampaignBudget]) -> None:
        self.room = {id: budget.room_minor for id, budget in budgets.items()}
        self.promised: dict[UUID, int] = {}

    def lacks(self, draft: Draft) -> str | None:
        room, cost = self.room[draft.campaign.row.id], draft.offer.row.cost_minor
        if cost > room:
            return f"The offer costs up to {cost}, {room} of the budget are left."
        return None

    def promise(self, draft: Draft) -> None:
        campaign, cost = draft.campaign.row.id, draft.offer.row.cost_minor
        self.room[campaign] -= cost
        self.promised[campaign] = self.promised.get(campaign, 0) + cost


def judge(drafts: Sequence[Draft], purse: Purse) -> Verdict:
    """Take every candidate through the stages, then the best of those left through the rest."""
    verdict = Verdict()
    ranked = sorted((draft for draft in drafts if _passes(draft, verdict)), key=_rank)
    for draft in ranked:
        _consider(draft, verdict, purse)
    if verdict.winner is not None:
        verdict.outcome = Outcome.OFFERED
    elif verdict.held_out:
        verdict.outcome = Outcome.HELD_OUT
    return verdict


def _passes(draft: Draft, verdict: Verdict) -> bool:
    for stage, look in STAGES:
        reason = look(draft)
        if reason is not None:
            verdict.note(draft, LEFT, stage, reason)
            return False
    return True


def score(draft: Draft) -> float:
    """Propensity x value x weight."""
    offer = draft.offer
    propensity = draft.book.propensity(offer.row.id, draft.ways[0].kind)
    return propensity * max(offer.row.expected_value_minor, 1) * offer.weight


def _rank(draft: Draft) -> tuple[float, str, str]:
    return (-score(draft), draft.campaign.row.code, draft.offer.row.code)


def _consider(draft: Draft, verdict: Verdict, purse: Purse) -> None:
    """One candidate in its turn. Held-out customers are recorded where they would have won."""
    campaign, key = draft.campaign.row, draft.customer.sampling_key
    if (winner := verdict.winner) is not None:
        verdict.note(draft, OUTRANKED, "arbitration", f"{winner.offer.row.code} was worth more.")
    elif reason := purse.lacks(draft):
        verdict.note(draft, LEFT, "budget", reason)
    elif is_control(campaign.code, key, campaign.control_share):
        draft.arm = CONTROL
        if all(held.campaign.row.id != campaign.id for held in verdict.held_out):
            verdict.held_out.append(draft)
        reason = f"The customer is among the {campaign.control_share:.0%} held out to measure by."
        verdict.note(draft, Outcome.HELD_OUT, "control_group", reason)
    else:
        purse.promise(draft)
        verdict.winner = draft
        way = draft.ways[0]
        when = "" if way.at <= draft.now else f" from {way.at.isoformat()} on"
        reason = f"Worth {score(draft):.0f}, the most of all, by {way.code}{when}."
        verdict.note(draft, Outcome.OFFERED, "arbitration", reason)
