"""Reading what a line says about groups."""

from collections.abc import Mapping as Places
from collections.abc import Sequence

from customer.attributes.models import storable
from customer.groups.commands import LONGEST_SUBJECT
from customer.identifiers.models import SCHEME, from_abroad, normalised
from customer.imports.lines import InGroups, Lists, Named, SaidMembership, Unusable
from customer.imports.mapping import MappedReference, Mapping
from customer.profiles.facts import GroupClass


class GroupReader:
    """The columns about groups, if a mapping has any."""

    def __init__(self, mapping: Mapping, places: Places[str, int]) -> None:
        self.mapping = mapping
        self.places = places
        self.speaks = mapping.refers or bool(mapping.group_class or mapping.account_manager)

    def read(self, texts: Sequence[str], lists: Lists) -> InGroups | None:
        """None when the line says nothing about groups; Unusable with the column that is wrong."""
        if not self.speaks:
            return None
        parent = self.mapping.parent
        found = InGroups(
            group_class=self._class(texts),
            account_manager=self._manager(texts),
            parent=self._named(parent, texts) if parent else None,
            memberships=[*self._columns(texts), *self._listed(lists)],
        )
        return found if found != InGroups(memberships=[]) else None

    def _class(self, texts: Sequence[str]) -> GroupClass | None:
        mapped = self.mapping.group_class
        if mapped is None or not (text := texts[self.places[mapped.column]]):
            return None
        if text not in set(GroupClass):
            raise Unusable(mapped.column, f"{text[:40]!r} is not A, B or C")
        return GroupClass(text)

    def _manager(self, texts: Sequence[str]) -> str | None:
        mapped = self.mapping.account_manager
        if mapped is None or not (text := texts[self.places[mapped.column]]):
            return None
        if not storable(text, LONGEST_SUBJECT):
            raise Unusable(mapped.column, f"is not a text of 1 to {LONGEST_SUBJECT} characters")
        return text

    def _named(self, mapped: MappedReference, texts: Sequence[str]) -> Named | None:
        if not (text := texts[self.places[mapped.column]]):
            return None
        scheme, value = mapped.scheme, text
        if scheme is None:
            scheme, _, value = text.partition(":")
        value = from_abroad(value, mapped.country_code)
        return _named(mapped.column, scheme, value)

    def _columns(self, texts: Sequence[str]) -> list[SaidMembership]:
        said = [(self._named(each, texts), each.role) for each in self.mapping.member_of]
        return [SaidMembership(named, role, None) for named, role in said if named]

    def _listed(self, lists: Lists) -> list[SaidMembership]:
        column = self.mapping.lists.memberships or ""
        return [
            SaidMembership(_named(column, each.scheme, each.value), each.role, each.since)
            for each in lists.get("memberships", ())
        ]


def _named(column: str, scheme: str, value: str) -> Named:
    if not SCHEME.fullmatch(scheme):
        raise Unusable(column, f"{scheme[:40]!r} is not a scheme: it takes crm:G-1 for instance")
    try:
        return Named(column, (scheme, normalised(scheme, value)))
    except ValueError as wrong:
        raise Unusable(column, str(wrong)) from wrong
