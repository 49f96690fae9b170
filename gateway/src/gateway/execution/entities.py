"""Entity fetches: which objects need what, asked for once each, in batches."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gateway.execution.merging import Object, locations, merge_in_turn, objects_at
from gateway.execution.pacing import Pace
from gateway.execution.problems import Path
from gateway.execution.program import PreparedFetch
from gateway.execution.representations import TargetForms, identity_of
from gateway.planning.plan import Target
from gateway.supergraph.field_sets import TYPENAME

SLICE = 64


@dataclass(slots=True)
class Batch:
    """Representations to send together, and for each the objects that wait for its entity."""

    representations: list[dict[str, Any]]
    holders: list[list[Object]]

    async def take_in(self, entities: list[Any], pace: Pace) -> None:
        """Complete the waiting objects with what came back, position by position."""
        for start in range(0, len(entities), SLICE):
            slice_ = slice(start, start + SLICE)
            for holders, entity in zip(self.holders[slice_], entities[slice_], strict=True):
                if type(entity) is dict:
                    for holder in holders:
                        if holder.keys().isdisjoint(entity):
                            holder.update(entity)
                        else:
                            await merge_in_turn(holder, entity, pace)
            if pace.is_due:
                await pace.pause()

    def places(
        self, root: Object, targets: Iterable[Target], positions: Iterable[int], most: int
    ) -> dict[int, list[Path]]:
        """Where the objects stand that wait for the entities at these positions."""
        waiting = {id(holder): at for at in positions for holder in self.holders[at]}
        found: dict[int, list[Path]] = {}
        for target in targets:
            for holder, where in locations(root, target.path):
                if id(holder) in waiting:
                    found.setdefault(waiting[id(holder)], []).append(where)
        return {at: paths[:most] for at, paths in found.items()}


@dataclass(slots=True)
class Collection:
    """The representations of one fetch, equal ones only once."""

    representations: list[dict[str, Any]] = field(default_factory=list)
    holders: list[list[Object]] = field(default_factory=list)
    positions: dict[Hashable, int] = field(default_factory=dict)
    by_field: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    @classmethod
    async def of(cls, root: Object, fetch: PreparedFetch, pace: Pace) -> Collection:
        collection = cls()
        for target, forms in fetch.targets:
            objects = objects_at(root, target.path)
            for start in range(0, len(objects), SLICE):
                collection._add(objects[start : start + SLICE], forms)
                if pace.is_due:
                    await pace.pause()
        return collection

    def _add(self, objects: list[Object], forms: TargetForms) -> None:
        if forms.single is not None:
            self._add_by_field(objects, forms, *forms.single)
            return
        for entity in objects:
            self._add_other(entity, forms)

    def _add_by_field(
        self, objects: list[Object], forms: TargetForms, type_name: str, name: str, key: str
    ) -> None:
        """The commonest case, without a call for each object."""
        known = self.by_field.setdefault((type_name, name), {})
        for entity in objects:
            value = entity.get(key)
            if type(value) is not str:
                self._add_other(entity, forms)
            elif (at := known.get(value)) is not None:
                self.holders[at].append(entity)
            else:
                known[value] = len(self.holders)
                self.representations.append({TYPENAME: type_name, name: value})
                self.holders.append([entity])

    def _add_other(self, entity: Object, forms: TargetForms) -> None:
        representation = forms.build(entity)
        if representation is not None:
            self._put(identity_of(representation), representation, entity)

    def _put(self, identity: Hashable, representation: dict[str, Any], entity: Object) -> None:
        at = self.positions.setdefault(identity, len(self.holders))
        if at == len(self.holders):
            self.representations.append(representation)
            self.holders.append([])
        self.holders[at].append(entity)

    def batches(self, size: int) -> list[Batch]:
        if len(self.holders) <= size:
            return [Batch(self.representations, self.holders)] if self.holders else []
        return [
            Batch(self.representations[start : start + size], self.holders[start : start + size])
            for start in range(0, len(self.holders), size)
        ]
