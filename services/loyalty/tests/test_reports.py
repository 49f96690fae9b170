import asyncio
import csv
import io

import pytest
from sqlalchemy import text

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.reports.commands import fold_ledger
from loyalty.reports.months import month_of, named, number_of
from loyalty.reports.queries import flows

MONTH = month_of(utcnow())
MOVED = "earned burned returned reversed expired adjusted transferred net postings"
MOVEMENTS = f"""query ($since: String!, $until: String!, $by: [ReportPart!]!, $campaign: UUID) {{
  pointsMovements(since: $since, until: $until, by: $by, campaignId: $campaign) {{
    month currency tierCode campaignId unit {MOVED}
  }}
}}"""
LIABILITY = """query ($since: String, $until: String) {
  pointsLiability(since: $since, until: $until) {
    month currency tierCode members available pending locked debts outstanding
    value { minor currency }
  }
}"""
BREAKAGE = """query ($currency: String!) { pointsBreakage(currency: $currency) {
  outstanding expected low high rate observedAges months { month expected }
} }"""


@pytest.fixture
def fold(members):
    async def act():
        await members.harness.turn(fold_ledger)

    return act


@pytest.fixture
def moved(members):
    async def read(*by, as_=None, since=MONTH, until=MONTH, campaign=None):
        found = await members.harness.graph(
            MOVEMENTS,
            as_=as_ or members.operator,
            since=since,
            until=until,
            by=by,
            campaign=campaign,
        )
        return found["pointsMovements"]

    return read


@pytest.fixture
def owed(members):
    async def read(as_=None, **span):
        found = await members.harness.graph(LIABILITY, as_=as_ or members.operator, **span)
        return found["pointsLiability"]

    return read


async def back(members, days):
    """Let everything that was posted have been posted so many days before."""
    for statement in (
        "ALTER TABLE posting DISABLE TRIGGER USER",
        "UPDATE posting SET created_at = created_at - make_interval(days => :days)",
        "UPDATE lot SET expires_at = expires_at - make_interval(days => :days)",
        "UPDATE ledger_fold SET folded_until = folded_until - make_interval(days => :days), "
        "closed_month = to_char(now() - make_interval(days => :days) - interval '1 month', "
        "'YYYY-MM')",
        "ALTER TABLE posting ENABLE TRIGGER USER",
    ):
        await members.sql(statement, **({"days": days} if ":days" in statement else {}))


async def a_month_of_everything(members, spend, adjust):
    """One member of each unit, and all kinds of movements: the figures of `MOVED` for them all."""
    near, far = await members.register(unit="hq.zj.hz"), await members.register(unit="hq.gd")
    order = await members.order(near, 300_00)
    await members.order(far, 100_00)
    await spend(near, 50)
    await adjust(far, -10)
    await members.cancel(near, order)
    await members.grant(near, kind="points", points=500)
    return near, far


async def test_movements_are_told_by_month_and_add_up(members, spend, adjust, moved, fold):
    await a_month_of_everything(members, spend, adjust)
    live = await moved()

    await fold()
    await fold()

    (row,) = live
    assert row == {
        "month": MONTH,
        "currency": "points",
        "tierCode": None,
        "campaignId": None,
        "unit": None,
        "earned": 900,
        "burned": 50,
        "returned": 0,
        "reversed": 300,
        "expired": 0,
        "adjusted": -10,
        "transferred": 0,
        "net": 540,
        "postings": 6,
    }
    assert await moved() == live
    assert await members.is_sound()


async def test_movements_are_told_apart_by_campaign_tier_and_unit(
    members, spend, adjust, moved, fold
):
    await a_month_of_everything(members, spend, adjust)
    await fold()
    near = members.harness.token("analyst", unit="hq.zj")

    by_campaign = {row["campaignId"]: row["net"] for row in await moved("CAMPAIGN")}
    by_unit = {row["unit"]: row["net"] for row in await moved("UNIT")}
    by_both = {(row["unit"], row["tierCode"]): row["net"] for row in await moved("UNIT", "TIER")}
    (only,) = {row["campaignId"] for row in await moved("CAMPAIGN")} - {None}

    assert sorted(by_campaign.values()) == [40, 500]
    assert by_campaign[None] == 40
    assert [row["earned"] for row in await moved(campaign=only)] == [500]
    assert by_unit == {"hq.zj.hz": 450, "hq.gd": 90}
    assert by_both == {
        ("hq.zj.hz", "none"): 300,
        ("hq.zj.hz", "star"): 150,
        ("hq.gd", "none"): 100,
        ("hq.gd", "star"): -10,
    }
    assert [row["net"] for row in await moved(as_=near)] == [450]


async def test_each_posting_is_folded_once_however_many_fold_at_once(members, moved, fold):
    customer = await members.register()
    await members.order(customer, 100_00)

    async def earn():
        for _ in range(5):
            await members.order(customer, 100_00)

    await asyncio.gather(earn(), earn(), *(fold() for _ in range(8)))
    await fold()

    assert [(row["earned"], row["postings"]) for row in await moved()] == [(1_100, 11)]
    assert await members.is_sound()


async def test_what_is_not_committed_yet_is_not_left_out_for_ever(members, moved, fold):
    customer = await members.register()
    await members.order(customer, 100_00)
    async with members.harness.db.transaction() as session:
        await session.execute(
            text("SELECT * FROM post_points(CAST(:asked AS jsonb))"),
            {"asked": await _an_earning(members, customer, 70)},
        )
        await fold()
        before = await moved()

    await fold()

    assert [row["earned"] for row in before] == [100]
    assert [row["earned"] for row in await moved()] == [170]
    assert await members.is_sound()


async def _an_earning(members, customer, points):
    account = await members.account(customer)
    return (
        f'[{{"id": "{uuid7()}", "account_id": "{account}", "currency": "points", "key": "late", '
        f'"kind": "earn", "against": "liability", "points": {points}, "reason": "late", '
        f'"source_kind": "request", "source_id": "1", "occurred_at": "{utcnow().isoformat()}"}}]'
    )


async def test_what_members_have_is_told_by_tier_with_its_value(members, owed, spend):
    one, other = await members.register(unit="hq.zj"), await members.register(unit="hq.gd")
    await members.order(one, 300_00)
    await members.grant(other, kind="points", points=5_00)
    await spend(other, 1_00)
    near = members.harness.token("operator", unit="hq.zj")

    rows = await owed()

    assert sum(row["outstanding"] for row in rows) == 700
    assert {row["month"] for row in rows} == {None}
    assert sum(row["value"]["minor"] for row in rows) == 700
    assert [(row["members"], row["outstanding"]) for row in await owed(as_=near)] == [(1, 300)]


async def test_a_month_is_closed_as_it_ended_though_later(members, owed, fold, moved):
    customer = await members.register()
    await members.order(customer, 300_00)
    await back(members, 70)
    await members.order(customer, 200_00)
    this = number_of(MONTH)
    span = {"since": named(this - 3), "until": MONTH}

    for _ in range(75):
        await fold()

    closed = await owed(**span)
    assert [row["outstanding"] for row in closed] == [300] * len(closed)
    assert len(closed) >= 2
    assert [row["month"] for row in closed] == sorted({row["month"] for row in closed})
    assert max(row["month"] for row in closed) == named(this - 1)
    assert sum(row["outstanding"] for row in await owed()) == 500
    assert sum(row["net"] for row in await moved(**span)) == 500
    assert await members.is_sound()


async def test_movements_count_for_the_tier_held_when_they_were_posted(members, moved, fold, owed):
    customer = await members.register()
    await members.order(customer, 70_00)
    await members.order(customer, 60_00)
    await members.order(customer, 30_00)

    def by_tier(rows):
        return {row["tierCode"]: row["earned"] for row in rows}

    live = by_tier(await moved("TIER"))
    await members.sql("UPDATE member_tier SET tier_code = 'gold', version = 2")
    await members.sql(
        "INSERT INTO tier_change (customer_id, version, from_tier, to_tier, qualifying_points, "
        "changed_at) SELECT customer_id, 2, 'star', 'gold', 0, clock_timestamp() FROM member_tier"
    )
    later = by_tier(await moved("TIER"))
    await fold()

    assert (live, later) == ({"none": 130, "star": 30}, {"none": 130, "star": 30})
    assert by_tier(await moved("TIER")) == live
    assert {row["tierCode"]: row["outstanding"] for row in await owed()} == {"gold": 160}
    assert await members.is_sound()


async def test_a_month_ends_with_the_tiers_of_its_end(members, owed, fold):
    customer = await members.register()
    await members.order(customer, 300_00)
    await back(members, 70)

    for _ in range(75):
        await fold()

    closed = await owed(since=named(number_of(MONTH) - 3), until=MONTH)
    assert {row["tierCode"] for row in closed} == {"none"}
    assert {row["tierCode"] for row in await owed()} == {"star"}


async def test_a_sum_that_is_not_the_ledgers_is_found(members, fold):
    await members.order(await members.register(), 100_00)
    await fold()

    await members.sql("UPDATE points_flow SET points = points + 1")

    assert (await members.ledger())["reportsOutOfBalance"] == 1


async def test_what_will_expire_is_forecast_from_how_old_points_are_when_used(members, spend, fold):
    for _ in range(20):
        await members.order(await members.register(), 100_00)
    (early,) = [await breakage(members)]
    await back(members, 160)
    spender = await members.register()
    await members.order(spender, 100_00)
    await spend(spender, 50)
    for _ in range(165):
        await fold()

    told = await breakage(members)
    read, path = members.harness.get, "/v1/reports/breakage"
    plain = await read(path, as_=members.operator, form="json")
    sheet = await read(path, as_=members.operator)
    nothing = await read(path, as_=members.operator, form="json", currency="cash_back")
    far = await read(path, as_=members.harness.token("analyst", unit="hq.zj"))

    assert (nothing.json(), far.status_code) == ([], 403)
    whole, *months = plain.json()
    names = ("outstanding", "expected", "low", "high")
    assert [whole[name] for name in names] == [told[name] for name in names]
    assert whole["month"] is None
    assert [{name: each[name] for name in ("month", "expected")} for each in months] == told[
        "months"
    ]
    assert len(list(csv.DictReader(io.StringIO(sheet.text, newline="")))) == len(months) + 1
    assert early is None
    assert told["outstanding"] == 2_050
    assert 0 <= told["low"] <= told["expected"] <= told["high"] <= 2_050
    assert told["rate"] == pytest.approx(1, abs=0.05)
    assert told["observedAges"] >= 3
    assert sum(each["expected"] for each in told["months"]) == pytest.approx(
        told["expected"], abs=2
    )


async def breakage(members, as_=None, currency="points"):
    found = await members.harness.graph(BREAKAGE, as_=as_ or members.operator, currency=currency)
    return found["pointsBreakage"]


async def test_reports_are_for_those_who_may_read_them(members, moved, owed):
    token = members.harness.token
    province = token("analyst", unit="hq.zj")

    for read in (moved, owed):
        with pytest.raises(GraphFailed) as failed:
            await read(as_=token("marketer"))
        assert failed.value.codes == ["FORBIDDEN"]
    with pytest.raises(GraphFailed) as failed:
        await breakage(members, as_=province)
    assert failed.value.codes == ["FORBIDDEN"]
    answer = await members.harness.get("/v1/reports/liability", as_=token("marketer"))
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("since", "until"),
    [("2026-13", "2026-12"), ("2026-02", "2026-01"), ("2020-01", "2026-01"), ("now", "now")],
)
async def test_a_span_that_is_none_is_refused(members, moved, since, until):
    with pytest.raises(GraphFailed) as failed:
        await moved(since=since, until=until)

    assert failed.value.errors[0]["extensions"]["reason"] == "InvalidInput"


async def test_reports_come_as_files_and_as_json(members, spend, adjust, moved):
    await a_month_of_everything(members, spend, adjust)
    span = {"since": MONTH, "until": MONTH, "by_campaign": True}
    read, as_ = members.harness.get, members.operator

    sheet = await read("/v1/reports/movements", as_=as_, **span)
    plain = await read("/v1/reports/movements", as_=as_, form="json", **span)
    owed = await read("/v1/reports/liability", as_=as_, form="json")
    funded = await read("/v1/reports/partner-funding", as_=as_, month=MONTH)
    wrong = [
        await read("/v1/reports/movements", as_=as_, since="2026-1", until=MONTH),
        await read("/v1/reports/liability", as_=as_, since=MONTH),
    ]

    rows = list(csv.DictReader(io.StringIO(sheet.text, newline="")))
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert [int(row["net"]) for row in rows] == [row["net"] for row in plain.json()] == [40, 500]
    assert plain.json()[0]["campaign_id"] is None
    assert sum(row["available"] for row in owed.json()) == 540
    assert sum(row["outstanding"] for row in owed.json()) == 540
    assert funded.text.startswith("partner_code,month,currency,postings,points,amount_minor")
    assert [each.status_code for each in wrong] == [422, 422]


async def test_a_report_is_whole_or_refused(members, moved, monkeypatch):
    for unit in ("hq.zj", "hq.gd"):
        await members.order(await members.register(unit=unit), 100_00)
    monkeypatch.setattr(flows, "MOST_ROWS", 1)

    with pytest.raises(GraphFailed, match="makes more than 1 rows"):
        await moved("UNIT")

    assert [row["net"] for row in await moved()] == [200]


async def test_folding_goes_on_where_it_stopped(members, fold):
    await members.order(await members.register(), 100_00)
    await back(members, 3)
    turns = [await _turn(members) for _ in range(5)]

    assert turns[:3] == ["more"] * 3
    assert turns[-1] is None


async def _turn(members):
    async with members.harness.db.transaction() as session:
        return await fold_ledger(session)
