"""Mappings: which column of a file says what about a customer."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from customer.attributes.models import AttributeType, checked_name
from customer.consents.commands import checked_code
from customer.identifiers.models import checked_scheme
from customer.profiles.commands import DEFAULT_TIME_ZONE, checked_time_zone
from customer.profiles.facts import CustomerKind, CustomerStatus
from customer.tags.commands import checked_tag
from kit.errors import InvalidInput
from kit.units import checked_unit

PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(max_length=500, pattern=PRINTABLE)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=PRINTABLE)]
Column = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE),
    Field(description="As the header has it."),
]
When = Annotated[list[Text], Field(min_length=1, max_length=50)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MappedIdentifier(_Part):
    scheme: str
    column: Column


class MappedName(_Part):
    column: Column


class MappedStatus(_Part):
    column: Column
    values: dict[Text, CustomerStatus] = Field(min_length=1, description="Text to status.")


class MappedAttribute(_Part):
    name: str
    column: Column
    type: AttributeType
    blank: Literal["skip", "reject"] = Field("skip", description="What a blank means.")
    values: dict[Text, Text] | None = Field(
        None, description="Text to value; a line with another text is refused."
    )


class MappedHolding(_Part):
    product: Code
    column: Column
    when: When


class MappedTag(_Part):
    tag: str
    column: Column
    when: When


class MappedConsent(_Part):
    """With a column: granted when its text is listed, else no. Without: the same for all lines."""

    purpose: str
    channel_kind: str | None = None
    granted: bool = True
    column: Column | None = None
    when: When | None = None


class Mapping(_Part):
    """What an import makes of each line."""

    unit: str
    kind: CustomerKind = CustomerKind.INDIVIDUAL
    time_zone: str = DEFAULT_TIME_ZONE
    identifiers: list[MappedIdentifier] = Field(min_length=1, max_length=8)
    name: MappedName | None = None
    status: MappedStatus | None = None
    attributes: list[MappedAttribute] = Field(default_factory=list, max_length=200)
    holdings: list[MappedHolding] = Field(default_factory=list, max_length=100)
    tags: list[MappedTag] = Field(default_factory=list, max_length=100)
    consents: list[MappedConsent] = Field(default_factory=list, max_length=20)

    @property
    def declared(self) -> dict[str, AttributeType]:
        return {each.name: each.type for each in self.attributes}


def check(mapping: Mapping, columns: Sequence[str]) -> None:
    """InvalidInput, with the path, for what is wrong in itself or not in the file."""
    if len(set(columns)) != len(columns):
        raise InvalidInput("columns", "names a column twice")
    checked_unit(mapping.unit, "mapping.unit")
    checked_time_zone(mapping.time_zone, "mapping.time_zone")
    for path, column in _columns(mapping):
        if column not in columns:
            raise InvalidInput(f"mapping.{path}.column", f"{column} is not a column of the file")
    _check_codes(mapping)
    _check_once("attributes", [each.name for each in mapping.attributes])
    _check_once("holdings", [each.product for each in mapping.holdings])
    _check_once("tags", [each.tag for each in mapping.tags])


def _columns(mapping: Mapping) -> Iterator[tuple[str, str]]:
    for name in ("name", "status"):
        if (part := getattr(mapping, name)) is not None:
            yield name, part.column
    for name in ("identifiers", "attributes", "holdings", "tags", "consents"):
        for place, part in enumerate(getattr(mapping, name)):
            if part.column is not None:
                yield f"{name}.{place}", part.column


def _check_codes(mapping: Mapping) -> None:
    for place, identifier in enumerate(mapping.identifiers):
        checked_scheme(identifier.scheme, f"mapping.identifiers.{place}.scheme")
    for place, attribute in enumerate(mapping.attributes):
        checked_name(attribute.name, f"mapping.attributes.{place}.name")
    for place, tag in enumerate(mapping.tags):
        checked_tag(tag.tag, f"mapping.tags.{place}.tag")
    for place, consent in enumerate(mapping.consents):
        path = f"mapping.consents.{place}"
        checked_code(consent.purpose, f"{path}.purpose")
        if consent.channel_kind is not None:
            checked_code(consent.channel_kind, f"{path}.channel_kind")
        if (consent.column is None) != (consent.when is None):
            raise InvalidInput(f"{path}.when", "goes with a column, and a column with it")


def _check_once(part: str, names: list[str]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InvalidInput(f"mapping.{part}.{place}", f"{name} is mapped twice")
