"""The list of tables that hold something about a person, and what an erasure does to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Table,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by


@dataclass(frozen=True, slots=True)
class Deleted:
    """The rows go."""


@dataclass(frozen=True, slots=True)
class Blanked:
    """The rows stay under an id that means nobody any more; these columns lose what they said."""

    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows stand as they are, under an id that means nobody any more; the reason why."""

    because: str


@dataclass(frozen=True, slots=True)
class Through:
    """Rows that name no person themselves, but a row of another table that does.

    Where that one does not either, `further` says through what it does.
    """

    column: str
    table: Table
    key: str = "id"
    further: "Through | None" = None


@dataclass(frozen=True, slots=True)
class Impersonal:
    """Tables that say nothing of a single person, and why that is so."""

    because: str
    tables: Sequence[Table]


@dataclass(frozen=True, slots=True)
class Held:
    """One table: how a person's rows are found, what they are to the person, how they go.

    `hidden` are columns that an archive for the person leaves out.
    """

    table: Table
    title: str
    erased: Deleted | Blanked | Kept
    person: str = "customer_id"
    through: Through | None = None
    hidden: Sequence[str] = field(default=())

    def of(self, ids: Sequence[UUID]) -> ColumnElement[bool]:
        """The rows of whoever goes by these ids."""
        return self._reached(self.table, self.through, ids)

    def _reached(
        self, table: Table, through: Through | None, ids: Sequence[UUID]
    ) -> ColumnElement[bool]:
        if through is None:
            return self._is_one_of(table, ids)
        named = select(through.table.c[through.key]).where(
            self._reached(through.table, through.further, ids)
        )
        return table.c[through.column].in_(named)

    def _is_one_of(self, table: Table, ids: Sequence[UUID]) -> ColumnElement[bool]:
        return table.c[self.person] == any_(bindparam(None, list(ids), type_=ARRAY(Uuid)))


def silenced(steps: ColumnElement[Any], *names: str) -> ColumnElement[Any]:
    """A JSON list of objects with nothing left under these names."""
    listed = func.jsonb_array_elements(steps).table_valued("value", with_ordinality="n")
    each = listed.render_derived(name="each")
    said = cast(each.c.value, JSONB).op("||")(literal(dict.fromkeys(names, ""), JSONB))
    told = select(func.jsonb_agg(aggregate_order_by(said, each.c.n))).scalar_subquery()
    return func.coalesce(told, literal([], JSONB))
