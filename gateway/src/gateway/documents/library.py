"""The documents in use with one supergraph: each is read once, and the least used are forgotten."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from hashlib import sha256
from time import perf_counter
from typing import Final, TypeVar

from graphql import DocumentNode, OperationDefinitionNode

from gateway.documents.operations import Operation, PlanKey, Planned
from gateway.documents.reading import DocumentRules, read_document
from gateway.documents.uses import field_uses
from gateway.observation.measures import Measures
from gateway.observation.tracing import Trace
from gateway.protection.access import FieldName, demands_of
from gateway.refusals import OperationRefused, RequestRefused, error
from gateway.supergraph import Supergraph

T = TypeVar("T")

MOST_DOCUMENTS: Final = 1_000
MOST_CHARACTERS: Final = 4_000_000
MOST_WAITING: Final = 100


class Document:
    """A document as read: its operations, or the reason why it is refused."""

    def __init__(
        self,
        text: str,
        operations: Mapping[str | None, Operation],
        uses: frozenset[FieldName] = frozenset(),
        refusal: OperationRefused | None = None,
    ) -> None:
        self.text = text
        self.uses = uses
        self._operations = operations
        self._refusal = refusal

    def hash(self) -> str:
        return sha256(self.text.encode()).hexdigest()

    def runs(self) -> int:
        """How often its operations ran since this was asked last."""
        total = 0
        for operation in self._operations.values():
            total += operation.runs
            operation.runs = 0
        return total

    def forget_plans(self) -> None:
        for operation in self._operations.values():
            operation.forget_plans()

    def operation(self, name: str | None) -> Operation:
        if self._refusal is not None:
            raise OperationRefused(self._refusal.errors)
        operation = self._operations.get(name)
        if operation is None:
            raise OperationRefused([error(self._why_unknown(name), "UNKNOWN_OPERATION")])
        return operation

    def _why_unknown(self, name: str | None) -> str:
        if name is not None:
            return f"Unknown operation named '{name}'."
        if self._operations:
            return "Must provide operation name if query contains multiple operations."
        return "Must provide an operation."


class Library:
    """Reads documents, one at a time, off the event loop; whoever asks for the same one waits for it."""

    def __init__(
        self, supergraph: Supergraph, rules: DocumentRules, worker: Executor, measures: Measures
    ) -> None:
        self.supergraph = supergraph
        self._rules = rules
        self._worker = worker
        self._measures = measures
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0
        self._reading: dict[str, asyncio.Future[Document]] = {}

    async def document(self, text: str, trace: Trace) -> Document:
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
            return document
        reading = self._reading.get(text)
        if reading is None:
            if len(self._reading) >= MOST_WAITING:
                raise RequestRefused(
                    [error("Too many new documents at once.", "OVERLOADED")], status=503
                )
            reading = asyncio.ensure_future(self._off_the_loop(lambda: self.read(text, trace)))
            self._reading[text] = reading
            reading.add_done_callback(lambda done: self._keep(text, done))
        return await asyncio.shield(reading)

    async def planned(self, operation: Operation, key: PlanKey, trace: Trace) -> Planned:
        def plan() -> Planned:
            with trace.step("graphql.plan"):
                return operation.known_plan(key) or operation.plan(key)

        known = operation.known_plan(key)
        return await self._off_the_loop(plan) if known is None else known

    def note_uses(self) -> None:
        """Hand the uses of fields since the last time to the metrics."""
        for document in list(self._documents.values()):
            self._note(document)

    async def _off_the_loop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def read(self, text: str, trace: Trace) -> Document:
        """The document, or why it is refused; takes its time, so not on the event loop."""
        started = perf_counter()
        try:
            ast = read_document(text, self.supergraph.api_schema, self._rules, trace)
            return self._of(text, ast)
        except OperationRefused as refusal:
            return Document(text, {}, refusal=refusal)
        finally:
            self._measures.prepared(perf_counter() - started)

    def _of(self, text: str, ast: DocumentNode) -> Document:
        demands = demands_of(self.supergraph, ast)
        operations: dict[str | None, Operation] = {}
        for node in ast.definitions:
            if isinstance(node, OperationDefinitionNode):
                operation = Operation(self.supergraph, ast, node, self._rules, demands)
                operations[operation.name] = operation
        if len(operations) == 1:
            operations[None] = next(iter(operations.values()))
        return Document(text, operations, field_uses(self.supergraph.api_schema, ast))

    def _keep(self, text: str, done: asyncio.Future[Document]) -> None:
        del self._reading[text]
        if done.cancelled() or done.exception() is not None:
            return
        self._documents[text] = done.result()
        self._characters += len(text)
        while len(self._documents) > MOST_DOCUMENTS or self._characters > MOST_CHARACTERS:
            forgotten, document = self._documents.popitem(last=False)
            self._characters -= len(forgotten)
            self._note(document)
            document.forget_plans()

    def _note(self, document: Document) -> None:
        if times := document.runs():
            for type_name, field_name in document.uses:
                self._measures.used(type_name, field_name, times)
