"""One operation of a document: what its variables must be, what it costs, its plans."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import DocumentNode, OperationDefinitionNode, OperationType

from gateway.documents.cost import Cost
from gateway.documents.limits import too_complex
from gateway.documents.reading import DocumentRules, formatted
from gateway.documents.variables import VariableRules
from gateway.execution import Result
from gateway.overrides import NONE as NO_LABELS
from gateway.planning import NoPlan, Plan, PlanTooComplex, conditions_of, plan_operation
from gateway.protection.access import Demand, FieldName
from gateway.protection.withholding import Withheld, withhold
from gateway.refusals import OperationRefused, error
from gateway.supergraph import Supergraph
from kit.identity import Caller

MOST_PLANS: Final = 64

Denied = frozenset[FieldName]
NOTHING_DENIED: Final[Denied] = frozenset()
PlanKey = tuple[tuple[bool | None, ...], Denied, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what was left out of it because the caller may not have it."""

    plan: Plan
    withheld: Withheld | None

    def completed(self, result: Result) -> Result:
        if self.withheld is None:
            return result
        return Result(self.withheld.apply(result.data), [*result.errors, *self.withheld.errors])


class Operation:
    """Judged when its document is read; planned when first run, once per set of conditions."""

    def __init__(
        self,
        supergraph: Supergraph,
        document: DocumentNode,
        node: OperationDefinitionNode,
        rules: DocumentRules,
        demands: Mapping[FieldName, Demand],
    ) -> None:
        self.name = node.name.value if node.name else None
        self.kind = node.operation.value
        self.reads_only = node.operation is OperationType.QUERY
        self.streams = node.operation is OperationType.SUBSCRIPTION
        self.runs = 0
        self._supergraph = supergraph
        self._document = document
        self._node = node
        self._most_cost = rules.limits.cost
        self._demands = demands
        self._variables = VariableRules(supergraph.api_schema, node, not rules.suggestions)
        self._cost = Cost(supergraph, document, node, rules.assumed_list_size)
        self._conditions = tuple(sorted(conditions_of(document, self.name)))
        self._plans: dict[PlanKey, Planned] = {}

    def check(self, variables: Mapping[str, Any]) -> None:
        """Refuse variables that do not fit, or with which the operation costs too much."""
        if failures := self._variables.errors(variables):
            raise OperationRefused([formatted(each, "BAD_USER_INPUT") for each in failures])
        if self._most_cost and (cost := self._cost.of(variables)) > self._most_cost:
            raise too_complex("cost", cost, self._most_cost)

    def cost(self, variables: Mapping[str, Any]) -> float:
        return self._cost.of(variables)

    def key(
        self,
        variables: Mapping[str, Any],
        caller: Caller | None,
        enforced: bool,
        labels: frozenset[str] = NO_LABELS,
    ) -> PlanKey:
        """What the plan depends on: its conditions, what the caller may not have, labels that are on."""
        values = tuple(variables.get(name) for name in self._conditions) if self._conditions else ()
        if not enforced or not self._demands:
            return values, NOTHING_DENIED, labels
        denied = (name for name, demand in self._demands.items() if not demand.met_by(caller))
        return values, frozenset(denied), labels

    def forget_plans(self) -> None:
        """Free them now: a plan and the program made of it hold each other."""
        for planned in self._plans.values():
            planned.plan.program = None
        self._plans.clear()

    def known_plan(self, key: PlanKey) -> Planned | None:
        return self._plans.get(key)

    def plan(self, key: PlanKey) -> Planned:
        """Plan, and keep the plan; takes as long as planning may, so not on the event loop."""
        values, denied, labels = key
        given = zip(self._conditions, values, strict=True)
        conditions = {name: value for name, value in given if isinstance(value, bool)}
        withheld = None
        document = self._document
        if denied:
            withheld = withhold(self._supergraph.api_schema, document, self._node, denied)
            document = withheld.document
        try:
            plan = plan_operation(self._supergraph, document, self.name, conditions, labels)
        except PlanTooComplex as bound:
            raise OperationRefused([error(str(bound), "OPERATION_TOO_COMPLEX")]) from None
        except NoPlan as gap:
            raise OperationRefused([error(str(gap), "NO_PLAN")]) from None
        if len(self._plans) >= MOST_PLANS:
            self._plans.pop(next(iter(self._plans)))
        planned = self._plans[key] = Planned(plan, withheld)
        return planned
