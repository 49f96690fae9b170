"""Laying down what a tag means: who wears it, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from customer.organisation.queries import require_known_unit
from customer.rules.commands import begin_reckoning, change_rulebook
from customer.rules.models import RuleKind
from customer.rules.vocabulary import SETS, checked_rule, inputs_of, stored_rule
from customer.tags.commands import checked_tag
from customer.tags.errors import TagsInACircle
from customer.tags.models import TagDefinition, TagKind
from customer.tags.queries import computed, definition_of
from customer.texts import checked_text
from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput, NotFound
from kit.identity import Caller
from kit.predicates import Predicate
from kit.predicates.tree import dump
from kit.units import checked_unit

LONGEST_NAME: Final = 200
LONGEST_DAYS: Final = 3_660
FADES_BELOW: Final = 0.1
LEAST_WEIGHT: Final = 0.001


@dataclass(frozen=True)
class NewDefinition:
    """What is told of a tag; nothing of it is checked yet."""

    tag: str
    name: str
    unit: str
    rule: Predicate | None = None
    half_life_days: int | None = None
    fades_below: float | None = None
    expires_after_days: int | None = None


async def define_tag(session: AsyncSession, new: NewDefinition, caller: Caller) -> TagDefinition:
    """Define a tag, or define it anew. If its rule is another, it is asked of everybody."""
    _check_ends(new)
    caller.require_unit(checked_unit(new.unit))
    await require_known_unit(session, new.unit, caller)
    name = checked_text(new.name, "name", LONGEST_NAME)
    known = await definition_of(session, checked_tag(new.tag), for_update=True)
    if known is not None:
        caller.require_unit(known.unit)
        if (known.kind, known.unit) != (_kind(new), new.unit):
            kept = f"{known.kind} and of {known.unit}"
            raise Conflict(f"The tag {new.tag} is {kept}; that does not change.")
    definition = known or TagDefinition(
        tag=new.tag, name=name, unit=new.unit, kind=_kind(new), defined_by=caller.subject
    )
    before = (definition.rule, definition.retired)
    definition.rule = await _stored(session, new)
    definition.name, definition.retired = name, False
    definition.half_life_days = new.half_life_days
    definition.fades_below = _fades_below(new)
    definition.expires_after_days = new.expires_after_days
    session.add(definition)
    asked_anew = known is None or before != (definition.rule, False)
    await _have_it_follow(session, definition, asked_anew)
    return definition


async def retire_tag(session: AsyncSession, tag: str, caller: Caller) -> TagDefinition:
    """Nobody gets the tag by a rule any more, and who wears it by the rule loses it."""
    definition = await definition_of(session, tag, for_update=True)
    if definition is None:
        raise NotFound("tag", tag)
    caller.require_unit(definition.unit)
    if not definition.retired:
        definition.retired = True
        await _have_it_follow(session, definition, asked_anew=True)
    return definition


async def _have_it_follow(
    session: AsyncSession, definition: TagDefinition, asked_anew: bool
) -> None:
    if definition.kind == TagKind.STATIC:
        return
    if asked_anew:
        definition.version += 1
        await session.flush()
        await begin_reckoning(session, definition.id, definition.version, RuleKind.TAG)
    else:
        await change_rulebook(session)


async def _stored(session: AsyncSession, new: NewDefinition) -> dict[str, object] | None:
    if new.rule is None:
        return None
    checked = await checked_rule(session, new.rule)
    others = {
        each.tag: _tags_read(inputs_of(await stored_rule(session, each.rule)))
        for each in await computed(session)
    }
    _refuse_circles({**others, new.tag: _tags_read(inputs_of(checked))})
    document: dict[str, object] = dump(new.rule)
    return document


def _refuse_circles(reads: Mapping[str, set[str]]) -> None:
    try:
        TopologicalSorter(reads).prepare()
    except CycleError as circle:
        raise TagsInACircle(list(circle.args[1])) from circle


def _tags_read(inputs: frozenset[str]) -> set[str]:
    beginning = f"{SETS[0]}="
    return {each.removeprefix(beginning) for each in inputs if each.startswith(beginning)}


def _kind(new: NewDefinition) -> TagKind:
    return TagKind.STATIC if new.rule is None else TagKind.COMPUTED


def _fades_below(new: NewDefinition) -> float | None:
    if new.half_life_days is None:
        return None
    return FADES_BELOW if new.fades_below is None else new.fades_below


def _check_ends(new: NewDefinition) -> None:
    for field, days in (
        ("halfLifeDays", new.half_life_days),
        ("expiresAfterDays", new.expires_after_days),
    ):
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise InvalidInput(field, f"is between 1 and {LONGEST_DAYS}")
    if new.expires_after_days is not None and (new.rule or new.half_life_days):
        raise InvalidInput("expiresAfterDays", "is for tags set by hand that do not fade")
    if new.fades_below is None:
        return
    if new.half_life_days is None:
        raise InvalidInput("fadesBelow", "takes halfLifeDays too")
    if not LEAST_WEIGHT <= new.fades_below < 1:
        raise InvalidInput("fadesBelow", f"is at least {LEAST_WEIGHT} and below 1")
