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
from pydantic import SecretStr
from services.customer.tests.exporting import WHY, InProcess, people, somebody, take

from kit.app import Running, Service
from kit.settings import Settings
from kit.testing.databases import Databases
from kit.testing.harness import Harness
from kit.testing.issuer import Issuer
from local.exporting.download import Wish, download
from local.importing.files import source
from local.importing.transfer import transfer

pytestmark = pytest.mark.usefixtures("saying_why")

PARENT = """mutation ($id: UUID!, $parent: UUID) {
  setGroupParent(groupId: $id, parentId: $parent) { __typename } }"""
DETAILS = """mutation ($id: UUID!, $details: GroupDetailsInput!) {
  setGroupDetails(groupId: $id, details: $details) { __typename } }"""
MEMBER = """mutation ($input: GroupMemberInput!) { addGroupMember(input: $input) { __typename } }"""
FACTS = """kind status name unit timeZone identifiers { scheme value verifiedAt } attributes { name value }
  tags { tag source expiresAt } holdings { productCode since until source }
  consents { purpose channelKind granted since } specialLists { list reason since }"""


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


async def known(harness: Harness) -> list[Any]:
    query = f"{{ customers(first: 100) {{ edges {{ node {{ {FACTS} }} }} }} }}"
    token = harness.token("front_line", unit="hq")
    found = (await harness.graph(query, as_=token))["customers"]["edges"]
    return sorted((edge["node"] for edge in found), key=lambda each: str(each["identifiers"]))


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
