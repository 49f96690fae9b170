"""Deciding, once per document, which subgraph is asked for what and in which order."""

from gateway.planning.choosing import PlanTooComplex
from gateway.planning.conditions import UnknownOperation, conditions_of, operation_of
from gateway.planning.plan import Plan, PlannedFetch, SubscriptionStart
from gateway.planning.planning import NoPlan, plan_operation

__all__ = [
    "NoPlan",
    "Plan",
    "PlanTooComplex",
    "PlannedFetch",
    "SubscriptionStart",
    "UnknownOperation",
    "conditions_of",
    "operation_of",
    "plan_operation",
]
