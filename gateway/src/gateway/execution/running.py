"""Running a plan: each fetch as soon as what it waits for is there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal

from graphql import execute_sync

from gateway.execution.completing import project
from gateway.execution.entities import Batch, Collection
from gateway.execution.merging import Object, merge_in_turn, objects_at, undo_renames
from gateway.execution.pacing import Pace
from gateway.execution.problems import Examiner, is_explained
from gateway.execution.program import PreparedFetch, Program, Stage
from gateway.execution.reporting import MOST_SHOWN, Reporter, entities_in
from gateway.execution.requests import Fetch, Result, SubgraphFailure, SubgraphRequest
from gateway.planning.plan import Plan, PlannedFetch, Rename


async def execute(
    plan: Plan, variables: Mapping[str, Any], fetch: Fetch, *, batch_size: int = 500
) -> Result:
    """Answer a query or mutation; a subgraph that fails costs only the fields it owed."""
    return await Run(Program.of(plan), variables, fetch, batch_size).result()


async def execute_event(
    plan: Plan,
    event: Mapping[str, Any],
    variables: Mapping[str, Any],
    fetch: Fetch,
    *,
    batch_size: int = 500,
) -> Result:
    """Answer one event of a subscription, as its subgraph sent it, completed by the others."""
    return await Run(Program.of(plan), variables, fetch, batch_size, event).result()


@dataclass(slots=True)
class Run:
    """One execution; `data` grows by every answer."""

    program: Program
    variables: Mapping[str, Any]
    fetch: Fetch
    batch_size: int
    event: Mapping[str, Any] | None = None
    data: Object = field(default_factory=dict)
    reporter: Reporter = field(init=False)
    pace: Pace = field(default_factory=Pace)
    collections: dict[int, Collection] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reporter = Reporter(self.program.plan.selection)

    async def result(self) -> Result:
        self.program.count_run()
        for stage in self.program.stages:
            await self._stage(stage)
        answer, unfit = await project(self.program.answer, self.data, self.pace)
        if unfit:
            await self._explain()
        if self.program.plan.introspection is not None:
            answer = await self._introspect(answer)
        return Result(answer, self.reporter.problems)

    async def _stage(self, stage: Stage) -> None:
        self.collections = {}
        if stage.line is not None:
            for fetch in stage.line:
                await self._perform(fetch)
        else:
            waits = dict(stage.waits)
            async with asyncio.TaskGroup() as group:
                for number in stage.first[1:]:
                    group.create_task(self._follow(number, stage, waits, group))
                await self._follow(stage.first[0], stage, waits, group)

    async def _follow(
        self, number: int, stage: Stage, waits: dict[int, int], group: asyncio.TaskGroup
    ) -> None:
        """Perform a fetch, then what waited for it last: one in line, others as tasks."""
        following: int | None = number
        while following is not None:
            await self._perform(stage.fetches[following])
            ready = []
            for follower in stage.followers[following]:
                waits[follower] -= 1
                if waits[follower] == 0:
                    ready.append(follower)
            for other in ready[1:]:
                group.create_task(self._follow(other, stage, waits, group))
            following = ready[0] if ready else None

    async def _perform(self, fetch: PreparedFetch) -> None:
        if fetch.planned.kind == "entity":
            await self._perform_entities(fetch)
        else:
            await self._perform_root(fetch)

    async def _perform_root(self, fetch: PreparedFetch) -> None:
        planned = fetch.planned
        holders = objects_at(self.data, planned.targets[0].path)
        answer = await self._ask(planned, fetch.variables(self.variables)) if holders else None
        if answer is None:
            return
        data = answer.get("data")
        if type(data) is dict:
            undo_renames(data, planned.renames)
            for holder in holders:
                await merge_in_turn(holder, data, self.pace)
        if "errors" in answer or type(data) is not dict:
            self.reporter.root_errors(planned, answer, self.data)

    async def _perform_entities(self, fetch: PreparedFetch) -> None:
        collection = self.collections.get(fetch.asks_as)
        if collection is None:
            collection = await Collection.of(self.data, fetch, self.pace)
            self.collections[fetch.asks_as] = collection
        batches = collection.batches(self.batch_size)
        if len(batches) == 1:
            await self._perform_batch(fetch, batches[0])
        elif batches:
            async with asyncio.TaskGroup() as group:
                for batch in batches:
                    group.create_task(self._perform_batch(fetch, batch))

    async def _perform_batch(self, fetch: PreparedFetch, batch: Batch) -> None:
        planned = fetch.planned
        variables = fetch.variables(self.variables)
        variables["representations"] = batch.representations
        answer = await self._ask(planned, variables)
        if answer is None:
            return
        entities = entities_in(answer)
        complete = entities is not None and len(entities) == len(batch.holders)
        if entities is not None and complete:
            if planned.renames:
                undo_renames({"_entities": entities}, _below_entities(planned.renames))
            await batch.take_in(entities, self.pace)
        if "errors" in answer or not complete:
            self.reporter.entity_errors(planned, answer, self.data, batch)

    async def _ask(
        self, planned: PlannedFetch, variables: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """The subgraph's answer, or None where it failed, which is noted."""
        if planned.kind == "subscription":
            return self.event
        kind: Literal["query", "mutation"] = "mutation" if planned.kind == "mutation" else "query"
        request = SubgraphRequest(planned.subgraph, planned.query, variables, None, kind)
        try:
            answer = await self.fetch(request)
        except SubgraphFailure as failure:
            self.reporter.failure(planned, failure)
            return None
        finally:
            self.pace.restart()
        return answer if isinstance(answer, Mapping) else {}

    async def _explain(self) -> None:
        """Say which values did not fit, where no subgraph's error says why already."""
        plan, problems = self.program.plan, self.reporter.problems
        known = list(problems)
        examiner = Examiner(plan.supergraph)
        found = examiner.examine(self.program.root_type, self.program.picks, self.data)
        for each in await asyncio.to_thread(list, islice(found, MOST_SHOWN)):
            if not is_explained(tuple(each.get("path", ())), known):
                problems.append(each)

    async def _introspect(self, answer: Any) -> Any:
        """Answer __schema and __type from the schema itself, off the loop: it can take long."""
        plan, program = self.program.plan, self.program
        if plan.introspection is None or answer is None:
            return answer
        result = program.introspected
        if result is None:
            variables = dict(self.variables)
            schema, document = plan.supergraph.api_schema, plan.introspection
            result = await asyncio.to_thread(
                execute_sync, schema, document, variable_values=variables
            )
            if not variables:
                program.introspected = result
        self.reporter.problems.extend(dict(e.formatted) for e in result.errors or ())
        return None if result.data is None else {**answer, **result.data}


def _below_entities(renames: tuple[Rename, ...]) -> tuple[Rename, ...]:
    return tuple(replace(rename, path=("_entities", *rename.path)) for rename in renames)
