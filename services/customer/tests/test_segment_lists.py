"""A list has as members those whom its lines name."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from services.customer.tests.segments import MOVED, moves, tagged

from kit.testing.harness import Harness


@pytest.fixture
def upload(harness: Harness, marketer: str):
    async def send(
        segment: str,
        body: bytes,
        *,
        kind: str = "text/csv",
        path: str = "",
        as_: str = marketer,
    ) -> Any:
        return await harness.http.post(
            f"/v1/segments/{segment}/members{path}",
            content=body,
            headers={"authorization": f"Bearer {as_}", "content-type": kind},
        )

    return send


async def test_a_list_takes_whom_its_lines_name_and_reports_the_others(
    harness: Harness, a_customer, a_segment, members_of, upload, marketer
) -> None:
    segment = await a_segment("list", unit="hq.zj")
    known = [await a_customer(f"msisdn:1380013800{number}") for number in range(2)]
    await a_customer("crm:elsewhere", unit="hq.js", as_=marketer)
    body = (
        b"\xef\xbb\xbfscheme,value\nmsisdn, 138 0013 8000\ncrm,nobody\ncrm,elsewhere\n"
        b"msisdn,\xff\xfe\nMSISDN,13800138001\n"
    )

    first = await upload(segment, body)
    again = await upload(segment, body)
    lines = f'{{"customer_id":"{known[1]}"}}\n\n{{"customer_id":"x"}}\nnot json\n[]\n{{}}\n'
    as_lines = await upload(segment, lines.encode(), kind="application/x-ndjson")

    assert first.json() | {"reported": []} == {
        "lines": 5,
        "moved": 1,
        "unchanged": 0,
        "refused": 4,
        "reported": [],
    }
    assert [each["line"] for each in first.json()["reported"]] == [3, 4, 5, 6]
    reasons = [each["reason"] for each in first.json()["reported"]]
    assert reasons[:3] == ["is nobody known in hq.zj"] * 2 + ["is not UTF-8"]
    assert (again.json()["moved"], again.json()["unchanged"]) == (0, 1)
    assert as_lines.json() == {
        "lines": 5,
        "moved": 1,
        "unchanged": 0,
        "refused": 4,
        "reported": [
            {"line": 3, "reason": "'x' is no customer's id"},
            {"line": 4, "reason": "is no JSON"},
            {"line": 5, "reason": "is no object"},
            {"line": 6, "reason": "has no scheme"},
        ],
    }
    assert await members_of(segment) == sorted(known)


async def test_lines_take_customers_off_a_list_again(
    harness: Harness, a_customer, a_segment, members_of, upload
) -> None:
    segment = await a_segment("list")
    known = await a_customer()
    body = f"customer_id\n{known}\n".encode()

    await upload(segment, body)
    off = await upload(segment, body, path="/removal")
    again = await upload(segment, body, path="/removal")

    assert (off.json()["moved"], again.json()["moved"]) == (1, 0)
    assert await members_of(segment) == []
    assert moves(await harness.events_recorded(MOVED)) == [([known], []), ([], [known])]


async def test_a_file_that_is_no_list_of_customers_is_refused_whole(
    harness: Harness, a_customer, a_segment, members_of, upload
) -> None:
    known = await a_customer()
    segment, by_rule = await a_segment("list"), await a_segment("rule", tagged("vip"))
    good = f"customer_id\n{known}\n".encode()

    answers = [
        await upload(segment, b"who,what\nme,this\n"),
        await upload(segment, b""),
        await upload(segment, good.decode().encode("utf-16")),
        await upload(segment, good + b'"never closed\n'),
        await upload(segment, good, kind="application/pdf"),
        await upload(by_rule, good),
        await upload(str(uuid4()), good),
        await upload(segment, good, as_=harness.token("analyst", unit="hq")),
    ]

    assert [each.status_code for each in answers] == [422] * 5 + [409, 404, 403]
    assert await members_of(segment) == await members_of(by_rule) == []


async def test_the_same_list_sent_at_once_counts_each_member_once(
    harness: Harness, a_customer, a_segment, members_of, upload
) -> None:
    segment = await a_segment("list")
    known = [await a_customer(f"crm:C-{number}") for number in range(3)]
    body = ("customer_id\n" + "\n".join(known)).encode()

    answers = await asyncio.gather(*(upload(segment, body) for _ in range(5)))

    assert sorted(each.json()["moved"] for each in answers) == [0, 0, 0, 0, 3]
    assert await members_of(segment) == sorted(known)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/csv", b"scheme,value\nmsisdn,138 0013 8000\nmsisdn,+1 212 555 0100\n"),
        (
            "application/x-ndjson",
            b'{"scheme": "msisdn", "value": "138 0013 8000"}\n'
            b'{"scheme": "msisdn", "value": "001 212 555 0100"}\n',
        ),
    ],
)
async def test_numbers_on_a_list_are_of_the_country_that_is_named(
    a_customer, a_segment, members_of, upload, kind: str, body: bytes
) -> None:
    known = [await a_customer("msisdn:+8613800138000"), await a_customer("msisdn:+12125550100")]
    segment = await a_segment("people", None)

    wrong = await upload(segment, body, kind=kind, path="?country_code=0")
    taken = (await upload(segment, body, kind=kind, path="?country_code=86")).json()
    joined = await members_of(segment)
    gone = (await upload(segment, body, kind=kind, path="/removal?country_code=86")).json()

    assert wrong.status_code == 422
    assert (taken["moved"], taken["refused"], gone["moved"]) == (2, 0, 2)
    assert sorted(joined) == sorted(known)
