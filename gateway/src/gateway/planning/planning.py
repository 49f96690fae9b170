"""From a document to its plan."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from functools import lru_cache

from graphql import DocumentNode

from gateway.planning.choosing import Choice, NoWay, PlanTooComplex
from gateway.planning.draft import Fetch, Place
from gateway.planning.finishing import finish
from gateway.planning.knowledge import Knowledge
from gateway.planning.operations import INTROSPECTION, Operation, read_operation
from gateway.planning.plan import Plan, PlannedFetch, SubscriptionStart
from gateway.planning.search import Search
from gateway.supergraph import Supergraph
from gateway.supergraph.field_sets import Selection

ALWAYS_ON = frozenset(("percent(100)",))


class NoPlan(Exception):
    """The subgraphs cannot answer the document between them; the message names the field."""


def plan_operation(
    supergraph: Supergraph,
    document: DocumentNode,
    operation_name: str | None,
    conditions: Mapping[str, bool],
    labels: frozenset[str] = frozenset(),
) -> Plan:
    """Plan a validated document: deterministic, and bounded in work whatever the document.

    `labels` are the override labels that are on. Raises UnknownOperation, NoPlan where the
    subgraphs cannot answer, and PlanTooComplex past the bound.
    """
    operation = read_operation(document, operation_name, conditions)
    knowledge = _knowledge(supergraph, supergraph.override_labels & (labels | ALWAYS_ON))
    try:
        stages = _plan_stages(knowledge, operation)
    except NoWay as error:
        raise NoPlan(f"No subgraph can answer {error} here.") from error
    except RecursionError as error:
        raise PlanTooComplex("The document is nested too deeply to be planned.") from error
    return Plan(
        kind=operation.kind,
        operation_name=operation.name,
        stages=stages,
        selection=operation.selection,
        supergraph=supergraph,
        introspection=operation.introspection,
        subscription=_start(operation, stages),
    )


@lru_cache(maxsize=8)
def _knowledge(supergraph: Supergraph, labels: frozenset[str]) -> Knowledge:
    return Knowledge(supergraph, labels)


def _plan_stages(
    knowledge: Knowledge, operation: Operation
) -> tuple[tuple[PlannedFetch, ...], ...]:
    stages: list[tuple[PlannedFetch, ...]] = []
    choice, count = Choice(), 0
    for selection in _in_stages(operation):
        root = Place(None, None, knowledge.supergraph.roots[operation.kind])
        Search(knowledge, operation.kind, choice).plan_place(root, selection)
        stage = finish(knowledge, _fetches(root), operation.variable_definitions, count)
        stages.append(stage)
        count += len(stage)
    return tuple(stages)


def _in_stages(operation: Operation) -> Iterator[Selection]:
    """A query as a whole; the fields of a mutation one after the other."""
    asked = [pick for pick in operation.selection.picks if pick.name not in INTROSPECTION]
    if operation.kind != "mutation":
        yield Selection(tuple(asked))
        return
    for key in dict.fromkeys(pick.key for pick in asked):
        yield Selection(tuple(pick for pick in asked if pick.key == key))


def _fetches(place: Place) -> Iterator[Fetch]:
    pending = deque((place,))
    while pending:
        at = pending.popleft()
        yield from at.fetches
        for site in at.sites.values():
            pending.extend(site.children.values())


def _start(
    operation: Operation, stages: tuple[tuple[PlannedFetch, ...], ...]
) -> SubscriptionStart | None:
    if operation.kind != "subscription":
        return None
    for fetch in (fetch for stage in stages for fetch in stage):
        if fetch.kind == "subscription":
            return SubscriptionStart(fetch.subgraph, fetch.query, None, fetch.variable_names)
    return None
