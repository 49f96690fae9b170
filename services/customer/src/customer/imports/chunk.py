"""A chunk of lines on its way in: matched with those who are known, then written at once."""

import asyncio
from typing import Final
from uuid import UUID

from customer.consents.models import ConsentRecord, ConsentSource
from customer.entity import table_of
from customer.identifiers.queries import Key, owners
from customer.imports.applying import Applied, apply, newly
from customer.imports.mapping import Mapping
from customer.imports.models import CustomerImport, ImportRejection
from customer.imports.reading import Line, Unusable
from customer.imports.tally import Tally
from customer.profiles.commands import announce, claim_identifiers, register
from customer.profiles.facts import Fact, KnownFacts
from customer.profiles.models import Customer, Newcomer
from customer.profiles.queries import customers_for_update
from kit.bulk import insert_new_rows
from kit.database import AsyncSession
from kit.identity import Caller
from kit.models import uuid7

TURN: Final = 100
"""Lines after which others in this process get a turn."""


class Chunk:
    """The lines of one request. Of two lines about one customer the later has the last word."""

    def __init__(self, progress: CustomerImport, mapping: Mapping, caller: Caller) -> None:
        self.progress = progress
        self.mapping = mapping
        self.caller = caller
        self.tally = Tally()
        self.lines: list[tuple[int, Line]] = []
        self.refused: list[ImportRejection] = []
        self._known: dict[Key, KnownFacts] = {}
        self._new: dict[UUID, Newcomer] = {}
        self._changed: dict[UUID, Customer] = {}
        self._claims: list[tuple[KnownFacts, list[Fact]]] = []
        self._consents: list[dict[str, object]] = []

    def add(self, number: int, line: Line) -> None:
        self.lines.append((number, line))

    def refuse(self, number: int, unusable: Unusable) -> None:
        self.tally.outcomes["rejected"] += 1
        self.refused.append(
            ImportRejection(
                import_id=self.progress.id,
                line=number,
                field=unusable.field,
                reason=unusable.reason,
            )
        )

    async def take(self, session: AsyncSession) -> None:
        """Write what the lines say, tell the platform, and count."""
        keys = {key for _, line in self.lines for key in line.identifiers}
        owned = await owners(session, keys)
        customers = await customers_for_update(session, set(owned.values()))
        self._known = {key: customers[owner] for key, owner in owned.items()}
        for place, (number, line) in enumerate(self.lines, 1):
            try:
                self._put(number, line)
            except Unusable as unusable:
                self.refuse(number, unusable)
            if place % TURN == 0:
                await asyncio.sleep(0)
        await register(session, list(self._new.values()))
        await claim_identifiers(session, self._claims)
        announce(session, list(self._changed.values()))
        await insert_new_rows(session, table_of(ConsentRecord), self._consents)
        self.refused.sort(key=lambda each: each.line)
        self.tally.add_to(self.progress)

    def _put(self, number: int, line: Line) -> None:
        customer = self._known_as(line)
        if customer is None:
            customer, applied = newly(line, self.mapping, self.progress.created_at)
            self._new[customer.id] = customer
            outcome = "registered"
        else:
            applied = apply(line, customer, self.progress.created_at)
            outcome = "changed" if applied.changed else "unchanged"
        for key in applied.identifiers:
            self._known[key] = customer
        self._take_down(number, customer, applied)
        if applied.changed and isinstance(customer, Customer):
            self._changed[customer.id] = customer
            added = [{"scheme": scheme, "value": value} for scheme, value in applied.identifiers]
            self._claims.append((customer, added))
        self.tally.count(outcome, customer.status, line)

    def _known_as(self, line: Line) -> KnownFacts | None:
        """Whom the line is about, if they are known; Unusable when it can't be put in."""
        found = {
            customer.id: customer
            for key in line.identifiers
            if (customer := self._known.get(key)) is not None
        }
        if len(found) > 1:
            raise Unusable("identifiers", "belong to different customers")
        customer = next(iter(found.values()), None)
        if customer is not None and not self.caller.sees(customer.unit):
            raise Unusable("identifiers", "belong to a customer of another unit")
        return customer

    def _take_down(self, number: int, customer: KnownFacts, applied: Applied) -> None:
        """The line is the evidence of the consents in it."""
        for mapped, granted in applied.consents:
            self._consents.append(
                {
                    "id": uuid7(),
                    "created_at": self.progress.created_at,
                    "customer_id": customer.id,
                    "purpose": mapped.purpose,
                    "channel_kind": mapped.channel_kind,
                    "granted": granted,
                    "source": ConsentSource.IMPORT,
                    "decided_at": self.progress.created_at,
                    "evidence": f"Line {number} of {self.progress.source}",
                    "recorded_by": self.caller.subject,
                }
            )
