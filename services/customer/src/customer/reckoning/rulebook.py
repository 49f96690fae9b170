"""The rulebook: every rule, ready to be asked, found by the inputs it reads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlmodel import col, select

from customer.profiles.changes import EVERYTHING
from customer.rules.commands import rulebook_version
from customer.rules.models import RuleKind
from customer.rules.subject import ACCESSORS, Subject
from customer.rules.timing import depends_on_time
from customer.rules.vocabulary import inputs_of, measures_of, vocabulary
from customer.segments.models import Segment, SegmentKind, SegmentState
from customer.tags.models import TagDefinition, TagKind
from kit.database import AsyncSession
from kit.predicates import Checked, check, compile_predicate, parse
from kit.units import lies_below

TAG_INPUT: Final = "tags="


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule over the customers of a unit. One that is given up fits nobody."""

    id: UUID
    kind: RuleKind
    code: str
    unit: str
    version: int
    checked: Checked
    active: bool
    half_life_days: int | None = None
    fades_below: float | None = None
    matches: Callable[[Subject], bool] = field(init=False)
    timed: bool = field(init=False)
    inputs: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "matches", compile_predicate(self.checked, ACCESSORS))
        object.__setattr__(self, "timed", depends_on_time(self.checked))
        inputs = {*inputs_of(self.checked), "unit"} if self.active else set()
        object.__setattr__(self, "inputs", frozenset({*inputs, named(self.id)}))

    def fits(self, subject: Subject) -> bool:
        below = lies_below(subject.customer.unit, self.unit)
        return self.active and below and self.matches(subject)


def named(rule_id: UUID) -> str:
    """The input by which one rule is asked again, whatever it reads."""
    return f"rule {rule_id}"


@dataclass(frozen=True, eq=False)
class Rulebook:
    """Tags come before what reads them, segments last."""

    version: int
    rules: Sequence[Rule] = ()
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)
    measures: Mapping[str, int] = field(default_factory=dict)

    def reading(self, inputs: Iterable[str]) -> set[int]:
        """The places of the rules that read one of these inputs."""
        if not EVERYTHING.isdisjoint(inputs):
            return {place for place, rule in enumerate(self.rules) if rule.active}
        return {place for each in inputs for place in self.places.get(each, ())}

    @classmethod
    def of(cls, version: int, rules: Iterable[Rule]) -> "Rulebook":
        ordered = _in_order(rules)
        places: dict[str, list[int]] = {}
        measures: dict[str, int] = {}
        for place, rule in enumerate(ordered):
            for each in rule.inputs:
                places.setdefault(each, []).append(place)
            for measure, days in measures_of(rule.checked).items():
                measures[measure] = max(days, measures.get(measure, 0))
        return cls(version, ordered, places, measures)


_books: WeakKeyDictionary[Any, Rulebook] = WeakKeyDictionary()


async def rulebook(session: AsyncSession) -> Rulebook:
    """The rulebook that counts until this transaction ends; read only if it has changed."""
    version = await rulebook_version(session)
    book = _books.get(session.bind)
    if book is None or book.version != version:
        book = Rulebook.of(version, await _rules(session))
        _books[session.bind] = book
    return book


async def _rules(session: AsyncSession) -> list[Rule]:
    words = await vocabulary(session)
    computed = select(TagDefinition).where(col(TagDefinition.kind) == TagKind.COMPUTED)
    by_rule = select(Segment).where(col(Segment.kind) == SegmentKind.RULE)
    tags = (await session.exec(computed.execution_options(populate_existing=True))).all()
    segments = (await session.exec(by_rule.execution_options(populate_existing=True))).all()
    return [
        *(tag_rule(each, check(parse(each.rule), words)) for each in tags),
        *(segment_rule(each, check(parse(each.rule), words)) for each in segments),
    ]


def tag_rule(definition: TagDefinition, checked: Checked) -> Rule:
    return Rule(
        definition.id,
        RuleKind.TAG,
        definition.tag,
        definition.unit,
        definition.version,
        checked,
        not definition.retired,
        definition.half_life_days,
        definition.fades_below,
    )


def segment_rule(segment: Segment, checked: Checked) -> Rule:
    return Rule(
        segment.id,
        RuleKind.SEGMENT,
        segment.code,
        segment.unit,
        segment.version,
        checked,
        segment.state == SegmentState.ACTIVE,
    )


def _in_order(rules: Iterable[Rule]) -> list[Rule]:
    """Definitions are refused if their tags read each other in a circle."""
    all_rules = sorted(rules, key=lambda rule: rule.code)
    tags = {rule.code: rule for rule in all_rules if rule.kind is RuleKind.TAG}
    reads = {
        code: [code_ for code_ in tags if f"{TAG_INPUT}{code_}" in rule.inputs]
        for code, rule in tags.items()
    }
    ordered = [tags[code] for code in TopologicalSorter(reads).static_order()]
    return [*ordered, *(rule for rule in all_rules if rule.kind is RuleKind.SEGMENT)]
