"""Entity fetches: which objects need what, asked for once each, in batches."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gateway.execution.merging import Object, locations, merge, objects_at
from gateway.execution.pacing import Pace
from gateway.execution.problems import Path
from gateway.execution.program import PreparedFetch
from gateway.execution.representations import identity_of
from gateway.planning.plan import Target

SLICE = 64


@dataclass(slots=True)
class Wanted:
    """One representation, and the objects of the result that wait for its entity."""

    representation: dict[str, Any]
    holders: list[Object]
    targets: list[Target]


@dataclass(slots=True)
class Batch:
    wanted: list[Wanted]

    @property
    def representations(self) -> list[dict[str, Any]]:
        return [wanted.representation for wanted in self.wanted]

    async def take_in(self, entities: list[Any], pace: Pace) -> None:
        """Complete the waiting objects with what came back, position by position."""
        for position, (wanted, entity) in enumerate(zip(self.wanted, entities, strict=True)):
            if type(entity) is dict:
                for holder in wanted.holders:
                    merge(holder, entity)
            if position % SLICE == 0 and pace.is_due:
                await pace.pause()

    def places(self, root: Object, positions: Iterable[int], most: int) -> dict[int, list[Path]]:
        """Where the objects stand that wait for the entities at these positions."""
        waiting = {id(h): at for at in positions for h in self.wanted[at].holders}
        targets = {id(t): t for at in waiting.values() for t in self.wanted[at].targets}
        found: dict[int, list[Path]] = {}
        for target in targets.values():
            for holder, where in locations(root, target.path):
                if id(holder) in waiting:
                    found.setdefault(waiting[id(holder)], []).append(where)
        return {at: paths[:most] for at, paths in found.items()}


@dataclass(slots=True)
class Collection:
    """The representations of one fetch, equal ones only once."""

    by_identity: dict[Hashable, Wanted] = field(default_factory=dict)

    @classmethod
    async def of(cls, root: Object, fetch: PreparedFetch, pace: Pace) -> Collection:
        collection = cls()
        for target, forms in fetch.targets:
            for position, entity in enumerate(objects_at(root, target.path)):
                representation = forms.build(entity)
                if representation is not None:
                    collection._add(representation, entity, target)
                if position % SLICE == 0 and pace.is_due:
                    await pace.pause()
        return collection

    def _add(self, representation: dict[str, Any], entity: Object, target: Target) -> None:
        identity = identity_of(representation)
        wanted = self.by_identity.get(identity)
        if wanted is None:
            self.by_identity[identity] = Wanted(representation, [entity], [target])
        else:
            wanted.holders.append(entity)
            if wanted.targets[-1] is not target:
                wanted.targets.append(target)

    def batches(self, size: int) -> list[Batch]:
        wanted = list(self.by_identity.values())
        return [Batch(wanted[start : start + size]) for start in range(0, len(wanted), size)]
