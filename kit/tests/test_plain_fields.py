"""What is only read is shown as any other field, also when it can't be."""

from enum import Enum
from typing import Any
from uuid import UUID

import strawberry

from kit.graph.context import Context
from kit.graph.endpoint import Endpoint
from kit.graph.schema import make_schema
from kit.testing.harness import Harness

ASKED = "{ pens { __typename id length colour: kind note nib { width } } }"


@strawberry.enum
class Kind(Enum):
    RED = "red"


@strawberry.type
class Nib:
    width: int


@strawberry.type
class Pen:
    id: UUID
    length: int
    kind: Kind
    note: str | None
    nib: Nib


@strawberry.type
class Query:
    @strawberry.field
    def pens(self, info: strawberry.Info[Any, None]) -> list[Pen | None]:
        return info.context.notes["pens"]


async def shown(harness: Harness, *pens: Pen) -> tuple[Any, list[Any]]:
    endpoint = Endpoint(make_schema(query=Query), harness.db)
    context = Context(harness.db, None, signed=False)
    context.notes["pens"] = pens
    result = await endpoint.run(context, ASKED, None, None)
    return result.data, [each.formatted for each in result.errors or ()]


def pen(**other: Any) -> Pen:
    known = {"id": UUID(int=1), "length": 3, "kind": Kind.RED, "note": None, "nib": Nib(width=7)}
    return Pen(**known | other)


async def test_fields_are_shown_in_the_order_in_which_they_are_asked_for(harness: Harness) -> None:
    data, errors = await shown(harness, pen(), pen(note="mine"))

    first = {
        "__typename": "Pen",
        "id": "00000000-0000-0000-0000-000000000001",
        "length": 3,
        "colour": "RED",
        "note": None,
        "nib": {"width": 7},
    }
    assert data == {"pens": [first, first | {"note": "mine"}]}
    assert list(data["pens"][0]) == list(first)
    assert errors == []


async def test_what_no_field_can_show_is_an_error_at_its_place(harness: Harness) -> None:
    nothing, too_long = pen(kind=None), pen(length=2**40)
    without = pen()
    del without.note

    data, errors = await shown(harness, nothing, too_long, without)

    assert data["pens"][:2] == [None, None]
    assert data["pens"][2]["note"] is None
    assert [each["path"] for each in errors] == [
        ["pens", 0, "colour"],
        ["pens", 1, "length"],
        ["pens", 2, "note"],
    ]
