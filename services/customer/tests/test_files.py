"""Files on their whole way: read, sent in chunks, taken in, and what was rejected told."""

import asyncio
import csv
import itertools
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.testing.harness import Harness
from local.importing.files import source
from local.importing.rejections import download_rejections
from local.importing.transfer import transfer
from local.tokens import Wanted

MAPPING = """
unit = "hq.zj"
identifiers = [{ scheme = "crm", column = "id" }, { scheme = "email", column = "mail" }]
name = { column = "who" }
tags = [{ tag = "vip", column = "vip", when = ["1"] }]
attributes = [
    { name = "born", column = "born", type = "date", format = "%d/%m/%Y" },
]
"""
HEADER = "id,mail,who,vip,born"


class InProcess:
    """The service's doors without a network in between."""

    def __init__(self, harness: Harness, unit: str = "hq") -> None:
        self.harness = harness
        self.token = harness.token("operator", unit=unit)
        self.calls = 0
        self.stop_after = 10**9

    async def rest(
        self,
        service: str,
        method: str,
        path: str,
        *,
        as_: Wanted,
        content: Any = None,
        query: Any = None,
    ) -> httpx.Response:
        self.calls += 1
        if self.calls > self.stop_after:
            raise ConnectionError("killed")
        return await self.harness.http.request(
            method,
            path,
            json=content,
            params=query,
            headers={"authorization": f"Bearer {self.token}"},
        )


class Files:
    """Files of people, and what becomes of them."""

    def __init__(self, harness: Harness, folder: Path) -> None:
        self.harness = harness
        self.folder = folder
        self.mapping = folder / "mapping.toml"
        self.mapping.write_text(MAPPING)

    def write(self, *lines: str, name: str = "people.csv", header: str = HEADER) -> Path:
        path = self.folder / name
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    async def take(self, path: Path, dry_run: bool = False, **doors: Any) -> Any:
        told: list[int] = []
        door = InProcess(self.harness)
        vars(door).update(doors)
        file = source(path, self.mapping, "")
        done = await transfer(door, "customer", file, told.append, dry_run=dry_run)
        assert told == sorted(told)
        return done

    async def outcomes(self, path: Path, **how: Any) -> dict[str, int]:
        counts = (await self.take(path, **how)).counts
        return {name: counts[name] for name in ("registered", "changed", "unchanged", "rejected")}


@pytest.fixture
def files(harness: Harness, tmp_path: Path) -> Files:
    return Files(harness, tmp_path)


async def customers(harness: Harness) -> int:
    query = "{ customers(first: 100) { edges { node { id } } } }"
    found = await harness.graph(query, as_=harness.token("marketer", unit="hq"))
    return len(found["customers"]["edges"])


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(
    harness: Harness, files: Files
) -> None:
    await files.take(files.write("1,,Ada,1,", name="known.csv"))
    before = await harness.events_recorded()
    path = files.write(
        "1,,Ada King,1,10/12/1915", "2,b@x.y,Bob,0,", "2,,Bob,0,", "3,b@x.y,Eve,0,", "1,b@x.y,,,"
    )

    tried = await files.take(path, dry_run=True)

    assert tried.counts["lines"] == 5
    assert {name: tried.counts[name] for name in ("registered", "changed", "unchanged")} == {
        "registered": 1,
        "changed": 2,
        "unchanged": 1,
    }
    assert [(each["line"], each["field"], each["reason"]) for each in tried.rejections] == [
        (6, "identifiers", "belong to different customers")
    ]
    assert await harness.events_recorded() == before
    assert await customers(harness) == 1
    definitions = await harness.graph(
        "{ customerAttributeDefinitions { name } }", as_=harness.token("marketer", unit="hq")
    )
    assert [e["name"] for e in definitions["customerAttributeDefinitions"]] == ["born"]


async def test_a_dry_run_again_says_how_things_are_by_then(files: Files) -> None:
    path = files.write("1,,Ada,1,", "2,,Bob,0,")

    first = await files.outcomes(path, dry_run=True)
    await files.take(path)
    again = await files.outcomes(path, dry_run=True)

    assert first == {"registered": 2, "changed": 0, "unchanged": 0, "rejected": 0}
    assert again == {"registered": 0, "changed": 0, "unchanged": 2, "rejected": 0}


person = st.tuples(
    st.sampled_from(["ROUND-1", "ROUND-2", "ROUND-3", ""]),
    st.sampled_from(["ROUNDa@x.y", "ROUNDb@x.y", "", "nobody"]),
    st.sampled_from(["Ada", "Bob", ""]),
    st.sampled_from(["1", "0", ""]),
    st.sampled_from(["10/12/1915", "01/01/1999", "1999-01-01", ""]),
).map(",".join)
rounds = itertools.count(1)
suppressed = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=6, suppress_health_check=suppressed)
@given(
    known=st.lists(person, min_size=1, max_size=4), lines=st.lists(person, min_size=1, max_size=8)
)
async def test_what_a_dry_run_says_is_what_happens(
    files: Files, known: list[str], lines: list[str]
) -> None:
    number = str(next(rounds))
    await files.take(files.write(*(e.replace("ROUND", number) for e in known), name="known.csv"))
    path = files.write(f"{number},,The first,,", *(e.replace("ROUND", number) for e in lines))

    tried = await files.take(path, dry_run=True)
    done = await files.take(path)

    assert tried.rejections == done.rejections
    assert tried.counts == done.counts


async def test_an_import_that_was_killed_goes_on_where_it_was(
    harness: Harness, files: Files
) -> None:
    path = files.write(*(f"{number},,Somebody,1," for number in range(5_000)))

    with pytest.raises(ConnectionError):
        await files.take(path, stop_after=3)
    begun = len(await harness.events_recorded())
    done = await files.outcomes(path)
    again = await files.outcomes(path)

    assert 0 < begun < 5_000
    assert done == again == {"registered": 5_000, "changed": 0, "unchanged": 0, "rejected": 0}
    assert len(await harness.events_recorded()) == 5_000


async def test_two_files_about_the_same_people_go_in_at_once(
    harness: Harness, files: Files
) -> None:
    people = [f"{number},p{number}@x.y,Somebody,1," for number in range(2_500)]
    one = files.write(*people, name="one.csv")
    other = files.write(*reversed(people), name="other.csv")

    done = await asyncio.gather(files.outcomes(one), files.outcomes(other))

    assert sum(each["registered"] for each in done) == 2_500
    assert sum(each["unchanged"] for each in done) == 2_500
    assert len(await harness.events_recorded()) == 2_500


async def test_rejected_lines_come_as_a_file_that_says_where_and_why(
    harness: Harness, files: Files, tmp_path: Path
) -> None:
    path = files.write('1,ada,"King, Ada",1,', "2,,A\0da,0,", "3,,Bob", "4,,Eve,0,1999-01-01")
    done = await files.take(path)

    await download_rejections(InProcess(harness), done.id, tmp_path / "rejected.csv")
    whole = await harness.get(
        f"/v1/imports/{done.id}/rejections.csv", as_=harness.token("marketer", unit="hq.zj")
    )

    assert list(csv.reader((tmp_path / "rejected.csv").read_text().splitlines())) == [
        ["line", "field", "reason", "original"],
        ["2", "mail", "is not an e-mail address", '1,ada,"King, Ada",1,'],
        ["3", "line", "holds a NUL byte", "2,,A�da,0,"],
        ["4", "line", "has 3 values, the header 5", "3,,Bob"],
        ["5", "born", "'1999-01-01' is not a date such as %d/%m/%Y", "4,,Eve,0,1999-01-01"],
    ]
    assert whole.text.splitlines() == (tmp_path / "rejected.csv").read_text().splitlines()
    assert whole.headers["content-type"] == "text/csv; charset=utf-8"
    assert done.counts["rejected_by_field"] == {"mail": 1, "line": 2, "born": 1}


async def test_of_endless_bad_lines_the_first_are_kept_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch, files: Files
) -> None:
    monkeypatch.setattr("customer.imports.commands.MOST_KEPT", 1_500)
    bad = [f"{number},not an address,,," for number in range(4_000)]

    done = await files.take(files.write(*bad, "1,,Ada,1,"))

    assert (done.counts["registered"], done.counts["rejected"]) == (1, 4_000)
    page = await files.harness.get(
        f"/v1/imports/{done.id}/rejections",
        as_=files.harness.token("operator", unit="hq"),
        after=1_400,
        first=1_000,
    )
    assert [each["line"] for each in page.json()["rejections"]] == list(range(1_401, 1_502))


async def test_json_lines_bring_whole_lists(harness: Harness, files: Files) -> None:
    files.mapping.write_text(
        """
unit = "hq"
unit_column = "unit"
kind_column = "kind"
[lists]
identifiers = "identifiers"
tags = "tags"
holdings = "holdings"
consents = "consents"
special_lists = "special_lists"
"""
    )
    somebody = {
        "unit": "hq.zj.hz",
        "kind": "group",
        "identifiers": [{"scheme": "crm", "value": "G-1"}, {"scheme": "crm", "value": "G-2"}],
        "tags": [{"tag": "key", "source": "hand", "expires_at": "2031-01-01T00:00:00Z"}],
        "holdings": [
            {"product_code": "p", "since": "2020-01-01T00:00:00Z", "source": "order"},
            {
                "product_code": "p",
                "since": "2018-01-01T00:00:00Z",
                "until": "2019-01-01T00:00:00Z",
                "source": "order",
            },
        ],
        "consents": [
            {"purpose": "marketing", "granted": False, "since": "2020-01-01T00:00:00+08:00"}
        ],
        "special_lists": [
            {"list": "sensitive", "reason": "asked", "since": "2020-01-01T00:00:00Z"}
        ],
    }
    bad = {**somebody, "holdings": [{"product_code": "p"}], "identifiers": [{"scheme": "crm"}]}
    path = files.folder / "people.jsonl"
    path.write_text("\n".join(json.dumps(each) for each in (somebody, bad, somebody)))

    done = await files.take(path)

    assert (done.counts["registered"], done.counts["unchanged"]) == (1, 1)
    assert [(each["field"], each["reason"]) for each in done.rejections] == [
        ("identifiers", "is not a list of identifiers: 0.value: Field required")
    ]
    query = """{ customerByIdentifier(scheme: "crm", value: "G-2") {
      unit kind tags { tag source expiresAt } holdings { since until source }
      consents { granted since } specialLists { list reason } } }"""
    found = await harness.graph(query, as_=harness.token("front_line", unit="hq"))
    assert found["customerByIdentifier"] == {
        "unit": "hq.zj.hz",
        "kind": "GROUP",
        "tags": [{"tag": "key", "source": "hand", "expiresAt": "2031-01-01T00:00:00+00:00"}],
        "holdings": [
            {"since": "2020-01-01T00:00:00+00:00", "until": None, "source": "order"},
            {
                "since": "2018-01-01T00:00:00+00:00",
                "until": "2019-01-01T00:00:00+00:00",
                "source": "order",
            },
        ],
        "consents": [{"granted": False, "since": "2019-12-31T16:00:00+00:00"}],
        "specialLists": [{"list": "SENSITIVE", "reason": "asked"}],
    }


async def test_a_line_that_names_two_customers_is_rejected_and_somebody_is_asked_whether_they_are_one(
    harness: Harness, files: Files
) -> None:
    await files.take(files.write("1,,Ada,,", "2,b@x.y,Bob,,", name="known.csv"))
    path = files.write("1,b@x.y,,,", "1,b@x.y,Ada,,")

    await files.take(path, dry_run=True)
    untouched = await asked_whether_they_are_one(harness)
    done = await files.take(path)

    assert untouched == []
    assert [(each["line"], each["reason"]) for each in done.rejections] == [
        (2, "belong to different customers"),
        (3, "belong to different customers"),
    ]
    [asked] = await asked_whether_they_are_one(harness)
    assert {asked["one"]["name"], asked["other"]["name"]} == {"Ada", "Bob"}
    assert (asked["scheme"], asked["why"]) == ("email", "Line 3 of people.csv names both")
    assert await customers(harness) == 2


async def asked_whether_they_are_one(harness: Harness) -> list[dict[str, Any]]:
    query = """{ mergeCandidates(state: OPEN) { edges { node {
      scheme why one { name } other { name } } } } }"""
    found = await harness.graph(query, as_=harness.token("front_line", unit="hq"))
    return [each["node"] for each in found["mergeCandidates"]["edges"]]
