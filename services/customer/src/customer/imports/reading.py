"""Reading lines by a mapping: each becomes what it says about a customer, or a reason."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from customer.attributes.models import storable
from customer.identifiers.models import from_abroad, normalised
from customer.identifiers.queries import Key
from customer.imports.group_columns import GroupReader
from customer.imports.lines import Line, Lists, Record, SaidConsent, Unusable
from customer.imports.listed import read_list
from customer.imports.mapping import Mapping
from customer.imports.values import reader_of
from customer.profiles.commands import LONGEST_NAME, checked_time_zone
from customer.profiles.facts import CustomerKind, CustomerStatus
from kit.errors import InvalidInput
from kit.units import UNIT_PATH, lies_below

Found = TypeVar("Found")
KINDS: Final = {str(kind): kind for kind in CustomerKind}


class Reader:
    """A mapping with its columns' places found once."""

    def __init__(self, mapping: Mapping, columns: Sequence[str]) -> None:
        self.mapping = mapping
        self.width = len(columns)
        place = {name: number for number, name in enumerate(columns)}
        self.places = place
        self.identifiers = [(e, place[e.column]) for e in mapping.identifiers]
        self.attributes = [
            (each.name, reader_of(each), place[each.column]) for each in mapping.attributes
        ]
        self.holdings = [
            (each.product, frozenset(each.when), place[each.column]) for each in mapping.holdings
        ]
        self.tags = [(each.tag, frozenset(each.when), place[each.column]) for each in mapping.tags]
        self.lists = mapping.lists.columns()
        self.groups = GroupReader(mapping, place)

    def read(self, record: Record) -> Line:
        """What the record says; Unusable with the column that spoils it."""
        if len(record) != self.width:
            raise Unusable("line", f"has {len(record)} values, the header {self.width}")
        texts = ["" if value is None else value.strip() for value in record]
        lists = self._lists(texts)
        return Line(
            identifiers=self._identifiers(texts, lists),
            unit=self._column(texts, self.mapping.unit_column, self._unit, self.mapping.unit),
            kind=self._column(texts, self.mapping.kind_column, _kind, self.mapping.kind),
            time_zone=self._column(
                texts, self.mapping.time_zone_column, _time_zone, self.mapping.time_zone
            ),
            name=self._name(texts),
            status=self._status(texts),
            attributes={name: read_in(texts[at]) for name, read_in, at in self.attributes},
            holdings=[(product, texts[at] in when) for product, when, at in self.holdings],
            tags=[(tag, texts[at] in when) for tag, when, at in self.tags],
            consents=self._consents(texts, lists),
            lists=lists,
            groups=self.groups.read(texts, lists),
        )

    def _identifiers(self, texts: Sequence[str], lists: Lists) -> list[Key]:
        said = [
            (e.scheme, e.column, from_abroad(texts[place], e.country_code))
            for e, place in self.identifiers
            if texts[place]
        ]
        listed = self.mapping.lists.identifiers
        said += [(e.scheme, listed or "", e.value) for e in lists.get("identifiers", ())]
        found: list[Key] = []
        for scheme, column, value in said:
            try:
                key = scheme, normalised(scheme, value)
            except ValueError as wrong:
                raise Unusable(column, str(wrong)) from wrong
            if key not in found:
                found.append(key)
        if not found:
            column = self.identifiers[0][0].column if self.identifiers else listed or ""
            raise Unusable(column, "is blank: the line names nobody")
        return found

    def _column(
        self,
        texts: Sequence[str],
        column: str | None,
        read_in: Callable[[str], Found],
        otherwise: Found,
    ) -> Found:
        """What a column says; otherwise what holds for all lines."""
        if column is None or not (text := texts[self.places[column]]):
            return otherwise
        try:
            return read_in(text)
        except ValueError as wrong:
            raise Unusable(column, f"{text[:40]!r} {wrong}") from wrong

    def _unit(self, text: str) -> str:
        if not UNIT_PATH.fullmatch(text) or not lies_below(text, self.mapping.unit):
            raise ValueError(f"is not a unit in {self.mapping.unit}")
        return text

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

    def _consents(self, texts: Sequence[str], lists: Lists) -> list[SaidConsent]:
        said = [
            SaidConsent(each.purpose, each.channel_kind, each.granted, each.since)
            for each in lists.get("consents", ())
        ]
        for each in self.mapping.consents:
            granted: bool | None = each.granted
            if each.column is not None and each.when is not None:
                text = texts[self.places[each.column]]
                if text not in each.when:
                    granted = False if text and each.granted else None
            if granted is not None:
                said.append(SaidConsent(each.purpose, each.channel_kind, granted, None))
        return said

    def _lists(self, texts: Sequence[str]) -> Lists:
        found = {}
        for name, column in self.lists.items():
            try:
                found[name] = read_list(name, texts[self.places[column]])
            except ValueError as wrong:
                raise Unusable(column, str(wrong)) from wrong
        return found


def _kind(text: str) -> CustomerKind:
    if text not in KINDS:
        raise ValueError("is not individual or group")
    return KINDS[text]


def _time_zone(text: str) -> str:
    try:
        return checked_time_zone(text)
    except InvalidInput as wrong:
        raise ValueError(wrong.message) from wrong
