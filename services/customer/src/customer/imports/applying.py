"""Making what a line says hold of a customer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from customer.identifiers.models import normalised
from customer.identifiers.queries import Key
from customer.imports.lines import Line, SaidConsent
from customer.imports.listed import ListedHolding
from customer.profiles.commands import newcomer
from customer.profiles.facts import CustomerStatus, Fact, KnownFacts, tagged
from customer.profiles.held import holding
from customer.profiles.models import Newcomer

BY_IMPORT: Final = "import"


@dataclass(slots=True)
class Applied:
    """What was new in a line."""

    changed: bool = False
    identifiers: list[Key] = field(default_factory=list)
    consents: list[SaidConsent] = field(default_factory=list)


def newly(line: Line, at: datetime) -> tuple[Newcomer, Applied]:
    """Somebody as the line says, at once: most lines of a first import are about newcomers."""
    customer = newcomer(
        line.identifiers[0],
        unit=line.unit,
        kind=line.kind,
        status=line.status or CustomerStatus.ACTIVE,
        time_zone=line.time_zone,
        name=line.name,
        attributes={name: value for name, value in line.attributes.items() if value is not None},
        tags=[tagged(name, BY_IMPORT) for name, has in line.tags if has],
        holdings=[holding(product, at, BY_IMPORT) for product, has in line.holdings if has],
    )
    for key in line.identifiers[1:]:
        customer.identify(*key)
    _take_lists(line, customer)
    _take_group(line, customer)
    return customer, Applied(True, line.identifiers, _agree(line, customer, at))


def apply(line: Line, customer: KnownFacts, at: datetime) -> Applied:
    """Change the customer to what the line says; what it doesn't speak of stays."""
    applied = Applied(
        identifiers=[key for key in line.identifiers if customer.identify(*key)],
        consents=_agree(line, customer, at),
    )
    changes = (
        _describe(line, customer),
        _hold(line, customer, at),
        _tag(line, customer),
        _take_lists(line, customer),
        _take_group(line, customer),
        bool(applied.identifiers or applied.consents),
    )
    applied.changed = any(changes)
    return applied


def _agree(line: Line, customer: KnownFacts, at: datetime) -> list[SaidConsent]:
    return [
        said
        for said in line.consents
        if not _overturns_a_no(said, customer)
        and customer.consent(said.purpose, said.channel_kind, said.granted, said.since or at)
    ]


def _overturns_a_no(said: SaidConsent, customer: KnownFacts) -> bool:
    """A yes without a date may be older than the no that stands: nobody knows when it was said."""
    undated = said.granted and said.since is None
    return undated and customer.has_refused(said.purpose, said.channel_kind)


def _describe(line: Line, customer: KnownFacts) -> bool:
    said = {name: value for name, value in line.attributes.items() if value is not None}
    facts = {"name": line.name, "status": line.status}
    described = customer.describe({name: each for name, each in facts.items() if each is not None})
    return customer.put_attributes(said) or described


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


def _take_lists(line: Line, customer: KnownFacts) -> bool:
    """What whole lists say comes to what is known."""
    if not line.lists:
        return False
    changes = [
        *(
            customer.verify(e.scheme, normalised(e.scheme, e.value), e.verified_at)
            for e in line.lists.get("identifiers", ())
            if e.verified_at
        ),
        *(customer.tag(e.tag, e.source, e.expires_at) for e in line.lists.get("tags", ())),
        *(_take_holding(each, customer) for each in line.lists.get("holdings", ())),
        *(
            customer.put_on_list(each.list, each.reason, each.since, each.until)
            for each in line.lists.get("special_lists", ())
        ),
    ]
    return any(changes)


def _take_group(line: Line, customer: KnownFacts) -> bool:
    said = line.groups
    if said is None:
        return False
    before = customer.group_class, customer.account_manager
    customer.group_class = said.group_class or customer.group_class
    customer.account_manager = said.account_manager or customer.account_manager
    return (customer.group_class, customer.account_manager) != before


def _take_holding(listed: ListedHolding, customer: KnownFacts) -> bool:
    """A holding is known by its product and its beginning."""
    new = _fact(listed)
    known = next((e for e in customer.holdings if _same(e, new)), None)
    if known is None:
        customer.holdings = [*customer.holdings, new]
        return True
    if new.items() <= known.items():
        return False
    customer.holdings = [{**each, **new} if each is known else each for each in customer.holdings]
    return True


def _same(one: Fact, other: Fact) -> bool:
    return all(one[name] == other[name] for name in ("product_code", "since"))


def _fact(listed: ListedHolding) -> Fact:
    order = str(listed.order_id) if listed.order_id else None
    begun = holding(listed.product_code, listed.since, listed.source, order)
    return {**begun, "until": listed.until.isoformat() if listed.until else None}
