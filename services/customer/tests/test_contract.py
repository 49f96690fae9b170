from pathlib import Path

from customer.app import customer
from customer.erasure import models as erasure
from customer.merging import models as merging
from customer.profiles.events import CustomerChanged, CustomerRegistered
from kit import contract
from kit.testing.custody import unsaid_of_erasure, unsaid_of_merging
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


def test_of_every_column_with_a_customers_id_it_is_said_whether_it_changes_on_a_merge() -> None:
    said = (*merging.MOVES, *merging.STAYS)

    assert unsaid_of_merging(customer.metadata, said, erasure.HELD, merging.THINGS) == []


def test_of_every_table_it_is_said_what_an_erasure_does_to_it() -> None:
    unsaid = unsaid_of_erasure(customer.metadata, erasure.HELD, erasure.IMPERSONAL, merging.MOVES)

    assert unsaid == []
