"""Customers on their way out and in elsewhere, in the words of the tests."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import strategies as st

from kit.testing.harness import Harness
from local.importing.files import source
from local.importing.transfer import transfer

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
WHY = "moving to another platform"
VERIFIED = {"verified_at": "2020-01-01T00:00:00Z"}


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


@pytest.fixture
def saying_why(harness: Harness) -> None:
    """Every request says why."""
    harness.http.headers["octoreach-purpose"] = WHY


async def take(harness: Harness, folder: Path, people: list[dict[str, Any]]) -> Any:
    """Import these people, of whom nothing is left out."""
    path = folder / "people.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in people))
    mapping = folder / "people.mapping.json"
    mapping.write_text(json.dumps(MAPPING))
    done = await transfer(InProcess(harness), "customer", source(path, mapping, ""), lambda _: None)
    assert done.counts["rejected"] == 0, done.rejections
    return done


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
