"""A chunk of lines on its way in: matched with those who are known, then kept at once."""

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from typing import Final
from uuid import UUID

from customer.consents.models import ConsentSource
from customer.groups.hierarchy import hold_hierarchy
from customer.identifiers.queries import Key
from customer.imports.applying import Applied, apply, newly
from customer.imports.lines import InGroups, Line, Unusable
from customer.imports.models import CustomerImport, ImportRejection
from customer.imports.originals import Original, as_line
from customer.imports.people import Gathered, People
from customer.imports.places import Joined, Places
from customer.imports.tally import Tally
from customer.merge_candidates.commands import Suspicion
from customer.organisation.queries import unknown_units
from customer.profiles.facts import KnownFacts
from kit.database import AsyncSession
from kit.identity import Caller
from kit.models import uuid7

TURN: Final = 100
"""Lines after which others in this process get a turn."""


class OfDifferentCustomers(Unusable):
    """The line names more than one customer: each with an identifier that the line has of them."""

    def __init__(self, found: Mapping[UUID, tuple[KnownFacts, Key]]) -> None:
        super().__init__("identifiers", "belong to different customers")
        self.found = found


class Chunk:
    """The lines of one request. Of two lines about one customer the later has the last word."""

    def __init__(self, progress: CustomerImport, people: People, caller: Caller) -> None:
        self.progress = progress
        self.people = people
        self.caller = caller
        self.tally = Tally()
        self.lines: list[tuple[int, Line, Original]] = []
        self.refused: list[ImportRejection] = []
        self.gathered = Gathered(by=caller.subject)
        self._known: dict[Key, KnownFacts] = {}
        self._places = Places()

    def add(self, number: int, line: Line, original: Original) -> None:
        self.lines.append((number, line, original))

    def refuse(self, number: int, unusable: Unusable, original: Original) -> None:
        self.tally.refuse(unusable.field)
        self.refused.append(
            ImportRejection(
                import_id=self.progress.id,
                line=number,
                field=unusable.field,
                reason=unusable.reason,
                original=as_line(original),
            )
        )

    async def take(self, session: AsyncSession) -> None:
        """Keep what the lines say, and count."""
        await self._refuse_unknown_units(session)
        lines = [line for _, line, _ in self.lines]
        keys = {key for line in lines for key in line.identifiers}
        named = {key for line in lines if line.groups for key in line.groups.named()}
        if any(line.groups and line.groups.parent for line in lines):
            await hold_hierarchy(session)
        self._known = await self.people.known(session, keys | named)
        if named:
            await self._places.load(session, self.people, lines, self._known)
        for place, (number, line, original) in enumerate(self.lines, 1):
            try:
                self._put(number, line)
            except OfDifferentCustomers as different:
                self.refuse(number, different, original)
                self._suspect(number, different)
            except Unusable as unusable:
                self.refuse(number, unusable, original)
            if place % TURN == 0:
                await asyncio.sleep(0)
        await self.people.keep(session, self.gathered)
        self.refused.sort(key=lambda each: each.line)
        self.tally.add_to(self.progress)

    async def _refuse_unknown_units(self, session: AsyncSession) -> None:
        column = self.progress.mapping.get("unit_column", "")
        units = {line.unit for _, line, _ in self.lines} if column else set()
        wrong = await unknown_units(session, units, self.caller.unit or "")
        for number, line, original in self.lines if wrong else ():
            if line.unit in wrong:
                self.refuse(number, Unusable(column, wrong[line.unit]), original)
        self.lines = [each for each in self.lines if each[1].unit not in wrong]

    def _put(self, number: int, line: Line) -> None:
        customer = self._known_as(line)
        if line.groups:
            kind = customer.kind if customer else line.kind
            self._places.refuse(line.groups, kind, customer.id if customer else None, self._known)
        if customer is None:
            customer, applied = newly(line, self.progress.created_at)
            self.gathered.new[customer.id] = customer
            outcome = "registered"
        else:
            applied = apply(line, customer, self.progress.created_at)
            outcome = "changed" if applied.changed else "unchanged"
        if line.groups and self._put_into_groups(line.groups, customer, applied):
            outcome = "changed" if outcome == "unchanged" else outcome
        for key in applied.identifiers:
            self._known[key] = customer
        if line.lists.get("special_lists"):
            self.gathered.on_lists[customer.id] = customer
        self._take_down(number, customer, applied)
        if applied.changed and customer.id not in self.gathered.new:
            self.gathered.changed[customer.id] = customer
            added = [{"scheme": scheme, "value": value} for scheme, value in applied.identifiers]
            self.gathered.claims.append((customer, added))
        self.tally.count(outcome, customer.status, line)

    def _put_into_groups(self, said: InGroups, customer: KnownFacts, applied: Applied) -> bool:
        """Whether something of it is new; a membership is no fact of the customer's own."""
        if said.parent is not None:
            parent = self._known[said.parent.key]
            if customer.parent_id != parent.id:
                self._places.place(customer.id, parent.id)
                customer.parent_id = parent.id
                applied.changed = True
        roles = self._places.roles.setdefault(customer.id, {})
        new = [e for e in said.memberships if roles.get(self._known[e.group.key].id) != e.role]
        for each in new:
            group = self._known[each.group.key]
            roles[group.id] = each.role
            since = each.since or self.progress.created_at
            self.gathered.joined.append(Joined(group.id, customer.id, each.role, since))
        return applied.changed or bool(new)

    def _known_as(self, line: Line) -> KnownFacts | None:
        """Whom the line is about, if they are known; Unusable when it can't be put in."""
        found = {
            customer.id: (customer, key)
            for key in line.identifiers
            if (customer := self._known.get(key)) is not None
        }
        if len(found) > 1:
            raise OfDifferentCustomers(found)
        customer = next((one for one, _ in found.values()), None)
        if customer is not None and not self.caller.sees(customer.unit):
            raise Unusable("identifiers", "belong to a customer of another unit")
        return customer

    def _suspect(self, number: int, different: OfDifferentCustomers) -> None:
        """A person has to look whether they are one; whoever sent the file need not know of both."""
        why = f"Line {number} of {self.progress.source} names both"
        for (one, _), (other, (scheme, _value)) in pairwise(different.found.values()):
            if one.kind == other.kind:
                self.gathered.suspicions.append(
                    Suspicion(one.id, one.unit, other.id, other.unit, scheme, why)
                )

    def _take_down(self, number: int, customer: KnownFacts, applied: Applied) -> None:
        """The line is the evidence of the consents in it."""
        for said in applied.consents:
            self.gathered.consents.append(
                {
                    "id": uuid7(),
                    "created_at": self.progress.created_at,
                    "customer_id": customer.id,
                    "purpose": said.purpose,
                    "channel_kind": said.channel_kind,
                    "granted": said.granted,
                    "source": ConsentSource.IMPORT,
                    "decided_at": said.since or self.progress.created_at,
                    "evidence": f"Line {number} of {self.progress.source}",
                    "recorded_by": self.caller.subject,
                }
            )
