"""Who may export whom, how much of them is shown, and that it is known."""

import json
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from services.customer.tests.exporting import WHY, InProcess, somebody, take
from sqlalchemy import select, text

from customer.accesses.models import Access
from customer.entity import table_of
from customer.exports.commands import forget_old_exports
from kit.testing.harness import Harness
from local.exporting.download import Wish, download
from local.importing.files import source
from local.problems import Problem

pytestmark = pytest.mark.usefixtures("saying_why")


def exported() -> float:
    named = {"form": "csv", "told": "whole"}
    return REGISTRY.get_sample_value("export_customers_total", named) or 0


async def test_an_export_holds_the_subtree_as_it_was_when_it_was_opened(
    harness: Harness, tmp_path: Path
) -> None:
    units = ["hq.zj", "hq.zj.hz", "hq.zj-x", "hq.gd", "hq.zj.hz.1", "hq.zj", "hq.zj.nb"]
    await take(harness, tmp_path, [somebody(n, unit=unit) for n, unit in enumerate(units)])
    token = harness.token("operator", unit="hq.zj", scope="privacy:handle")
    new = {"whole": True, "mapping": {"unit": "hq.zj", "identifiers": [
        {"scheme": "crm", "column": "id"}
    ]}}  # fmt: skip

    opened = (await harness.post("/v1/exports", new, as_=token)).json()
    await take(harness, tmp_path, [somebody(100)])
    seen, after = [], {}
    while after is not None:
        page = await harness.get(f"/v1/exports/{opened['id']}/lines", as_=token, first=2, **after)
        seen += page.text.split()
        following = page.headers.get("next-after")
        after = {"after": following} if following else None
    before = exported()
    whole = await harness.get(f"/v1/exports/{opened['id']}/file", as_=token)

    assert exported() - before == 5
    assert seen == ["id", "C-0", "C-5", "C-1", "C-4", "C-6"]
    assert whole.text.split() == seen
    assert whole.headers["content-type"] == "text/csv; charset=utf-8"


async def test_chosen_customers_are_exported_as_far_as_they_are_in_the_unit(
    harness: Harness, tmp_path: Path
) -> None:
    await take(harness, tmp_path, [somebody(1), somebody(2), somebody(3, unit="hq.gd")])
    query = "{ customers(first: 9) { edges { node { id identifiers { value } } } } }"
    reader = harness.token("front_line", unit="hq")
    edges = (await harness.graph(query, as_=reader))["customers"]["edges"]
    ids = {each["node"]["identifiers"][0]["value"]: each["node"]["id"] for each in edges}
    token = harness.token("operator", unit="hq.zj", scope="privacy:handle")

    new = {"form": "jsonl", "whole": True, "ids": [ids["C-2"], ids["C-3"]]}
    opened = (await harness.post("/v1/exports", new, as_=token)).json()
    lines = await harness.get(f"/v1/exports/{opened['id']}/lines", as_=token)

    assert [json.loads(each) for each in lines.text.splitlines()] == [
        {
            "identifiers": [{"scheme": "crm", "value": "C-2"}],
            "unit": "hq.zj",
            "kind": "individual",
            "time_zone": "Asia/Shanghai",
            "status": "active",
        }
    ]
    async with harness.db.reading() as session:
        noted = (
            await session.execute(
                select(table_of(Access)).where(table_of(Access).c.role == "operator")
            )
        ).all()
    assert [(str(e.customer_id), e.fields, e.whole, e.purpose) for e in noted] == [
        (ids["C-2"], ["file"], True, WHY)
    ]


async def test_without_the_scope_names_and_identifiers_are_masked(
    harness: Harness, tmp_path: Path
) -> None:
    identifiers = [{"scheme": "msisdn", "value": "+8613812345678"}]
    await take(harness, tmp_path, [somebody(1, name="王小明", identifiers=identifiers)])
    marketer = harness.token("marketer", unit="hq")

    refused = await harness.post("/v1/exports", {"whole": True}, as_=marketer)
    opened = (await harness.post("/v1/exports", {"form": "jsonl"}, as_=marketer)).json()
    masked = (await harness.get(f"/v1/exports/{opened['id']}/lines", as_=marketer)).json()

    assert refused.status_code == 403
    assert (masked["name"], masked["identifiers"][0]["value"]) == ("王**", "138****5678")


async def test_an_export_is_for_those_who_may_only(harness: Harness) -> None:
    scope = "privacy:handle"
    mine = harness.token("operator", unit="hq.zj", scope=scope)
    opened = (await harness.post("/v1/exports", {"whole": True}, as_=mine)).json()
    path = f"/v1/exports/{opened['id']}"

    answers = [
        await harness.post("/v1/exports", {}, as_=harness.token("front_line", unit="hq")),
        await harness.post("/v1/exports", {"unit": "hq.gd"}, as_=mine),
        await harness.get(
            f"{path}/lines", as_=harness.token("operator", unit="hq.gd", scope=scope)
        ),
        await harness.get(f"{path}/file", as_=harness.token("operator", unit="hq")),
        await harness.get(f"{path}/lines", as_=mine, after="hq.zj:nobody"),
        await harness.post("/v1/exports", {"mapping": {"unit": "hq.zj"}}, as_=mine),
    ]

    assert [each.status_code for each in answers] == [403, 403, 404, 403, 422, 422]


async def test_what_was_taken_away_is_known_for_as_long_as_who_saw_what(
    harness: Harness, tmp_path: Path
) -> None:
    token = harness.token("operator", unit="hq")
    export = (await harness.post("/v1/exports", {"unit": "hq"}, as_=token)).json()

    seen = []
    for days in (1_000, 100):
        async with harness.db.transaction() as session:
            older = f"UPDATE customer_export SET created_at = created_at - interval '{days} days'"
            await session.execute(text(older))
        await harness.turn(forget_old_exports)
        seen.append((await harness.get(f"/v1/exports/{export['id']}", as_=token)).status_code)

    assert seen == [200, 404]


async def test_a_masked_export_says_so_and_is_not_imported(
    harness: Harness, tmp_path: Path
) -> None:
    await take(harness, tmp_path, [somebody(1, name="Wang")])
    path = tmp_path / "masked.csv"

    await download(InProcess(harness), Wish(path, "hq", None), lambda _: None)

    assert "Wang" not in path.read_text()
    with pytest.raises(Problem, match="masked"):
        source(path, None, "")
