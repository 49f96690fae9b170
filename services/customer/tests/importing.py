"""A file of customers on its way in, in the words of the tests."""

from typing import Any

import pytest

from kit.testing.harness import Harness

COLUMNS = [
    "id",
    "mail",
    "who",
    "months",
    "charges",
    "contract",
    "phone",
    "senior",
    "agreed",
    "left",
]
MAPPING = {
    "unit": "hq.zj",
    "identifiers": [
        {"scheme": "crm", "column": "id"},
        {"scheme": "email", "column": "mail"},
    ],
    "name": {"column": "who"},
    "status": {"column": "left", "values": {"Yes": "churned", "No": "active"}},
    "attributes": [
        {"name": "tenure_months", "column": "months", "type": "whole", "blank": "reject"},
        {"name": "total_charges", "column": "charges", "type": "decimal"},
        {
            "name": "contract",
            "column": "contract",
            "type": "text",
            "values": {"M": "monthly", "Y": "yearly"},
        },
    ],
    "holdings": [{"product": "phone-service", "column": "phone", "when": ["Yes"]}],
    "tags": [{"tag": "senior", "column": "senior", "when": ["1"]}],
    "consents": [{"purpose": "marketing", "column": "agreed", "when": ["Yes"]}],
}
ADA = ["C-1", "ada@x.y", "Ada Lovelace", "12", "29.85", "M", "Yes", "1", "Yes", "No"]
BOB = ["C-2", "", "Bob", "0", " ", "Y", "No", "0", "No", "Yes"]
EVERYTHING = """
  version kind status name unit timeZone
  identifiers { scheme value } attributes { name value }
  holdings { productCode until source } tags { tag source } consents { purpose granted }
"""


class Importing:
    """One client with a file."""

    def __init__(self, harness: Harness, token: str) -> None:
        self.harness = harness
        self.token = token

    async def open(self, mapping: Any = MAPPING, digest: str = "a" * 64, **more: Any) -> Any:
        new = {"source": "people.csv", "digest": digest, "mapping": mapping, "columns": COLUMNS}
        return await self.harness.post("/v1/imports", new | more, as_=self.token)

    async def send(self, id_: str, first_line: int, *records: list[str], **more: Any) -> Any:
        body = {"first_line": first_line, "records": list(records), **more}
        return await self.harness.post(f"/v1/imports/{id_}/records", body, as_=self.token)

    async def progress(self, id_: str) -> dict:
        return (await self.harness.get(f"/v1/imports/{id_}", as_=self.token)).json()

    async def whole(
        self, *records: list[str], mapping: Any = MAPPING, digest: str = "a" * 64
    ) -> dict:
        """Open, send everything, complete; the final progress."""
        opened = (await self.open(mapping, digest)).json()
        await self.send(opened["id"], opened["next_line"], *records)
        path = f"/v1/imports/{opened['id']}/complete"
        return (await self.harness.post(path, {}, as_=self.token)).json()

    async def find(self, crm: str) -> Any:
        query = f'{{ customerByIdentifier(scheme: "crm", value: "{crm}") {{ {EVERYTHING} }} }}'
        reader = self.harness.token("front_line", unit="hq")
        return (await self.harness.graph(query, as_=reader))["customerByIdentifier"]


@pytest.fixture
def importing(harness: Harness, operator: str) -> Importing:
    return Importing(harness, operator)
