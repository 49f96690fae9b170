from pathlib import Path

from kit import contract
from kit.settings import Settings
from kit.testing.custody import unsaid_of_erasure, unsaid_of_merging
from kit.testing.harness import Harness
from loyalty.app import loyalty
from loyalty.erasure import models as erasure
from loyalty.merging import models as merging

FOLDER = Path(__file__).parents[1] / "contract"
MOVES = (*merging.MOVES, *merging.BETWEEN_ACCOUNTS)


def test_the_committed_contract_is_what_the_code_says() -> None:
    assert contract.stale(loyalty, FOLDER) == []


async def test_the_migrations_lead_to_the_models(settings: Settings) -> None:
    assert await loyalty.migrating.differences(settings.async_database_url()) == []


async def test_nothing_is_missing_after_the_migrations(harness: Harness) -> None:
    assert await harness.running.missing() == []


def test_of_every_column_with_a_customers_id_it_is_said_whether_it_changes_on_a_merge() -> None:
    said = (*MOVES, *merging.STAYS)

    assert unsaid_of_merging(loyalty.metadata, said, erasure.HELD, merging.THINGS) == []


def test_of_every_table_it_is_said_what_an_erasure_does_to_it() -> None:
    unsaid = unsaid_of_erasure(loyalty.metadata, erasure.HELD, erasure.IMPERSONAL, MOVES)

    assert unsaid == []
