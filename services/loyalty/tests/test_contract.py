from pathlib import Path

from kit import contract
from kit.settings import Settings
from kit.testing.harness import Harness
from loyalty.app import loyalty

FOLDER = Path(__file__).parents[1] / "contract"


def test_the_committed_contract_is_what_the_code_says() -> None:
    assert contract.stale(loyalty, FOLDER) == []


async def test_the_migrations_lead_to_the_models(settings: Settings) -> None:
    assert await loyalty.migrating.differences(settings.async_database_url()) == []


async def test_nothing_is_missing_after_the_migrations(harness: Harness) -> None:
    assert await harness.running.missing() == []
