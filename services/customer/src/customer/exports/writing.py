"""Writing a customer by a mapping: what the import would read from the same columns."""

from collections.abc import Callable, Collection, Sequence
from collections.abc import Mapping as Pairs
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from customer.attributes.models import AttributeType, Scalar, read
from customer.identifiers.models import masked, masked_name
from customer.imports.listed import written
from customer.imports.mapping import (
    MappedAttribute,
    MappedConsent,
    MappedMembership,
    MappedReference,
    Mapping,
)
from customer.profiles.facts import Fact
from kit.personal.seeing import MASK

Shown: TypeAlias = Any
"""A customer's row."""
Cell: TypeAlias = str | int | float | bool | list[Any] | None
Part: TypeAlias = Callable[[Shown, bool], Cell]
NO: Final = "no"


class Writer:
    """A mapping turned round. Where a column says several things, the first that says one does."""

    def __init__(self, mapping: Mapping, hidden: Collection[str] = ()) -> None:
        """`hidden` are attributes that are left blank."""
        self.parts: dict[str, list[Part]] = {}
        for column, part in _parts(mapping, hidden):
            self.parts.setdefault(column, []).append(part)

    @property
    def columns(self) -> list[str]:
        return list(self.parts)

    def write(self, customer: Shown, *, whole: bool) -> list[Cell]:
        """A value per column; names, identifiers and reasons are masked unless whole."""
        return [self._cell(parts, customer, whole) for parts in self.parts.values()]

    def _cell(self, parts: Sequence[Part], customer: Shown, whole: bool) -> Cell:
        cells = (part(customer, whole) for part in parts)
        return next((cell for cell in cells if cell is not None), None)


def _parts(mapping: Mapping, hidden: Collection[str]) -> list[tuple[str, Part]]:
    found: list[tuple[str, Part]] = []
    schemes: list[str] = []
    for each in mapping.identifiers:
        found.append((each.column, _identifier(each.scheme, schemes.count(each.scheme))))
        schemes.append(each.scheme)
    plain = {"unit": mapping.unit_column, "kind": mapping.kind_column}
    plain["time_zone"] = mapping.time_zone_column
    found += [(column, _plain(name)) for name, column in plain.items() if column is not None]
    if mapping.name is not None:
        found.append((mapping.name.column, _name))
    if mapping.status is not None:
        texts = {str(status): text for text, status in reversed(mapping.status.values.items())}
        found.append((mapping.status.column, lambda row, _: texts.get(row.status)))
    found += [
        (e.column, _nothing if e.name in hidden else _attribute(e)) for e in mapping.attributes
    ]
    found += [(e.column, _holding(e.product, e.when[0])) for e in mapping.holdings]
    found += [(e.column, _tag(e.tag, e.when[0])) for e in mapping.tags]
    found += [(e.column, _consent(e)) for e in mapping.consents if e.column is not None]
    found += [(column, _list(name)) for name, column in mapping.lists.columns().items()]
    return found + _group_parts(mapping)


def _group_parts(mapping: Mapping) -> list[tuple[str, Part]]:
    found: list[tuple[str, Part]] = []
    if mapping.group_class is not None:
        found.append((mapping.group_class.column, lambda row, _: row.group_class))
    if mapping.account_manager is not None:
        found.append((mapping.account_manager.column, lambda row, _: row.account_manager))
    if mapping.parent is not None:
        found.append((mapping.parent.column, _parent(mapping.parent)))
    return found + [(each.column, _member_of(each)) for each in mapping.member_of]


def _parent(mapped: MappedReference) -> Part:
    return lambda row, whole: _reference(mapped, row.parent, whole)


def _member_of(mapped: MappedMembership) -> Part:
    def cell(row: Shown, whole: bool) -> Cell:
        in_role = [each for each in row.memberships if each["role"] == mapped.role]
        return _reference(mapped, in_role, whole)

    return cell


def _reference(mapped: MappedReference, identifiers: Sequence[Fact], whole: bool) -> Cell:
    """The first that the column can say."""
    for each in identifiers:
        if mapped.scheme in (None, each["scheme"]):
            value = each["value"] if whole else masked(each["scheme"], each["value"])
            return str(value) if mapped.scheme else f"{each['scheme']}:{value}"
    return None


def _nothing(_row: Shown, _whole: bool) -> Cell:
    return None


def _plain(name: str) -> Part:
    return lambda row, _: str(getattr(row, name))


def _name(row: Shown, whole: bool) -> Cell:
    name: str | None = row.name
    return name if whole or name is None else masked_name(name)


def _identifier(scheme: str, place: int) -> Part:
    def cell(row: Shown, whole: bool) -> Cell:
        values = [each["value"] for each in row.identifiers if each["scheme"] == scheme]
        if place >= len(values):
            return None
        return str(values[place]) if whole else masked(scheme, values[place])

    return cell


def _attribute(mapped: MappedAttribute) -> Part:
    texts = _texts(mapped)

    def cell(row: Shown, _: bool) -> Cell:
        value: Scalar | None = row.attributes.get(mapped.name)
        if value is None:
            return None
        if texts is not None:
            return texts.get(value)
        if mapped.format is not None:
            return date.fromisoformat(str(value)).strftime(mapped.format)
        return value

    return cell


def _texts(mapped: MappedAttribute) -> Pairs[Scalar, str] | None:
    """The text of each value, where the mapping translates them."""
    if mapped.values is None:
        return None
    pairs = reversed(mapped.values.items())
    return {read(AttributeType(mapped.type), value): text for text, value in pairs}


def _holding(product: str, text: str) -> Part:
    meant = {"product_code": product, "until": None}.items()
    return lambda row, _: text if any(meant <= each.items() for each in row.holdings) else None


def _tag(tag: str, text: str) -> Part:
    return lambda row, _: text if any(each["tag"] == tag for each in row.tags) else None


def _consent(mapped: MappedConsent) -> Part:
    about = {"purpose": mapped.purpose, "channel_kind": mapped.channel_kind}.items()
    when = mapped.when or []
    otherwise = next(text for text in (NO, "-", "?", "0", "") if text not in when)

    def cell(row: Shown, _: bool) -> Cell:
        said = next((each for each in row.consents if about <= each.items()), None)
        if said is None:
            return None
        if said["granted"] == mapped.granted:
            return when[0]
        return otherwise if mapped.granted else None

    return cell


def _list(name: str) -> Part:
    def cell(row: Shown, whole: bool) -> Cell:
        facts = getattr(row, name)
        if name in ("identifiers", "memberships") and not whole:
            facts = [{**each, "value": masked(each["scheme"], each["value"])} for each in facts]
        if name == "special_lists" and not whole:
            facts = [{**each, "reason": MASK} for each in facts]
        return written(name, facts) or None

    return cell


def as_text(cell: Cell) -> str:
    """As CSV has it, and the import reads it; lists are told apart and written as JSON."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return format(Decimal(str(cell)), "f") if isinstance(cell, float) else str(cell)
