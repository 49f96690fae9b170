"""Making what a line says hold of a customer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from customer.identifiers.queries import Key
from customer.imports.mapping import MappedConsent
from customer.imports.reading import Line
from customer.profiles.facts import KnownFacts

BY_IMPORT: Final = "import"


@dataclass(slots=True)
class Applied:
    """What was new in a line."""

    changed: bool = False
    identifiers: list[Key] = field(default_factory=list)
    consents: list[tuple[MappedConsent, bool]] = field(default_factory=list)


def apply(line: Line, customer: KnownFacts, at: datetime) -> Applied:
    """Change the customer to what the line says; what it doesn't speak of stays."""
    applied = Applied(
        identifiers=[key for key in line.identifiers if customer.identify(*key)],
        consents=[
            (mapped, granted)
            for mapped, granted in line.consents
            if customer.consent(mapped.purpose, mapped.channel_kind, granted, at)
        ],
    )
    changes = (
        _describe(line, customer),
        _hold(line, customer, at),
        _tag(line, customer),
        bool(applied.identifiers or applied.consents),
    )
    applied.changed = any(changes)
    return applied


def _describe(line: Line, customer: KnownFacts) -> bool:
    said = {name: value for name, value in line.attributes.items() if value is not None}
    changed = customer.put_attributes(said)
    if line.name is not None and line.name != customer.name:
        customer.name = line.name
        changed = True
    if line.status is not None and line.status != customer.status:
        customer.status = line.status
        changed = True
    return changed


def _hold(line: Line, customer: KnownFacts, at: datetime) -> bool:
    """Products the file no longer shows end, if it was an import that told of them."""
    held = {each["product_code"] for each in customer.holdings if each["until"] is None}
    changes = [
        customer.hold(product, at, BY_IMPORT)
        if has
        else customer.release(at, product_code=product, source=BY_IMPORT)
        for product, has in line.holdings
        if has or product in held
    ]
    return any(changes)


def _tag(line: Line, customer: KnownFacts) -> bool:
    worn = {each["tag"] for each in customer.tags}
    changes = [
        customer.tag(tag, BY_IMPORT) if has else customer.untag(tag, source=BY_IMPORT)
        for tag, has in line.tags
        if has or tag in worn
    ]
    return any(changes)
