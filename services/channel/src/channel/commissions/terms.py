"""What the terms of a plan must be."""

import re
from typing import Any

from channel.commissions.models import CommissionKind, CommissionPlan
from channel.texts import checked_code, checked_text
from kit.errors import InvalidInput
from kit.units import checked_unit
from kit.written import checked_currency

WHOLE = 10_000
MOST_STEPS = 20
LARGEST = 10**15


def checked_plan(**terms: Any) -> CommissionPlan:
    """The plan with these terms, or InvalidInput."""
    plan = CommissionPlan(**terms)
    checked_unit(plan.unit)
    _check_names(plan)
    if plan.until is not None and plan.until <= plan.since:
        raise InvalidInput("until", "comes after since")
    if plan.cap_minor is not None and not 0 < plan.cap_minor <= LARGEST:
        raise InvalidInput("capMinor", "is above 0")
    CHECKS[CommissionKind(plan.kind)](plan)
    return plan


def _check_names(plan: CommissionPlan) -> None:
    checked_code(plan.code)
    plan.name = checked_text(plan.name, "name")
    for field, code in (("partnerCode", plan.partner_code), ("tier", plan.tier)):
        if code is not None:
            checked_code(code, field)
    if plan.offer_code is not None:
        checked_text(plan.offer_code, "offerCode", 100)
    checked_currency(plan.currency)


def _check_flat(plan: CommissionPlan) -> None:
    if not 0 < plan.flat_minor <= LARGEST:
        raise InvalidInput("flatMinor", "is above 0")
    _check_unused(plan, "basis_points", "steps")


def _check_percentage(plan: CommissionPlan) -> None:
    if not 0 < plan.basis_points <= WHOLE:
        raise InvalidInput("basisPoints", f"is between 1 and {WHOLE}")
    _check_unused(plan, "flat_minor", "steps")


def _check_stepped(plan: CommissionPlan) -> None:
    starts = [each["from_minor"] for each in plan.steps]
    if not 0 < len(starts) <= MOST_STEPS or starts[0] != 0 or starts != sorted(set(starts)):
        raise InvalidInput("steps", f"are 1 to {MOST_STEPS}, ascending, the first from 0")
    if any(not 0 <= each["basis_points"] <= WHOLE for each in plan.steps):
        raise InvalidInput("steps.basisPoints", f"is between 0 and {WHOLE}")
    _check_unused(plan, "flat_minor", "basis_points")


def _check_unused(plan: CommissionPlan, *names: str) -> None:
    for name in names:
        if getattr(plan, name):
            field = re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)
            raise InvalidInput(field, f"does not go with a {plan.kind} plan")


CHECKS = {
    CommissionKind.FLAT: _check_flat,
    CommissionKind.PERCENTAGE: _check_percentage,
    CommissionKind.STEPPED: _check_stepped,
}
