"""Whether it is said of every table what becomes of a person's rows: merged, and erased."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, MetaData, Uuid

from kit.merging.rows import Moves, Stays
from kit.personal.held import Held, Impersonal


def unsaid_of_merging(
    metadata: MetaData, said: Sequence[Moves | Stays], held: Sequence[Held], things: Collection[str]
) -> list[str]:
    """Columns with a person's id of which nobody says whether it changes when two are merged.

    Any column of ids counts as one, unless its name is among `things`; a table's own id does if
    erasures find people by it.
    """
    places = Counter(each.place for each in said)
    persons = {f"{each.table.name}.{each.person}" for each in held if each.through is None}
    ids = {
        f"{table.name}.{column.name}": column.name
        for table in metadata.sorted_tables
        for column in _ids(table.columns)
    }
    named = {place for place, name in ids.items() if name != "id" and name not in things}
    wanted = named | (persons & ids.keys())
    return [
        *(f"{place} neither moves nor stays" for place in sorted(wanted - places.keys())),
        *(f"{place} is said twice" for place, times in sorted(places.items()) if times > 1),
        *(f"{place} is no column of ids" for place in sorted(places.keys() - ids.keys())),
        *(f"nothing is called {name}" for name in sorted({*things} - {*ids.values()})),
    ]


def unsaid_of_erasure(
    metadata: MetaData,
    held: Sequence[Held],
    impersonal: Sequence[Impersonal],
    moves: Sequence[Moves],
) -> list[str]:
    """Tables of which nobody says what an erasure does to them, or that they are about nobody."""
    about = {each.table.name for each in held}
    nobodys = Counter(table.name for each in impersonal for table in each.tables)
    tables = {table.name for table in metadata.sorted_tables}
    owned = {each.table.name for each in moves}
    return [
        *(f"{name} is forgotten" for name in sorted(tables - about - nobodys.keys())),
        *(f"{name} is about somebody" for name in sorted(nobodys.keys() & (about | owned))),
        *(f"{name} is said twice" for name, times in sorted(nobodys.items()) if times > 1),
        *(f"{each.table.name} leads to nobody" for each in held if not _leads_to_somebody(each)),
    ]


def _leads_to_somebody(held: Held) -> bool:
    table, through = held.table, held.through
    while through is not None:
        if through.column not in table.c or through.key not in through.table.c:
            return False
        table, through = through.table, through.further
    return held.person in table.c


def _ids(columns: Iterable[Column[Any]]) -> Iterator[Column[Any]]:
    for column in columns:
        kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
        if isinstance(kind, Uuid):
            yield column
