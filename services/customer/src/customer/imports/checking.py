"""Whether a mapping makes sense, and fits the columns of a file."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from customer.attributes.models import AttributeType, checked_name
from customer.consents.commands import checked_channel_kind, checked_code
from customer.identifiers.models import checked_scheme
from customer.imports.mapping import MappedIdentifier, MappedReference, Mapping
from customer.profiles.commands import checked_time_zone
from customer.tags.commands import checked_tag
from kit.errors import InvalidInput
from kit.units import checked_unit

SAMPLE: Final = datetime(2001, 2, 3)  # noqa: DTZ001  # a calendar date, to try formats with


def check(mapping: Mapping, columns: Sequence[str]) -> None:
    """InvalidInput, with the path, for what is wrong in itself or not in the file."""
    if len(set(columns)) != len(columns):
        raise InvalidInput("columns", "names a column twice")
    checked_unit(mapping.unit, "mapping.unit")
    checked_time_zone(mapping.time_zone, "mapping.time_zone")
    for path, column in _columns(mapping):
        if column not in columns:
            raise InvalidInput(f"mapping.{path}", f"{column} is not a column of the file")
    if not mapping.identifiers and mapping.lists.identifiers is None:
        raise InvalidInput("mapping.identifiers", "takes at least one, or a list of them")
    _check_schemes(mapping)
    _check_codes(mapping)
    _check_formats(mapping)
    _check_once("attributes", [each.name for each in mapping.attributes])
    _check_once("holdings", [each.product for each in mapping.holdings])
    _check_once("tags", [each.tag for each in mapping.tags])


def _columns(mapping: Mapping) -> Iterator[tuple[str, str]]:
    """Each column that is named, with the path of what names it."""
    for name in ("unit_column", "kind_column", "time_zone_column"):
        if (column := getattr(mapping, name)) is not None:
            yield name, column
    for name, column in mapping.lists.columns().items():
        yield f"lists.{name}", column
    for name, part in _parts(mapping):
        if part.column is not None:
            yield f"{name}.column", part.column


def _parts(mapping: Mapping) -> Iterator[tuple[str, Any]]:
    for name in ("name", "status", "group_class", "account_manager", "parent"):
        if (part := getattr(mapping, name)) is not None:
            yield name, part
    for name in ("identifiers", "attributes", "holdings", "tags", "consents", "member_of"):
        for place, part in enumerate(getattr(mapping, name)):
            yield f"{name}.{place}", part


def _check_codes(mapping: Mapping) -> None:
    for place, attribute in enumerate(mapping.attributes):
        checked_name(attribute.name, f"mapping.attributes.{place}.name")
    for place, tag in enumerate(mapping.tags):
        checked_tag(tag.tag, f"mapping.tags.{place}.tag")
    for place, consent in enumerate(mapping.consents):
        path = f"mapping.consents.{place}"
        checked_code(consent.purpose, f"{path}.purpose")
        if consent.channel_kind is not None:
            checked_channel_kind(consent.channel_kind, f"{path}.channel_kind")
        if (consent.column is None) != (consent.when is None):
            raise InvalidInput(f"{path}.when", "goes with a column, and a column with it")


def _check_schemes(mapping: Mapping) -> None:
    for path, part in _parts(mapping):
        if not isinstance(part, MappedIdentifier | MappedReference):
            continue
        if part.scheme is not None:
            checked_scheme(part.scheme, f"mapping.{path}.scheme")
        if part.country_code is not None and part.scheme != "msisdn":
            raise InvalidInput(f"mapping.{path}.country_code", "goes with the scheme msisdn")


def _check_formats(mapping: Mapping) -> None:
    for place, attribute in enumerate(mapping.attributes):
        if attribute.format is None:
            continue
        path = f"mapping.attributes.{place}.format"
        if attribute.type != AttributeType.DATE:
            raise InvalidInput(path, "goes with the type date")
        if not _tells_the_day(attribute.format):
            raise InvalidInput(path, "names year, month and day, such as %d/%m/%Y")


def _tells_the_day(form: str) -> bool:
    try:
        return datetime.strptime(SAMPLE.strftime(form), form) == SAMPLE  # noqa: DTZ007
    except (ValueError, re.error):  # a directive that is unknown, or there twice
        return False


def _check_once(part: str, names: list[str]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InvalidInput(f"mapping.{part}.{place}", f"{name} is mapped twice")
