import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy import text

from channel.imports.forgetting import forget_imports
from channel.imports.purchases import minor
from kit.testing.harness import Harness

Send = Callable[..., Awaitable[Any]]
PLACED = "octoreach.channel.order.placed.v1"
NAMED = "octoreach.channel.customer.named.v1"
MAPPING = {
    "unit": "hq.zj.hz",
    "currency": "USD",
    "channel": "hz-store",
    "product": "cd",
    "customer": {"scheme": "shop", "column": "who"},
    "date": {"column": "day", "format": "%Y%m%d"},
    "quantity": {"column": "pieces"},
    "amount": {"column": "dollars"},
}
COLUMNS = ["who", "day", "pieces", "dollars"]
DIGEST = "ab" * 32
RECORDS = [
    ["0007", "19970301", "1", "10.50"],
    ["0008", "19970102", "2", "0.00"],
    ["0007", "19980630", "3", "7"],
    ["0009", "19970212", "5", "77.1"],
]


@pytest.fixture
def start(harness: Harness, operator: str) -> Send:
    async def send(*, as_: str = operator, **told: Any) -> Any:
        new = {"source": "shop.txt", "digest": DIGEST, "mapping": MAPPING, "columns": COLUMNS}
        return await harness.post("/v1/imports", new | told, as_=as_)

    return send


@pytest.fixture
def take(harness: Harness, operator: str) -> Send:
    async def send(run: str, first_line: int, records: list[list[str]]) -> Any:
        content = {"first_line": first_line, "records": records}
        return await harness.post(f"/v1/imports/{run}/records", content, as_=operator)

    return send


async def test_purchases_become_orders_and_are_counted(
    harness: Harness, world: None, start: Send, take: Send, operator: str
) -> None:
    run = (await start()).json()

    await take(run["id"], 2, RECORDS[:3])
    await take(run["id"], 5, RECORDS[3:])
    await harness.post(f"/v1/imports/{run['id']}/complete", {}, as_=operator)

    assert (run["state"], run["next_line"]) == ("open", 2)
    assert (await harness.get(f"/v1/imports/{run['id']}", as_=operator)).json() == {
        "id": run["id"],
        "dry_run": False,
        "state": "complete",
        "next_line": 6,
        "counts": {
            "lines": 4,
            "orders": 4,
            "repeated": 0,
            "rejected": 0,
            "customers": 3,
            "named": 3,
            "quantity": 11,
            "amount_minor": 1_050 + 0 + 700 + 7_710,
            "zero_amount": 1,
            "first_date": "1997-01-02",
            "last_date": "1998-06-30",
        },
    }
    told = await harness.events_recorded(PLACED)
    assert [(each["amount_minor"], each["imported"], each["unit"]) for each in told] == [
        (1_050, True, "hq.zj.hz"),
        (0, True, "hq.zj.hz"),
        (700, True, "hq.zj.hz"),
        (7_710, True, "hq.zj.hz"),
    ]
    assert told[0]["customer_id"] == told[2]["customer_id"]
    assert told[0]["placed_at"] == "1997-03-01T00:00:00Z"
    assert len(await harness.events_recorded(NAMED)) == 3


async def test_the_same_chunk_at_once_is_taken_once(
    harness: Harness, world: None, start: Send, take: Send
) -> None:
    run = (await start()).json()

    answers = await asyncio.gather(*(take(run["id"], 2, RECORDS) for _ in range(6)))

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["counts"]["orders"] for answer in answers} == {4}
    assert len(await harness.events_recorded(PLACED)) == 4


async def test_an_interrupted_import_goes_on_where_it_was(
    harness: Harness, world: None, start: Send, take: Send
) -> None:
    run = (await start()).json()
    await take(run["id"], 2, RECORDS[:2])

    again = (await start()).json()
    gap = await take(run["id"], 5, RECORDS[3:])
    overlap = await take(run["id"], 3, RECORDS[1:])
    rest = await take(run["id"], again["next_line"], RECORDS[2:])

    assert (again["id"], again["next_line"]) == (run["id"], 4)
    assert (gap.status_code, gap.json()["next_line"]) == (409, 4)
    assert (overlap.status_code, overlap.json()["next_line"]) == (409, 4)
    assert (rest.status_code, rest.json()["next_line"]) == (200, 6)
    assert len(await harness.events_recorded(PLACED)) == 4


async def test_a_complete_import_takes_no_more(
    harness: Harness, world: None, start: Send, take: Send, operator: str
) -> None:
    run = (await start()).json()
    await take(run["id"], 2, RECORDS[:2])
    await harness.post(f"/v1/imports/{run['id']}/complete", {}, as_=operator)

    known = await take(run["id"], 2, RECORDS[:2])
    more = await take(run["id"], 4, RECORDS[2:])

    assert known.status_code == 200
    assert (more.status_code, more.json()["title"]) == (409, "ImportIsComplete")


async def test_the_same_file_by_another_mapping_repeats_no_order(
    harness: Harness, world: None, start: Send, take: Send
) -> None:
    first = (await start()).json()
    await take(first["id"], 2, RECORDS)

    other = MAPPING | {"product": "lp"}
    trial = (await start(mapping=other, dry_run=True)).json()
    tried = (await take(trial["id"], 2, RECORDS)).json()["counts"]
    second = (await start(mapping=other)).json()
    counts = (await take(second["id"], 2, RECORDS)).json()["counts"]

    assert second["id"] != first["id"]
    assert (counts["lines"], counts["orders"], counts["repeated"]) == (4, 0, 4)
    assert (counts["customers"], counts["quantity"]) == (0, 0)
    assert tried == counts
    assert len(await harness.events_recorded(PLACED)) == 4


async def test_wrong_lines_are_told_and_the_others_go_in(
    harness: Harness, world: None, start: Send, take: Send, operator: str
) -> None:
    run = (await start()).json()
    wrong = [
        ["0007", "19970301", "1"],
        ["", "19970301", "1", "1.00"],
        ["0007", "19970231", "1", "1.00"],
        ["0007", "19970301", "0", "1.00"],
        ["0007", "19970301", "1", "-1.00"],
        ["0007", "19970301", "1", "1.005"],
    ]

    counts = (await take(run["id"], 2, [*wrong, *RECORDS])).json()["counts"]
    page = await harness.get(f"/v1/imports/{run['id']}/rejections", as_=operator, first=4)
    rest = await harness.get(
        f"/v1/imports/{run['id']}/rejections", as_=operator, after=page.json()["next"]
    )

    assert (counts["lines"], counts["orders"], counts["rejected"]) == (10, 4, 6)
    assert [*page.json()["rejections"], *rest.json()["rejections"]] == [
        {"line": 2, "field": "", "reason": "has 3 columns where the header has 4"},
        {"line": 3, "field": "customer", "reason": "is not a text of printable characters"},
        {"line": 4, "field": "date", "reason": "'19970231' is not a date written as %Y%m%d"},
        {"line": 5, "field": "quantity", "reason": "'0' is not a whole number from 1 to 9999999"},
        {"line": 6, "field": "amount", "reason": "'-1.00' is not an amount in USD"},
        {"line": 7, "field": "amount", "reason": "'1.005' is not an amount in USD"},
    ]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"mapping": MAPPING | {"channel": "nowhere"}}, "mapping.channel"),
        ({"mapping": MAPPING | {"amount": {"column": "euros"}}}, "mapping.amount.column"),
        ({"columns": ["who", "who", "day", "pieces", "dollars"]}, "mapping.customer.column"),
        ({"mapping": MAPPING | {"date": {"column": "day", "format": "%Y"}}}, None),
        ({"mapping": MAPPING | {"date": {"column": "day", "format": "%Y%Y%m%d"}}}, None),
        ({"mapping": MAPPING | {"date": {"column": "day", "format": "%"}}}, None),
        ({"mapping": MAPPING | {"currency": "dollars"}}, None),
        (
            {
                "mapping": MAPPING
                | {"customer": {"scheme": "shop", "column": "who", "country_code": "86"}}
            },
            None,
        ),
        ({"digest": "xyz"}, None),
    ],
)
async def test_an_import_that_makes_no_sense_is_refused(
    world: None, start: Send, told: dict[str, Any], field: str | None
) -> None:
    answer = await start(**told)

    assert (answer.status_code, answer.json()["title"]) == (422, "InvalidInput")
    assert answer.json().get("field") == field


async def test_imports_are_for_the_roles_and_the_unit(
    harness: Harness, world: None, start: Send, acme: str
) -> None:
    run = (await start()).json()
    elsewhere = harness.token("marketer", unit="hq.gd")

    partner = await start(as_=acme)
    foreign = await start(as_=elsewhere)
    hidden = await harness.get(f"/v1/imports/{run['id']}", as_=elsewhere)
    unknown = await harness.get(f"/v1/imports/{uuid4()}", as_=elsewhere)

    assert [each.status_code for each in (partner, foreign, hidden, unknown)] == [
        403,
        403,
        404,
        404,
    ]


@given(st.integers(0, 10**12), st.integers(0, 4))
def test_amounts_are_read_exactly(amount: int, zeros: int) -> None:
    text = f"{amount // 100}.{amount % 100:02d}" + "0" * zeros

    assert minor(text, "USD") == amount


@given(st.text(max_size=12))
def test_no_text_is_read_as_an_amount_it_is_not(text: str) -> None:
    try:
        read = minor(text, "USD")
    except ValueError:
        return

    assert abs(read - float(text) * 100) < 0.01


async def test_a_dry_run_says_what_would_become_of_purchases_and_places_none(
    harness: Harness, world: None, start: Send, take: Send, operator: str
) -> None:
    bad = ["0007", "1997-03-01", "1", "10.50"]

    told = []
    for dry in (True, True, False, True):
        run = (await start(dry_run=dry)).json()
        await take(run["id"], 2, RECORDS[:2])
        await take(run["id"], 4, [*RECORDS[2:], bad])
        path = f"/v1/imports/{run['id']}"
        done = (await harness.post(f"{path}/complete", {}, as_=operator)).json()
        refused = (await harness.get(f"{path}/rejections", as_=operator)).json()["rejections"]
        announced = len(await harness.events_recorded(PLACED)) + len(
            await harness.events_recorded(NAMED)
        )
        told.append((done["dry_run"], done["counts"], [e["line"] for e in refused], announced))

    first, again, real, afterwards = told
    assert first == again == (True, real[1], [6], 0)
    assert (real[1]["orders"], real[1]["customers"], real[1]["named"]) == (4, 3, 3)
    assert (real[0], real[2], real[3]) == (False, [6], 7)
    assert afterwards[0] is True
    assert (afterwards[1]["orders"], afterwards[1]["repeated"], afterwards[1]["named"]) == (0, 4, 0)
    assert afterwards[3] == 7
    assert "tried_buyer" not in await harness.stored()


async def test_of_endless_bad_lines_the_first_are_kept_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch, harness: Harness, world: None, start: Send, take: Send,
    operator: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("channel.imports.commands.MOST_KEPT", 3)
    run = (await start()).json()

    await take(run["id"], 2, [["?"]] * 2)
    progress = (await take(run["id"], 4, [["?"]] * 4)).json()

    kept = (await harness.get(f"/v1/imports/{run['id']}/rejections", as_=operator)).json()
    assert progress["counts"]["rejected"] == 6
    assert [each["line"] for each in kept["rejections"]] == [2, 3, 4]


async def test_what_is_kept_of_files_goes_when_its_time_is_over(
    harness: Harness, world: None, start: Send, take: Send, operator: str
) -> None:
    run = (await start()).json()
    await take(run["id"], 2, [*RECORDS, ["?"]])
    path = f"/v1/imports/{run['id']}"

    seen = []
    for days in (29, 2, 400):
        async with harness.db.transaction() as session:
            for table in ("purchase_import", "import_rejection"):
                older = f"UPDATE {table} SET created_at = created_at - interval '{days} days'"
                await session.execute(text(older))
        await harness.turn(forget_imports)
        kept = await harness.get(f"{path}/rejections", as_=operator)
        seen.append((kept.status_code, len(kept.json().get("rejections", []))))

    assert seen == [(200, 1), (200, 0), (404, 0)]
    fresh = (await start()).json()
    assert (await take(fresh["id"], 2, RECORDS)).json()["counts"]["repeated"] == 4


def orders_counted() -> float:
    named = {"outcome": "orders", "run": "real"}
    return REGISTRY.get_sample_value("import_lines_total", named) or 0


async def test_numbers_without_a_country_code_are_of_the_country_that_the_mapping_names(
    harness: Harness, world: None, start: Send, take: Send
) -> None:
    numbers = {"scheme": "msisdn", "column": "who", "country_code": "86"}
    written = ["138 0013 8000", "+8613800138000", "0571-8888 8888", "0044 20 7946 0000"]

    before = orders_counted()
    run = (await start(mapping=MAPPING | {"customer": numbers})).json()
    done = (await take(run["id"], 2, [[each, *RECORDS[0][1:]] for each in written])).json()

    named = [each["value"] for each in await harness.events_recorded(NAMED)]
    assert sorted(named) == ["+442079460000", "+8613800138000", "+8657188888888"]
    assert (done["counts"]["orders"], done["counts"]["customers"]) == (4, 3)
    assert orders_counted() - before == 4
