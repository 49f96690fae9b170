"""Collects what went wrong in an execution, in the client's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.execution.entities import Batch
from gateway.execution.merging import Object, locations
from gateway.execution.problems import Path, Problem, client_path, problem
from gateway.execution.requests import SubgraphFailure
from gateway.planning.plan import PlannedFetch
from gateway.supergraph.field_sets import Selection

MOST_SHOWN = 100
MOST_PLACES = 10


@dataclass(slots=True)
class Reporter:
    selection: Selection
    problems: list[Problem] = field(default_factory=list)

    def failure(self, fetch: PlannedFetch, failure: SubgraphFailure) -> None:
        self._add(fetch, failure.message, {"code": failure.code}, _beginning(fetch))

    def root_errors(self, fetch: PlannedFetch, answer: Mapping[str, Any], data: Object) -> None:
        """Errors of a root fetch; silence without data is an error too."""
        start = next((where for _, where in locations(data, fetch.targets[0].path)), ())
        for error in _errors_in(answer)[:MOST_SHOWN]:
            self._take_over(fetch, error, (*start, *self._inner(fetch, error)))
        if type(answer.get("data")) is not dict and not _errors_in(answer):
            self._add(fetch, f"{fetch.subgraph} answered without data.", {}, _beginning(fetch))

    def entity_errors(
        self, fetch: PlannedFetch, answer: Mapping[str, Any], data: Object, batch: Batch
    ) -> None:
        """Errors of entities, told wherever the entity stands."""
        errors = _errors_in(answer)[:MOST_SHOWN]
        positions = [_entity_position(error, batch) for error in errors]
        places = batch.places(
            data, fetch.targets, {at for at in positions if at is not None}, MOST_PLACES
        )
        for error, at in zip(errors, positions, strict=True):
            rest = self._inner(fetch, error)[2:]
            known = places.get(at, ()) if at is not None else ()
            for where in [(*place, *rest) for place in known] or [_beginning(fetch)]:
                self._take_over(fetch, error, where)
        entities = entities_in(answer)
        if (entities is None or len(entities) != len(batch.holders)) and not errors:
            message = f"{fetch.subgraph} did not answer with the entities asked for."
            self._add(fetch, message, {}, _beginning(fetch))

    def _inner(self, fetch: PlannedFetch, error: Mapping[str, Any]) -> Path:
        aliases = {rename.alias: rename.key for rename in fetch.renames}
        path = error.get("path")
        steps = path if isinstance(path, list) else []
        return tuple(aliases.get(s, s) if isinstance(s, str) else s for s in steps if _is_step(s))

    def _take_over(self, fetch: PlannedFetch, error: Mapping[str, Any], inner: Path) -> None:
        given = error.get("extensions")
        message = error.get("message")
        self._add(
            fetch,
            message if isinstance(message, str) else f"{fetch.subgraph} reported an error.",
            given if isinstance(given, Mapping) else {},
            inner,
        )

    def _add(
        self, fetch: PlannedFetch, message: str, extensions: Mapping[str, Any], inner: Path
    ) -> None:
        if len(self.problems) < MOST_SHOWN:
            terms = {"code": "DOWNSTREAM_SERVICE_ERROR", **extensions}
            path = client_path(self.selection, inner)
            self.problems.append(problem(message, path, fetch.subgraph, terms))


def entities_in(answer: Mapping[str, Any]) -> list[Any] | None:
    data = answer.get("data")
    entities = data.get("_entities") if type(data) is dict else None
    return entities if type(entities) is list else None


def _errors_in(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    errors = answer.get("errors")
    return [e for e in errors if isinstance(e, Mapping)] if isinstance(errors, list) else []


def _entity_position(error: Mapping[str, Any], batch: Batch) -> int | None:
    """Which of the entities asked for an error is about, where it says so."""
    path = error.get("path")
    if isinstance(path, list) and len(path) > 1 and path[0] == "_entities":
        at = path[1]
        return at if type(at) is int and 0 <= at < len(batch.holders) else None
    return None


def _is_step(step: object) -> bool:
    return isinstance(step, str) or type(step) is int


def _beginning(fetch: PlannedFetch) -> Path:
    """Where a fetch belongs as a whole: its path without positions in lists."""
    return tuple(step.key for step in fetch.targets[0].path)
