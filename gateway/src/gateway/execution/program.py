"""A plan made ready to run: everything that does not depend on a request, prepared once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

from graphql import ExecutionResult, GraphQLObjectType

from gateway.execution.completing import ObjectAnswer
from gateway.execution.generating import generate
from gateway.execution.projection import Projector
from gateway.execution.representations import TargetForms
from gateway.planning.operations import INTROSPECTION
from gateway.planning.plan import EntityForm, Plan, PlannedFetch, Target
from gateway.supergraph.field_sets import Pick, Selection

RUNS_BEFORE_CODE = 10


@dataclass(frozen=True, slots=True)
class PreparedFetch:
    """`asks_as` is the fetch that sends the same representations at the same time, often itself."""

    planned: PlannedFetch
    targets: tuple[tuple[Target, TargetForms], ...]
    asks_as: int

    def variables(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {name: given[name] for name in self.planned.variable_names if name in given}


@dataclass(frozen=True, slots=True)
class Stage:
    """Fetches that run as soon as those they wait for are done.

    `line` is their order where none of them could run beside another.
    """

    fetches: Mapping[int, PreparedFetch]
    line: tuple[PreparedFetch, ...] | None
    first: tuple[int, ...]
    followers: Mapping[int, tuple[int, ...]]
    waits: Mapping[int, int]


@dataclass(eq=False)
class Program:
    plan: Plan
    stages: tuple[Stage, ...]
    answer: ObjectAnswer
    root_type: GraphQLObjectType
    picks: tuple[Pick, ...]
    projector: Projector
    runs: int = 0
    introspected: ExecutionResult | None = None

    @classmethod
    def of(cls, plan: Plan) -> Program:
        if plan.program is None:
            schema = plan.supergraph.api_schema
            name = plan.supergraph.roots[plan.kind]
            root_type = cast(GraphQLObjectType, schema.type_map[name])
            picks = tuple(p for p in plan.selection.picks if p.name not in INTROSPECTION)
            projector = Projector(plan.supergraph)
            answer = projector.object(root_type, picks)
            stages = tuple(_stage(plan, fetches) for fetches in plan.stages)
            plan.program = cls(plan, stages, answer, root_type, picks, projector)
        return cast(Program, plan.program)

    def count_run(self) -> None:
        """Generate code for a plan that is run often: one piece at a time, so that nobody waits."""
        self.runs += 1
        if self.runs > RUNS_BEFORE_CODE and self.projector.to_generate:
            generate(self.projector.to_generate.pop())


def _stage(plan: Plan, fetches: tuple[PlannedFetch, ...]) -> Stage:
    followers: dict[int, list[int]] = {fetch.id: [] for fetch in fetches}
    for fetch in fetches:
        for earlier in fetch.after:
            followers[earlier].append(fetch.id)
    prepared = _prepared(plan, fetches)
    pairs = pairwise(fetches)
    is_line = all(earlier.id in later.after for earlier, later in pairs)
    return Stage(
        fetches=prepared,
        line=tuple(prepared.values()) if is_line else None,
        first=tuple(fetch.id for fetch in fetches if not fetch.after),
        followers={number: tuple(after) for number, after in followers.items()},
        waits={fetch.id: len(fetch.after) for fetch in fetches},
    )


def _prepared(plan: Plan, fetches: tuple[PlannedFetch, ...]) -> dict[int, PreparedFetch]:
    """Fetches that tell the same objects at the same time in the same words do it together."""
    prepared: dict[int, PreparedFetch] = {}
    alike: dict[Hashable, PreparedFetch] = {}
    for fetch in fetches:
        words = fetch.after, *(_words(target) for target in fetch.targets)
        known = alike.get(words)
        if known is None:
            targets = tuple((t, TargetForms(plan.supergraph, t)) for t in fetch.targets)
            known = alike[words] = PreparedFetch(fetch, targets, fetch.id)
        prepared[fetch.id] = PreparedFetch(fetch, known.targets, known.asks_as)
    return prepared


def _words(target: Target) -> Hashable:
    forms = tuple((name, _form_words(form)) for name, form in sorted(target.forms.items()))
    return target.path, forms, target.otherwise and _form_words(target.otherwise)


def _form_words(form: EntityForm) -> Hashable:
    return form.type_name, tuple(map(_selection_words, form.keys)), _selection_words(form.wants)


def _selection_words(selection: Selection) -> Hashable:
    return tuple(
        (p.key, p.conditions, None if p.children is None else _selection_words(p.children))
        for p in selection.picks
    )
