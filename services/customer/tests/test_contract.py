from pathlib import Path

from customer.app import customer
from customer.profiles.events import CustomerChanged, CustomerRegistered
from kit import contract
from kit.testing.databases import Databases

FOLDER = Path(__file__).parents[1] / "contract"


def test_the_contract_is_what_the_code_says() -> None:
    assert contract.stale(customer, FOLDER) == []


async def test_the_migrations_lead_to_the_models(databases: Databases, database_name: str) -> None:
    assert await customer.migrating.differences(databases.async_url(database_name)) == []


def test_whatever_identifies_a_person_is_marked_personal() -> None:
    for event in (CustomerRegistered, CustomerChanged):
        schema = contract.events([event])[event.subject]
        assert schema["properties"]["attributes"]["x-personal"] is True
        assert schema["properties"]["identifiers"]["x-personal"] is True
        assert schema["$defs"]["IdentifierFact"]["properties"]["value"]["x-personal"] is True
