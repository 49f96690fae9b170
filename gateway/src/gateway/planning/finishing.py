"""From a draft to a plan: order, texts, paths, and requests that can be sent as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gateway.planning.draft import Fetch, Place, Representation, Site
from gateway.planning.knowledge import Knowledge
from gateway.planning.plan import EntityForm, PlannedFetch, Rename, Step, Target
from gateway.planning.printing import Printer
from gateway.supergraph.field_sets import Selection


@dataclass
class Request:
    """Fetches that are one request: equal text, only at different places."""

    fetch: Fetch
    query: str
    variables: frozenset[str]
    renames: tuple[Rename, ...]
    targets: list[Target]
    after: set[Fetch]
    members: list[Fetch] = field(default_factory=list)


def finish(
    knowledge: Knowledge, fetches: Iterable[Fetch], definitions: Mapping[str, str], first_id: int
) -> tuple[PlannedFetch, ...]:
    """Number the fetches of one stage in an order in which each waits only for earlier ones."""
    requests: dict[tuple[object, ...], Request] = {}
    levels: dict[Fetch, int] = {}
    for fetch in _in_order(list(fetches)):
        levels[fetch] = 1 + max((levels[earlier] for earlier in fetch.after), default=0)
        request = _request(knowledge, fetch, definitions)
        alike = (fetch.kind, fetch.graph, levels[fetch], request.query)
        _add(requests, alike if fetch.kind == "entity" else (fetch,), request)
    ids = {m: first_id + n for n, r in enumerate(requests.values()) for m in r.members}
    return tuple(_planned(request, ids) for request in requests.values())


def _in_order(fetches: list[Fetch]) -> list[Fetch]:
    ordered: dict[Fetch, None] = {}

    def visit(fetch: Fetch) -> None:
        if fetch not in ordered:
            for earlier in fetch.after:
                visit(earlier)
            ordered[fetch] = None

    for fetch in fetches:
        visit(fetch)
    return list(ordered)


def _request(knowledge: Knowledge, fetch: Fetch, definitions: Mapping[str, str]) -> Request:
    printer = Printer(knowledge, fetch)
    query = printer.query(definitions)
    return Request(
        fetch=fetch,
        query=query,
        variables=frozenset(printer.variables),
        renames=tuple(reversed(printer.renames)),
        targets=[_target(knowledge, fetch)],
        after=set(fetch.after),
        members=[fetch],
    )


def _add(
    requests: dict[tuple[object, ...], Request], alike: tuple[object, ...], request: Request
) -> None:
    """Send along with an equal request that can start at the same time."""
    earlier = requests.setdefault(alike, request)
    if earlier is not request:
        earlier.targets += request.targets
        earlier.after |= request.after
        earlier.members += request.members


def _planned(request: Request, ids: Mapping[Fetch, int]) -> PlannedFetch:
    return PlannedFetch(
        id=ids[request.fetch],
        subgraph=request.fetch.graph,
        kind=request.fetch.kind,
        query=request.query,
        variable_names=tuple(sorted(request.variables)),
        targets=tuple(request.targets),
        after=tuple(sorted({ids[fetch] for fetch in request.after})),
        renames=request.renames,
    )


def _target(knowledge: Knowledge, fetch: Fetch) -> Target:
    target = Target(_path(knowledge, fetch.place))
    if fetch.kind != "entity":
        return target
    forms = {name: _form(r) for name, r in fetch.representations.items()}
    if not knowledge.is_abstract(fetch.place.type):
        return replace(target, otherwise=next(iter(forms.values())))
    unknown = [form for name, form in forms.items() if knowledge.is_abstract(name)]
    return replace(target, forms=forms, otherwise=unknown[0] if unknown else None)


def _form(representation: Representation) -> EntityForm:
    texts = [key.text for key in representation.keys]
    extra = [p.name + p.arguments for p in representation.wants.values()]
    return EntityForm(
        type_name=representation.type_name,
        keys=tuple(key.fields for key in representation.keys),
        wants=Selection(tuple(representation.wants.values())),
        text=f"{representation.type_name}({'; '.join(texts)}) with {' '.join(extra)}",
    )


def _path(knowledge: Knowledge, place: Place) -> tuple[Step, ...]:
    steps: list[Step] = []
    while place.parent is not None and place.pick is not None:
        site: Site = place.parent
        types = None
        if knowledge.is_abstract(site.place.type) and not knowledge.is_abstract(site.type):
            types = frozenset((site.type,))
        steps.append(Step(place.pick.key, types))
        place = site.place
    return tuple(reversed(steps))
