"""Reading lines by a mapping: each becomes what it says about a customer, or a reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from customer.attributes.models import Scalar, read, storable
from customer.identifiers.models import normalised
from customer.identifiers.queries import Key
from customer.imports.mapping import MappedAttribute, MappedConsent, Mapping
from customer.profiles.commands import LONGEST_NAME
from customer.profiles.facts import CustomerStatus

Record: TypeAlias = Sequence[str | None]
MOST_REMEMBERED: Final = 1_000


class Unusable(Exception):
    """A line that says nothing usable, and where."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(slots=True)
class Line:
    """What one line says."""

    identifiers: list[Key]
    name: str | None
    status: CustomerStatus | None
    attributes: dict[str, Scalar | None]
    holdings: list[tuple[str, bool]]
    tags: list[tuple[str, bool]]
    consents: list[tuple[MappedConsent, bool]]


class Reader:
    """A mapping with its columns' places found once."""

    def __init__(self, mapping: Mapping, columns: Sequence[str]) -> None:
        self.mapping = mapping
        self.width = len(columns)
        place = {name: number for number, name in enumerate(columns)}
        self.places = place
        self.identifiers = [(e.scheme, e.column, place[e.column]) for e in mapping.identifiers]
        self.attributes = [
            (each.name, _reader_of(each), place[each.column]) for each in mapping.attributes
        ]
        self.holdings = [
            (each.product, frozenset(each.when), place[each.column]) for each in mapping.holdings
        ]
        self.tags = [(each.tag, frozenset(each.when), place[each.column]) for each in mapping.tags]

    def read(self, record: Record) -> Line:
        """What the record says; Unusable with the column that spoils it."""
        if len(record) != self.width:
            raise Unusable("line", f"has {len(record)} values, the header {self.width}")
        texts = ["" if value is None else value.strip() for value in record]
        return Line(
            identifiers=self._identifiers(texts),
            name=self._name(texts),
            status=self._status(texts),
            attributes={name: read_in(texts[at]) for name, read_in, at in self.attributes},
            holdings=[(product, texts[at] in when) for product, when, at in self.holdings],
            tags=[(tag, texts[at] in when) for tag, when, at in self.tags],
            consents=self._consents(texts),
        )

    def _identifiers(self, texts: Sequence[str]) -> list[Key]:
        found: list[Key] = []
        for scheme, column, place in self.identifiers:
            if not texts[place]:
                continue
            try:
                key = scheme, normalised(scheme, texts[place])
            except ValueError as wrong:
                raise Unusable(column, str(wrong)) from wrong
            if key not in found:
                found.append(key)
        if not found:
            raise Unusable(self.identifiers[0][1], "is blank: the line names nobody")
        return found

    def _name(self, texts: Sequence[str]) -> str | None:
        if self.mapping.name is None:
            return None
        name = texts[self.places[self.mapping.name.column]]
        if name and not storable(name, LONGEST_NAME):
            raise Unusable(
                self.mapping.name.column, f"is not a text of 1 to {LONGEST_NAME} characters"
            )
        return name or None

    def _status(self, texts: Sequence[str]) -> CustomerStatus | None:
        status = self.mapping.status
        if status is None:
            return None
        text = texts[self.places[status.column]]
        if text not in status.values:
            raise Unusable(status.column, f"{text[:40]!r} is not mapped to a status")
        return status.values[text]

    def _consents(self, texts: Sequence[str]) -> list[tuple[MappedConsent, bool]]:
        said: list[tuple[MappedConsent, bool]] = []
        for each in self.mapping.consents:
            if each.column is None or each.when is None:
                said.append((each, each.granted))
                continue
            text = texts[self.places[each.column]]
            if text in each.when:
                said.append((each, each.granted))
            elif text and each.granted:
                said.append((each, False))
        return said


def _reader_of(mapped: MappedAttribute) -> Callable[[str], Scalar | None]:
    """Reads a column; what it has read before it knows, as most columns say a few things only."""
    known: dict[str, Scalar | None] = {}

    def read_in(text: str) -> Scalar | None:
        if text in known:
            return known[text]
        value = _attribute(mapped, text)
        if len(known) < MOST_REMEMBERED:
            known[text] = value
        return value

    return read_in


def _attribute(mapped: MappedAttribute, text: str) -> Scalar | None:
    """The value, or None for a blank that may be."""
    if not text:
        if mapped.blank == "reject":
            raise Unusable(mapped.column, "is blank")
        return None
    if mapped.values is not None:
        if text not in mapped.values:
            raise Unusable(mapped.column, f"{text[:40]!r} is not mapped to a value")
        text = mapped.values[text]
    try:
        return read(mapped.type, text)
    except ValueError as wrong:
        raise Unusable(mapped.column, f"{text[:40]!r} {wrong}") from wrong
