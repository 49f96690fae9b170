"""Customers into files, and from the files again."""

import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from pydantic import SecretStr
from sqlalchemy import select, text

from customer.accesses.models import Access
from customer.entity import table_of
from customer.exports.commands import forget_old_exports
from kit.app import Running, Service
from kit.settings import Settings
from kit.testing.databases import Databases
from kit.testing.harness import Harness
from kit.testing.issuer import Issuer
from local.exporting.download import Wish, download
from local.importing.files import source
from local.importing.transfer import transfer
from local.problems import Problem

PART = {"unit": "hq", "unit_column": "unit", "kind_column": "kind", "time_zone_column": "zone"}
NAMES = ("identifiers", "tags", "holdings", "consents", "special_lists")
ATTRIBUTES = {
    "born": "date",
    "charge": "decimal",
    "months": "whole",
    "plan": "text",
    "vip": "boolean",
}
MAPPING = {
    **PART,
    "name": {"column": "name"},
    "status": {"column": "status", "values": {e: e for e in ("prospect", "active", "churned")}},
    "attributes": [{"name": n, "column": n, "type": t} for n, t in ATTRIBUTES.items()],
    "lists": {name: name for name in NAMES},
}
PARENT = """mutation ($id: UUID!, $parent: UUID) {
  setGroupParent(groupId: $id, parentId: $parent) { __typename } }"""
DETAILS = """mutation ($id: UUID!, $details: GroupDetailsInput!) {
  setGroupDetails(groupId: $id, details: $details) { __typename } }"""
MEMBER = """mutation ($input: GroupMemberInput!) { addGroupMember(input: $input) { __typename } }"""
WHY = "moving to another platform"
VERIFIED = {"verified_at": "2020-01-01T00:00:00Z"}
FACTS = """kind status name unit timeZone identifiers { scheme value verifiedAt } attributes { name value }
  tags { tag source expiresAt } holdings { productCode since until source }
  consents { purpose channelKind granted since } specialLists { list reason since }"""


class InProcess:
    """A service's doors without a network in between, for whom the token says."""

    def __init__(self, harness: Harness, token: str | None = None) -> None:
        self.harness = harness
        self.token = token or harness.token("operator", unit="hq", scope="privacy:handle")
        self.left = 10**9

    async def rest(self, _: str, method: str, path: str, **sent: Any) -> httpx.Response:
        self.left -= 1
        if self.left < 0:
            raise ConnectionError("killed")
        headers = {"authorization": f"Bearer {self.token}"}
        if sent.get("purpose"):
            headers["octoreach-purpose"] = sent["purpose"]
        return await self.harness.http.request(
            method, path, json=sent.get("content"), params=sent.get("query"), headers=headers
        )


@pytest.fixture(autouse=True)
def purpose(harness: Harness) -> None:
    """Every request says why."""
    harness.http.headers["octoreach-purpose"] = WHY


@pytest.fixture
async def elsewhere(
    databases: Databases, service: Service, settings: Settings, issuer: Issuer
) -> AsyncIterator[Harness]:
    """The service with an empty database."""
    name = await databases.clone_for(service)
    url = SecretStr(databases.server.url(name))
    running = Running(service, settings.model_copy(update={"database_url": url}), works=False)
    await running.start()
    harness = Harness(running, issuer)
    yield harness
    await harness.close()
    await databases.drop(name)


async def take(harness: Harness, folder: Path, people: list[dict[str, Any]]) -> Any:
    """Import these people, of whom nothing is left out."""
    path = folder / "people.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in people))
    mapping = folder / "people.mapping.json"
    mapping.write_text(json.dumps(MAPPING))
    done = await transfer(InProcess(harness), "customer", source(path, mapping, ""), lambda _: None)
    assert done.counts["rejected"] == 0, done.rejections
    return done


async def known(harness: Harness) -> list[Any]:
    query = f"{{ customers(first: 100) {{ edges {{ node {{ {FACTS} }} }} }} }}"
    token = harness.token("front_line", unit="hq")
    found = (await harness.graph(query, as_=token))["customers"]["edges"]
    return sorted((edge["node"] for edge in found), key=lambda each: str(each["identifiers"]))


def somebody(number: int, **more: Any) -> dict[str, Any]:
    identifiers = [{"scheme": "crm", "value": f"C-{number}"}]
    return {"unit": "hq.zj", "status": "active", "identifiers": identifiers, **more}


texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=9)
moments = st.datetimes().map(lambda moment: f"{moment.replace(year=2020).isoformat()}+00:00")
people = st.builds(
    dict,
    unit=st.sampled_from(["hq", "hq.zj", "hq.zj.hz", "hq.gd"]),
    kind=st.sampled_from(["individual", "group"]),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin"]),
    name=st.none() | texts,
    status=st.sampled_from(["prospect", "active", "churned"]),
    born=st.none() | st.sampled_from(["1999-12-31", "2001-02-03"]),
    charge=st.none() | st.sampled_from([29.85, 0.0, -1.5, 1e-7, 123456789.125]),
    months=st.none() | st.integers(-(10**14), 10**14),
    plan=st.none() | texts,
    vip=st.none() | st.booleans(),
    more=st.lists(texts, max_size=2, unique=True).map(
        lambda values: [{"scheme": "openid", "value": v, **VERIFIED} for v in values]
    ),
    tags=st.lists(
        st.builds(dict, tag=st.sampled_from("abc"), source=st.just("hand"), expires_at=st.none()),
        max_size=2,
        unique_by=lambda each: each["tag"],
    ),
    holdings=st.lists(
        st.builds(
            dict,
            product_code=texts,
            since=moments,
            until=st.none() | moments,
            source=st.sampled_from(["order", "import"]),
        ),
        max_size=3,
        unique_by=lambda each: (each["product_code"], each["since"]),
    ),
    consents=st.lists(
        st.builds(
            dict,
            purpose=st.sampled_from(["marketing", "service"]),
            channel_kind=st.just("sms"),
            granted=st.booleans(),
            since=moments,
        ),
        max_size=2,
        unique_by=lambda each: each["purpose"],
    ),
    special_lists=st.lists(
        st.builds(dict, list=st.sampled_from(["test", "sensitive"]), reason=texts, since=moments),
        max_size=2,
        unique_by=lambda each: each["list"],
    ),
)


def numbered(number: int, person: dict[str, Any]) -> dict[str, Any]:
    """Of all that identifies somebody, nothing is anybody else's."""
    more = [{**each, "value": f"{number}{each['value']}"} for each in person.pop("more")]
    return {**person, "identifiers": [{"scheme": "crm", "value": f"C-{number}"}, *more]}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@settings(max_examples=1, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(people, min_size=20, max_size=40))
async def test_what_is_exported_and_imported_elsewhere_is_the_same(
    harness: Harness, elsewhere: Harness, tmp_path: Path, form: str, drawn: list[dict[str, Any]]
) -> None:
    await take(harness, tmp_path, [numbered(n, each) for n, each in enumerate(drawn)])
    path = tmp_path / f"copy.{form}"

    lines = await download(InProcess(harness), Wish(path, "hq", None, WHY), lambda _: None)
    file = source(path, None, "")
    done = await transfer(InProcess(elsewhere), "customer", file, lambda _: None)

    assert lines == len(drawn) + (form == "csv")
    assert (done.counts["registered"], done.counts["rejected"]) == (len(drawn), 0)
    assert await known(elsewhere) == await known(harness)


async def test_a_mapping_writes_the_columns_that_it_reads(
    harness: Harness, elsewhere: Harness, tmp_path: Path
) -> None:
    tag = [{"tag": "senior", "source": "hand"}]
    held = [{"product_code": "dsl", "since": "2020-01-01T00:00:00Z", "source": "import"}]
    yes = [{"purpose": "marketing", "granted": True, "since": "2020-01-01T00:00:00Z"}]
    no = [{**yes[0], "granted": False}]
    await take(
        harness,
        tmp_path,
        [
            somebody(1, born="1999-12-31", plan="m", tags=tag, holdings=held, consents=yes),
            somebody(2, status="churned", vip=True, plan="y", consents=no),
        ],
    )
    mapping = {
        "unit": "hq.zj",
        "identifiers": [{"scheme": "crm", "column": "id"}, {"scheme": "email", "column": "mail"}],
        "status": {"column": "left", "values": {"Yes": "churned", "No": "active"}},
        "attributes": [
            {"name": "born", "column": "born", "type": "date", "format": "%d/%m/%Y"},
            {"name": "vip", "column": "vip", "type": "boolean"},
            {"name": "plan", "column": "pays", "type": "text", "values": {"M": "m", "Y": "y"}},
        ],
        "holdings": [{"product": "dsl", "column": "net", "when": ["DSL", "dsl"]}],
        "tags": [{"tag": "senior", "column": "senior", "when": ["1"]}],
        "consents": [{"purpose": "marketing", "column": "agreed", "when": ["Yes"]}],
    }
    path = tmp_path / "some.csv"

    await download(InProcess(harness), Wish(path, "hq.zj", mapping, WHY), lambda _: None)
    done = await transfer(InProcess(elsewhere), "customer", source(path, None, ""), lambda _: None)

    assert list(csv.reader(path.read_text().splitlines())) == [
        ["id", "mail", "left", "born", "vip", "pays", "net", "senior", "agreed"],
        ["C-1", "", "No", "31/12/1999", "", "M", "DSL", "1", "Yes"],
        ["C-2", "", "Yes", "", "true", "Y", "", "", "no"],
    ]
    assert done.counts["registered"] == 2
    first, second = await known(elsewhere)
    assert (first["tags"][0]["tag"], first["holdings"][0]["productCode"]) == ("senior", "dsl")
    assert [each["consents"][0]["granted"] for each in (first, second)] == [True, False]


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


async def test_an_export_that_was_killed_goes_on_where_it_was(
    harness: Harness, tmp_path: Path
) -> None:
    await take(harness, tmp_path, [somebody(n) for n in range(2_500)])
    wish = Wish(tmp_path / "copy.csv", "hq", None, WHY)
    doors = InProcess(harness)
    doors.left = 3

    with pytest.raises(ConnectionError):
        await download(doors, wish, lambda _: None)
    with wish.part.open("a") as file:
        file.write("half a li")
    doors.left = 2
    lines = await download(doors, wish, lambda _: None)

    assert lines == 2_501
    assert len(set(wish.to.read_text().splitlines())) == 2_501
    assert left_in(tmp_path) == {"copy.csv", "copy.mapping.json"}


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("copy*")}


async def test_no_cell_is_run_by_a_spreadsheet_and_each_comes_back_as_it_was(
    harness: Harness, elsewhere: Harness, tmp_path: Path
) -> None:
    names = ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "'=2", "-x", "O'Neill"]
    told = [
        somebody(n, name=name, charge=-1.5) for n, name in enumerate(names)
    ]  # fmt: skip
    await take(harness, tmp_path, told)
    path = tmp_path / "copy.csv"

    await download(InProcess(harness), Wish(path, "hq", None, WHY), lambda _: None)
    done = await transfer(InProcess(elsewhere), "customer", source(path, None, ""), lambda _: None)

    cells = [cell for row in csv.reader(path.read_text().splitlines()) for cell in row]
    assert [each for each in cells if each[:1] in "=@+" and each] == []
    assert "-1.5" in cells
    assert done.counts["registered"] == len(names)
    assert await known(elsewhere) == await known(harness)


async def test_a_segment_is_exported_as_far_as_its_members_are_in_the_unit(
    harness: Harness, tmp_path: Path
) -> None:
    units = ["hq.zj", "hq.gd", "hq.zj", "hq.zj.hz", "hq.zj"]
    await take(harness, tmp_path, [somebody(n, unit=unit) for n, unit in enumerate(units)])
    marketer = harness.token("marketer", unit="hq")
    create = """mutation ($input: NewSegmentInput!) { createSegment(input: $input) {
      __typename ... on SegmentWasChanged { segment { id } } ... on Refusal { message } } }"""
    made = await harness.graph(
        create, as_=marketer, input={"code": "films", "name": "Films", "unit": "hq"}
    )
    lines = "scheme,value\n" + "".join(f"crm,C-{n}\n" for n in (0, 1, 3, 4))
    await harness.http.post(
        f"/v1/segments/{made['createSegment']['segment']['id']}/members",
        content=lines,
        headers={"authorization": f"Bearer {marketer}", "content-type": "text/csv"},
    )
    mapping = {"unit": "hq.zj", "identifiers": [{"scheme": "crm", "column": "id"}]}
    new = {"mapping": mapping, "segment": "films", "whole": True}
    officer = harness.token("operator", unit="hq", scope="privacy:handle")

    export = (await harness.post("/v1/exports", new, as_=officer)).json()
    whole = await harness.get(f"/v1/exports/{export['id']}/file", as_=officer)
    page = await harness.get(f"/v1/exports/{export['id']}/lines", as_=officer, first=2)
    rest = await harness.get(
        f"/v1/exports/{export['id']}/lines", as_=officer, after=page.headers["next-after"]
    )
    unknown = await harness.post("/v1/exports", new | {"segment": "none"}, as_=officer)

    assert whole.text.split() == ["id", "C-0", "C-3", "C-4"]
    assert page.text.split() + rest.text.split() == whole.text.split()
    assert (unknown.status_code, unknown.json()["field"]) == (422, "segment")


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


async def test_groups_are_exported_above_before_below_and_members_after_them(
    harness: Harness, elsewhere: Harness, tmp_path: Path
) -> None:
    told = [
        somebody(n, kind="group" if n < 5 else "individual", unit="hq.zj.hz" if n % 2 else "hq.zj")
        for n in range(8)
    ]
    await take(harness, tmp_path, told)
    token = harness.token("front_line", unit="hq")
    ids = {}
    for n in range(8):
        by_crm = f'{{ customerByIdentifier(scheme: "crm", value: "C-{n}") {{ id }} }}'
        ids[n] = (await harness.graph(by_crm, as_=token))["customerByIdentifier"]["id"]
    for child, parent in ((0, 3), (3, 4), (2, 0)):
        await harness.graph(PARENT, as_=token, id=ids[child], parent=ids[parent])
    details = {"class": "A", "accountManager": "max"}
    await harness.graph(DETAILS, as_=token, id=ids[4], details=details)
    for group, member, role in ((2, 5, "CONTACT"), (4, 5, "MEMBER"), (1, 6, "KEY_PERSON")):
        told = {"groupId": ids[group], "memberId": ids[member], "role": role}
        await harness.graph(MEMBER, as_=token, input=told)
    path = tmp_path / "copy.csv"

    for size in (1, 1_000):
        monkey = download_in_pages(harness, size)
        await download(monkey, Wish(path, "hq", None, WHY), lambda _: None)
        rows = list(csv.DictReader(path.read_text().splitlines()))
        order = [json.loads(each["identifiers"])[0]["value"] for each in rows]
        assert order[:5] == ["C-1", "C-4", "C-3", "C-0", "C-2"]
        assert sorted(order[5:]) == ["C-5", "C-6", "C-7"]
    done = await transfer(InProcess(elsewhere), "customer", source(path, None, ""), lambda _: None)

    assert (done.counts["registered"], done.counts["rejected"]) == (8, 0)
    assert await tree(elsewhere) == await tree(harness)


class Pages(InProcess):
    """The same doors, a few customers at a time."""

    size = 1_000

    async def rest(self, _: str, method: str, path: str, **sent: Any) -> httpx.Response:
        if path.endswith("/lines"):
            sent["query"] = {**(sent.get("query") or {}), "first": self.size}
        return await super().rest(_, method, path, **sent)


def download_in_pages(harness: Harness, size: int) -> Pages:
    doors = Pages(harness)
    doors.size = size
    return doors


async def tree(harness: Harness) -> Any:
    """Groups as they lie, and who belongs to them, by identifier."""
    fields = """identifiers { value } class accountManager parent { identifiers { value } }
      groups { edges { node { role since group { identifiers { value } } } } }"""
    found = await harness.graph(
        f"{{ customers(first: 100) {{ edges {{ node {{ {fields} }} }} }} }}",
        as_=harness.token("front_line", unit="hq"),
    )
    nodes = [edge["node"] for edge in found["customers"]["edges"]]
    for each in nodes:
        each["groups"]["edges"].sort(key=str)
    return sorted(nodes, key=str)


async def test_a_masked_export_says_so_and_is_not_imported(
    harness: Harness, tmp_path: Path
) -> None:
    await take(harness, tmp_path, [somebody(1, name="Wang")])
    path = tmp_path / "masked.csv"

    await download(InProcess(harness), Wish(path, "hq", None), lambda _: None)

    assert "Wang" not in path.read_text()
    with pytest.raises(Problem, match="masked"):
        source(path, None, "")
