from pathlib import Path

from channel.app import channel
from channel.erasure import models as erasure
from channel.merging import models as merging
from kit import contract
from kit.testing.custody import unsaid_of_erasure, unsaid_of_merging
from kit.testing.databases import Databases

FOLDER = Path(__file__).parents[1] / "contract"


def test_the_contract_is_what_the_code_says() -> None:
    assert contract.stale(channel, FOLDER) == []


async def test_the_migrations_lead_to_the_models(databases: Databases, database_name: str) -> None:
    assert await channel.migrating.differences(databases.async_url(database_name)) == []


def test_whatever_identifies_a_person_is_marked_personal() -> None:
    named = contract.events(channel.events)["octoreach.channel.customer.named.v1"]

    assert named["properties"]["value"]["x-personal"] is True


def test_of_every_column_with_a_customers_id_it_is_said_whether_it_changes_on_a_merge() -> None:
    said = (*merging.MOVES, *merging.STAYS)

    assert unsaid_of_merging(channel.metadata, said, erasure.HELD, merging.THINGS) == []


def test_of_every_table_it_is_said_what_an_erasure_does_to_it() -> None:
    unsaid = unsaid_of_erasure(channel.metadata, erasure.HELD, erasure.IMPERSONAL, merging.MOVES)

    assert unsaid == []
