"""Limits on documents, judged once per document and remembered."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)
from strawberry.extensions import SchemaExtension

MAX_DEPTH = 16
MAX_FIELDS = 2_000
MAX_QUERY_LENGTH = 100_000


class DocumentLimits(SchemaExtension):
    """Refuses what is too deep or too wide, and entities to all but the gateway.

    Listed after ValidationCache, which has validated the document by then.
    """

    def on_validate(self) -> Iterator[None]:
        self._refuse_too_much()
        yield

    def _refuse_too_much(self) -> None:
        context = self.execution_context
        if context.pre_execution_errors or context.graphql_document is None:
            return
        judgement = judge(context.query or "", context.graphql_document)
        if judgement.too_much:
            refusal = GraphQLError(judgement.too_much, extensions={"code": "DOCUMENT_TOO_LARGE"})
            context.pre_execution_errors = [refusal]
        elif judgement.asks_for_entities and not context.context.signed:
            refusal = GraphQLError(
                "Entities are given to the gateway, which signs its requests.",
                extensions={"code": "UNSIGNED"},
            )
            context.pre_execution_errors = [refusal]


class _Judged:
    """A document that hashes like its text, so that the verdict can be remembered."""

    __slots__ = ("document", "text")

    def __init__(self, text: str, document: DocumentNode) -> None:
        self.text = text
        self.document = document

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Judged) and self.text == other.text


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be known of a document before anything is resolved."""

    too_much: str | None
    asks_for_entities: bool


def judge(text: str, document: DocumentNode) -> Judgement:
    """The judgement of a valid document, found once per text."""
    if len(text) > MAX_QUERY_LENGTH:
        return Judgement(f"The document has more than {MAX_QUERY_LENGTH} characters.", False)
    return _judge(_Judged(text, document))


@lru_cache(maxsize=1_024)
def _judge(judged: _Judged) -> Judgement:
    # Wherever it is asked for, directly or in a fragment, `_entities` is a name in the text.
    return Judgement(_too_much(judged), "_entities" in judged.text)


def _too_much(judged: _Judged) -> str | None:
    definitions = judged.document.definitions
    fragments = {
        each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)
    }
    measured: dict[str, tuple[int, int]] = {}
    for each in definitions:
        if isinstance(each, OperationDefinitionNode):
            depth, width = _measure(each.selection_set, fragments, measured)
            if depth > MAX_DEPTH:
                return f"The document is {depth} levels deep; {MAX_DEPTH} are allowed."
            if width > MAX_FIELDS:
                return f"The document asks for {width} fields; {MAX_FIELDS} are allowed."
    return None


def _measure(
    selection_set: SelectionSetNode | None,
    fragments: dict[str, FragmentDefinitionNode],
    measured: dict[str, tuple[int, int]],
) -> tuple[int, int]:
    """Depth and number of fields, each fragment counted wherever it is spread, measured once."""
    depth = width = 0
    for selection in selection_set.selections if selection_set else ():
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in measured:
                measured[name] = _measure(fragments[name].selection_set, fragments, measured)
            below, inside = measured[name]
        else:
            is_field = isinstance(selection, FieldNode)
            inner = getattr(selection, "selection_set", None)
            below, inside = _measure(inner, fragments, measured)
            below, inside = below + is_field, inside + is_field
        depth, width = max(depth, below), width + inside
    return depth, width
