"""Cash-back is paid in batches, each amount once, whatever is sent twice."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from kit.testing.harness import Harness

Send = Callable[..., Awaitable[Any]]
REQUESTED = "octoreach.loyalty.fulfilment.requested.v1"
COMPLETED = "octoreach.channel.fulfilment.completed.v1"
FAILED = "octoreach.channel.fulfilment.failed.v1"


@pytest.fixture
def finance(harness: Harness) -> str:
    return harness.token("operator", unit="hq", subject="fiona", scope="payouts:handle")


@pytest.fixture
def owe(harness: Harness) -> Send:
    """Lets the loyalty service owe somebody cash-back, and answers with the fulfilment's id."""

    async def send(amount_minor: int = 15_00, **told: Any) -> str:
        event = {
            "fulfilment_id": str(uuid4()),
            "attempt": 1,
            "customer_id": str(uuid4()),
            "unit": "hq.zj.hz",
            "kind": "cash_back",
            "reward_code": "",
            "title": "Cash-back",
            "quantity": 1,
            "amount_minor": amount_minor,
            "currency": "CNY",
            "partner_code": None,
            "source_kind": "benefit",
            "source_id": str(uuid4()),
            **told,
        }
        await harness.hear(REQUESTED, event)
        return str(event["fulfilment_id"])

    return send


@pytest.fixture
def open_batch(harness: Harness, finance: str) -> Send:
    async def send(*, as_: str = finance, key: str | None = None, **more: Any) -> Any:
        content = {"currency": "CNY", **more}
        return await harness.post("/v1/payout-batches", content, as_=as_, key=key or str(uuid4()))

    return send


@pytest.fixture
def report(harness: Harness, finance: str) -> Send:
    async def send(batch: str, *outcomes: tuple[str, str, str], as_: str = finance) -> Any:
        said = {"completed": "reference", "failed": "reason"}
        content = {
            "outcomes": [
                {"fulfilment_id": one, "outcome": outcome, said[outcome]: text}
                for one, outcome, text in outcomes
            ]
        }
        return await harness.post(f"/v1/payout-batches/{batch}/outcomes", content, as_=as_)

    return send


@pytest.fixture
def lines(harness: Harness, finance: str) -> Send:
    async def read(batch: str) -> Any:
        answer = await harness.get(f"/v1/payout-batches/{batch}/file.csv", as_=finance)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        return list(csv.DictReader(io.StringIO(answer.text, newline="")))

    return read


async def told(harness: Harness) -> list[tuple[str, str, str, str]]:
    return [
        (each["fulfilment_id"], each["subject"].split(".")[3], each["reference"], each["reason"])
        for each in await harness.events_recorded()
        if each["subject"] in (COMPLETED, FAILED)
    ]


async def test_what_is_due_goes_to_the_bank_as_a_file_and_its_answers_are_kept(
    harness: Harness, world: None, owe: Send, open_batch: Send, report: Send, lines: Send,
    finance: str,
) -> None:  # fmt: skip
    customer = str(uuid4())
    one = await owe(15_00, customer_id=customer, title="=cmd|'/c calc'!A0")
    other = await owe(7_50)
    dollars = await owe(1_00, currency="USD")

    batch = (await open_batch()).json()
    sheet = {each["fulfilment_id"]: each for each in await lines(batch["id"])}
    outcomes = [(one, "completed", "BANK-1"), (other, "failed", "no such account")]
    answers = [(await report(batch["id"], *outcomes)).json() for _ in range(2)]

    shown = (await harness.get(f"/v1/payout-batches/{batch['id']}", as_=finance)).json()
    listed = (await harness.get("/v1/payout-batches", as_=finance)).json()
    del batch["opened_at"], batch["id"]
    assert batch == {
        "unit": "hq",
        "currency": "CNY",
        "payouts": 2,
        "amount_minor": 22_50,
        "opened_by": "fiona",
        "waiting": 2,
        "completed": 0,
        "failed": 0,
    }
    assert set(sheet) == {one, other}
    del sheet[one]["requested_at"]
    assert sheet[one] == {
        "fulfilment_id": one,
        "attempt": "1",
        "customer_id": customer,
        "amount_minor": "1500",
        "currency": "CNY",
        "title": "'=cmd|'/c calc'!A0",
        "state": "claimed",
        "reference": "",
        "reason": "",
    }
    assert answers == [
        {"ended": 2, "repeated": 0, "refused": []},
        {"ended": 0, "repeated": 2, "refused": []},
    ]
    assert (shown["waiting"], shown["completed"], shown["failed"]) == (0, 1, 1)
    assert listed == {"batches": [shown], "next": None}
    assert sorted(await told(harness)) == sorted(
        [(one, "completed", "BANK-1", ""), (other, "failed", "", "no such account")]
    )
    assert dollars not in sheet


async def test_many_who_open_batches_at_once_never_share_a_payout(
    world: None, owe: Send, open_batch: Send, lines: Send
) -> None:
    due = {await owe() for _ in range(6)}

    answers = await asyncio.gather(*(open_batch(most=2) for _ in range(5)))
    rest = [await open_batch(most=2) for _ in range(3)]

    opened = [each.json()["id"] for each in (*answers, *rest) if each.status_code == 201]
    paid = [line["fulfilment_id"] for batch in opened for line in await lines(batch)]
    assert len(paid) == len(set(paid))
    assert set(paid) == due
    (*_, last) = rest
    assert (last.status_code, last.json()["title"]) == (409, "NothingToPay")


async def test_the_same_key_gets_the_same_batch_and_takes_nothing_more(
    world: None, owe: Send, open_batch: Send
) -> None:
    await owe()

    first = await open_batch(key="monday")
    await owe()
    again = await open_batch(key="monday")
    other = await open_batch(key="monday", most=5)

    assert first.json() == again.json()
    assert (other.status_code, other.json()["title"]) == (422, "IdempotencyKeyReused")


async def test_what_failed_is_in_another_batch_once_it_is_asked_for_again(
    harness: Harness, world: None, owe: Send, open_batch: Send, report: Send, lines: Send,
    finance: str,
) -> None:  # fmt: skip
    asked = {"customer_id": str(uuid4()), "source_id": str(uuid4())}
    payout = await owe(**asked)
    first = (await open_batch()).json()["id"]
    await report(first, (payout, "failed", "no such account"))
    nothing = await open_batch()

    await owe(**asked, fulfilment_id=payout, attempt=2)
    second = (await open_batch()).json()["id"]
    late = await report(first, (payout, "completed", "BANK-1"))
    paid = await report(second, (payout, "completed", "BANK-2"))

    assert nothing.status_code == 409
    assert late.json()["refused"] == [
        {
            "fulfilment_id": payout,
            "message": "It does not lie in this batch, or is tried again by now.",
        }
    ]
    assert paid.json()["ended"] == 1
    assert [each["attempt"] for each in await lines(second)] == ["2"]
    shown = (await harness.get(f"/v1/payout-batches/{first}", as_=finance)).json()
    assert (shown["waiting"], shown["completed"], shown["failed"]) == (0, 0, 1)
    assert await told(harness) == [
        (payout, "failed", "", "no such account"),
        (payout, "completed", "BANK-2", ""),
    ]


async def test_each_outcome_is_judged_by_itself_and_another_one_is_refused(
    harness: Harness, world: None, owe: Send, open_batch: Send, report: Send
) -> None:
    one, other, stranger = await owe(), await owe(), str(uuid4())
    batch = (await open_batch()).json()["id"]

    answer = await report(
        batch,
        (one, "completed", "BANK-1"),
        (one, "completed", "BANK-1"),
        (one, "failed", "came back"),
        (other, "failed", " "),
        (stranger, "completed", "BANK-9"),
    )

    assert answer.json() == {
        "ended": 1,
        "repeated": 1,
        "refused": [
            {"fulfilment_id": one, "message": "It is completed already; that stands."},
            {"fulfilment_id": other, "message": "reason takes 1 to 500 characters"},
            {
                "fulfilment_id": stranger,
                "message": "It does not lie in this batch, or is tried again by now.",
            },
        ],
    }
    assert await told(harness) == [(one, "completed", "BANK-1", "")]


async def test_the_same_report_many_times_at_once_is_told_once(
    harness: Harness, world: None, owe: Send, open_batch: Send, report: Send
) -> None:
    due = [await owe() for _ in range(3)]
    batch = (await open_batch()).json()["id"]
    outcomes = [(each, "completed", "BANK") for each in due]

    answers = await asyncio.gather(
        *(report(batch, *outcomes[:: (-1) ** number]) for number in range(6))
    )

    assert sum(each.json()["ended"] for each in answers) == 3
    assert len(await told(harness)) == 3


async def test_finance_pays_those_of_its_unit_and_nobody_else_pays(
    harness: Harness, world: None, owe: Send, open_batch: Send, report: Send
) -> None:
    far = await owe(unit="hq.gd")
    near = harness.token("operator", unit="hq.zj", scope="payouts:handle")
    strangers = [
        harness.token("operator", unit="hq"),
        harness.token("front_line", unit="hq", scope="payouts:handle"),
        harness.token("partner", unit="hq", partner="acme", scope="payouts:handle"),
    ]

    nothing = await open_batch(as_=near)
    batch = (await open_batch()).json()["id"]
    unseen = [
        await harness.get(f"/v1/payout-batches/{batch}", as_=near),
        await harness.get(f"/v1/payout-batches/{batch}/file.csv", as_=near),
        await report(batch, (far, "completed", "B"), as_=near),
    ]
    forbidden = [(await open_batch(as_=each)).status_code for each in strangers]

    assert nothing.status_code == 409
    assert [each.status_code for each in unseen] == [404, 404, 404]
    assert forbidden == [403, 403, 403]
    assert await told(harness) == []
