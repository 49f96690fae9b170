"""Documents: parsed, validated and judged once, however often they come."""

from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    validate,
)

from kit.graph.making import Making
from kit.graph.operations import Operations

MAX_DEPTH = 16
MAX_FIELDS = 2_000
MAX_LENGTH = 100_000
MAX_TOKENS = 10_000
MAX_ERRORS = 20
REMEMBERED = 1_024
REMEMBERED_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """The operations of a document, or the errors that forbid it."""

    operations: Operations | None
    errors: list[GraphQLError]
    asks_for_entities: bool


class Documents:
    """Prepares documents for one schema, and remembers the last ones that are not overlong."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._making = Making(schema)
        self._known: OrderedDict[str, Prepared] = OrderedDict()

    def prepare(self, text: str) -> Prepared:
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        prepared = self._prepare(text)
        if len(text) <= REMEMBERED_LENGTH:
            self._known[text] = prepared
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return prepared

    def _prepare(self, text: str) -> Prepared:
        if len(text) > MAX_LENGTH:
            return _refused(f"The document has more than {MAX_LENGTH} characters.")
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLSyntaxError as wrong:
            return _invalid([wrong], "GRAPHQL_PARSE_FAILED")
        except RecursionError:
            return _refused(f"The document is more than {MAX_DEPTH} levels deep.")
        errors = validate(self.schema, document, max_errors=MAX_ERRORS)
        if errors:
            return _invalid(errors, "GRAPHQL_VALIDATION_FAILED")
        if reason := too_much(document):
            return _refused(reason)
        # Wherever they are, directly or in a fragment, both are in the text.
        operations = Operations(self._making, document, has_directives="@" in text)
        return Prepared(operations, [], asks_for_entities="_entities" in text)


def _invalid(errors: list[GraphQLError], code: str) -> Prepared:
    for each in errors:
        each.extensions = {"code": code, **(each.extensions or {})}
    return Prepared(None, errors, asks_for_entities=False)


def _refused(reason: str) -> Prepared:
    error = GraphQLError(reason, extensions={"code": "DOCUMENT_TOO_LARGE"})
    return Prepared(None, [error], asks_for_entities=False)


def too_much(document: DocumentNode) -> str | None:
    """Why a valid document asks for too much, or None."""
    definitions = document.definitions
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
