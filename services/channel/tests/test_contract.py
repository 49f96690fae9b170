from pathlib import Path

from channel.app import channel
from kit import contract
from kit.testing.databases import Databases

FOLDER = Path(__file__).parents[1] / "contract"


def test_the_contract_is_what_the_code_says() -> None:
    assert contract.stale(channel, FOLDER) == []


async def test_the_migrations_lead_to_the_models(databases: Databases, database_name: str) -> None:
    assert await channel.migrating.differences(databases.async_url(database_name)) == []


def test_whatever_identifies_a_person_is_marked_personal() -> None:
    named = contract.events(channel.events)["octoreach.channel.customer.named.v1"]

    assert named["properties"]["value"]["x-personal"] is True
