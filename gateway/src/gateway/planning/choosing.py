"""Choosing among ways by what they cost, within bounds: the arithmetic of the search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.planning.draft import Change, Fetch, Log

FETCH_COST = 1000
LEVEL_COST = 50
FIELD_COST = 1
BY_POSITION_COST = 1200
# Bounds: this many steps on comparing alternatives, then the first that works; so many in all.
MOST_SPENT = 2_000
MOST_STEPS = 20_000

Deps = frozenset[Fetch]
NOTHING: Deps = frozenset()


class PlanTooComplex(Exception):
    """The document would need more planning than is allowed for one document."""


class NoWay(Exception):
    """A field cannot be reached from where the search stands; the message names the field."""


class TooDear(NoWay):
    """This way costs more than one already known."""


@dataclass(slots=True)
class Option:
    """A way to a field; `bound` is the least that it can cost."""

    bound: int
    take: Callable[[], Deps]


@dataclass(slots=True)
class Taken:
    """An option that worked: what it brings, the cost so far, and how to do it again."""

    deps: Deps
    cost: int
    changes: list[Change]


@dataclass(eq=False, slots=True)
class Choice:
    """Everything that changes in a search; `limit` is the cost of the best way known so far."""

    log: Log = field(default_factory=Log)
    steps: int = 0
    spent: int = 0
    limit: int | None = None

    def put(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        self.log.put(mapping, key, value)

    def step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise PlanTooComplex("The document is too complex to be planned.")

    def pay(self, cost: int) -> None:
        self.log.cost += cost
        if self.limit is not None and self.log.cost >= self.limit:
            raise TooDear

    def attempt(self, take: Callable[[], Deps]) -> Deps | None:
        """Take a way, or change nothing and return None where it leads nowhere."""
        length, cost = len(self.log.changes), self.log.cost
        try:
            return take()
        except TooDear:
            raise
        except NoWay:
            self.log.undo_to(length, cost)
            return None

    def among(self, options: list[Option], what: str, *, deep: bool = False) -> Deps:
        """Take the cheapest option: in order of their bounds, until none left can cost less.

        Where none works, NoWay names `what`, or what was missing below it if `deep`.
        """
        self.step()
        options.sort(key=lambda option: option.bound)
        best: Taken | None = None
        start = self.log.cost
        for index, option in enumerate(options):
            try:
                best = self._better(option, best)
            except NoWay as error:
                what = str(error) or what if deep else what
            if best is not None and self._is_enough(best.cost - start, options[index + 1 :]):
                break
        if best is None:
            raise NoWay(what)
        self.log.redo(best.changes, best.cost)
        return best.deps

    def _better(self, option: Option, best: Taken | None) -> Taken:
        """Take the option and take it back again; TooDear where it is no better than the best."""
        outer, steps = self.limit, self.steps
        length, start = len(self.log.changes), self.log.cost
        if best is not None:
            self.limit = best.cost if outer is None else min(outer, best.cost)
        try:
            deps = option.take()
        except NoWay:
            self.log.undo_to(length, start)
            raise
        finally:
            self.limit = outer
            self.spent += self.steps - steps if best is not None else 0
        return Taken(deps, self.log.cost, self.log.undo_to(length, start))

    def _is_enough(self, cost: int, left: list[Option]) -> bool:
        return not left or cost <= left[0].bound or self.spent >= MOST_SPENT
