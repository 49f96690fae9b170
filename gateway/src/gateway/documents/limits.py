"""How large a document may be, however it is written: counted with its fragments unfolded."""

from collections import Counter
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from gateway.refusals import OperationRefused, error


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What one document may hold; 0 switches a limit off."""

    characters: int = 100_000
    tokens: int = 5_000
    depth: int = 40
    aliases: int = 200
    directives: int = 200
    root_fields: int = 50
    fields: int = 5_000
    repeats: int = 100
    cost: int = 100_000


@dataclass(slots=True)
class Size:
    """What a selection set amounts to once its fragments are unfolded."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    repeats: int = 0

    def include(self, other: "Size", deeper: int) -> None:
        self.depth = max(self.depth, other.depth + deeper)
        self.aliases += other.aliases
        self.directives += other.directives
        self.fields += other.fields
        self.repeats = max(self.repeats, other.repeats)


@dataclass(slots=True)
class Measured:
    """A selection set's size, and how often each response key is written at its top."""

    size: Size
    keys: Counter[str]


class Measuring:
    """Measures each fragment once, so that unfolding costs nothing."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measured] = {}

    def selections(self, selection_set: SelectionSetNode) -> Measured:
        if not selection_set.selections:
            raise refused("Syntax Error: a selection set selects nothing.", "GRAPHQL_PARSE_FAILED")
        measured = Measured(Size(), Counter())
        for selection in selection_set.selections:
            measured.size.directives += len(selection.directives or ())
            self._add(measured, selection)
        measured.size.repeats = max(measured.size.repeats, *measured.keys.values(), 0)
        return measured

    def _add(self, measured: Measured, selection: SelectionNode) -> None:
        if isinstance(selection, FieldNode):
            self._add_field(measured, selection)
        elif isinstance(selection, InlineFragmentNode):
            self._add_fragment(measured, self.selections(selection.selection_set))
        elif isinstance(selection, FragmentSpreadNode):
            self._add_fragment(measured, self._fragment(selection.name.value))

    def _add_field(self, measured: Measured, field: FieldNode) -> None:
        size = measured.size
        size.fields += 1
        size.depth = max(size.depth, 1)
        size.aliases += field.alias is not None
        measured.keys[(field.alias or field.name).value] += 1
        if field.selection_set is not None:
            size.include(self.selections(field.selection_set).size, deeper=1)

    def _add_fragment(self, measured: Measured, fragment: Measured) -> None:
        measured.size.include(fragment.size, deeper=0)
        measured.keys.update(fragment.keys)

    def _fragment(self, name: str) -> Measured:
        if name not in self._measured:
            self._measured[name] = Measured(Size(), Counter())
            if name in self._fragments:
                self._measured[name] = self.selections(self._fragments[name].selection_set)
        return self._measured[name]


def judge_size(document: DocumentNode, limits: DocumentLimits) -> None:
    """Refuse a document whose operations are larger than `limits` allow."""
    measuring = Measuring(document)
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            measuring.selections(definition.selection_set)
        elif isinstance(definition, OperationDefinitionNode):
            _judge(definition, measuring.selections(definition.selection_set), limits)


def _judge(operation: OperationDefinitionNode, found: Measured, limits: DocumentLimits) -> None:
    size = found.size
    directives = size.directives + len(operation.directives or ())
    for what, number, allowed in (
        ("depth", size.depth, limits.depth),
        ("aliases", size.aliases, limits.aliases),
        ("directives", directives, limits.directives),
        ("root fields", len(found.keys), limits.root_fields),
        ("fields", size.fields, limits.fields),
        ("repeats of one field", size.repeats, limits.repeats),
    ):
        if allowed and number > allowed:
            raise too_complex(what, number, allowed)


def too_complex(what: str, found: float, allowed: float) -> OperationRefused:
    return refused(
        f"The operation exceeds the limit on {what}: {min(found, 10**9):g}, {allowed:g} allowed.",
        "OPERATION_TOO_COMPLEX",
    )


def refused(message: str, code: str) -> OperationRefused:
    return OperationRefused([error(message, code)])
