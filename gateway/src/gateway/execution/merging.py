"""Putting what subgraphs answer into the result, and finding places in it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.execution.pacing import Pace
from gateway.planning.plan import Rename, Step
from gateway.supergraph.field_sets import TYPENAME

Object = dict[str, Any]
SLICE = 32


def type_name_of(value: Mapping[str, Any]) -> str:
    """The name of an object's type as its subgraph told it, or nothing."""
    name = value.get(TYPENAME)
    return name if type(name) is str else ""


def merge(target: Object, source: Mapping[str, Any]) -> None:
    """Complete `target`: objects field by field, lists position by position, null by anything."""
    if target.keys().isdisjoint(source):
        target.update(source)
        return
    for key, value in source.items():
        known = target.get(key)
        if known is None:
            target[key] = value
        elif known is not value:
            target[key] = _merged(known, value)


def _merged(known: Any, value: Any) -> Any:
    if type(known) is dict and type(value) is dict:
        merge(known, value)
    elif type(known) is list and type(value) is list and len(known) == len(value):
        for position, item in enumerate(value):
            here = known[position]
            known[position] = item if here is None else _merged(here, item)
    return known


async def merge_in_turn(target: Object, source: Mapping[str, Any], pace: Pace) -> None:
    """The same where there may be much of it: long lists give way to other requests."""
    if target.keys().isdisjoint(source):
        target.update(source)
        return
    for key, value in source.items():
        known = target.get(key)
        if known is None:
            target[key] = value
        elif known is not value:
            await _merge_values(known, value, pace)


async def _merge_values(known: Any, value: Any, pace: Pace) -> None:
    if type(known) is dict and type(value) is dict:
        await merge_in_turn(known, value, pace)
    elif type(known) is list and type(value) is list and len(known) == len(value):
        for position, item in enumerate(value):
            if position % SLICE == 0 and pace.is_due:
                await pace.pause()
            here = known[position]
            if here is None:
                known[position] = item
            else:
                await _merge_values(here, item, pace)


def objects_at(root: Object, path: tuple[Step, ...]) -> list[Object]:
    """Every object at a path, through lists; those of other types than a step's are left out."""
    found = [root]
    for step in path:
        key, types = step.key, step.types
        inside: list[Object] = []
        for parent in found:
            if types is not None and type_name_of(parent) not in types:
                continue
            value = parent.get(key)
            if type(value) is dict:
                inside.append(value)
            elif type(value) is list:
                inside.extend(_flat(value))
        found = inside
    return found


def _flat(values: Iterable[Any]) -> Iterator[Object]:
    for value in values:
        if type(value) is dict:
            yield value
        elif type(value) is list:
            yield from _flat(value)


def locations(
    root: Object, path: tuple[Step, ...]
) -> Iterator[tuple[Object, tuple[str | int, ...]]]:
    """The objects at a path, each with the keys and indices that lead to it."""
    found: Iterable[tuple[Any, tuple[str | int, ...]]] = [(root, ())]
    for step in path:
        found = _inside(found, step)
    yield from found


def _inside(
    found: Iterable[tuple[Any, tuple[str | int, ...]]], step: Step
) -> Iterator[tuple[Any, tuple[str | int, ...]]]:
    for parent, where in found:
        if step.types is None or type_name_of(parent) in step.types:
            yield from _located(parent.get(step.key), (*where, step.key))


def _located(
    value: Any, where: tuple[str | int, ...]
) -> Iterator[tuple[Object, tuple[str | int, ...]]]:
    if type(value) is dict:
        yield value, where
    elif type(value) is list:
        for position, item in enumerate(value):
            yield from _located(item, (*where, position))


def undo_renames(answer: Object, renames: tuple[Rename, ...]) -> None:
    for rename in renames:
        steps = tuple(Step(key) for key in rename.path)
        for holder in objects_at(answer, steps):
            if rename.alias in holder:
                merge(holder, {rename.key: holder.pop(rename.alias)})
