from pathlib import Path

from campaign.app import campaign
from kit.contract import stale
from kit.settings import Settings

CONTRACT = Path(__file__).parents[1] / "contract"


def test_the_contract_is_what_the_code_says() -> None:
    assert stale(campaign, CONTRACT) == []


async def test_the_migrations_lead_to_the_models(settings: Settings) -> None:
    assert await campaign.migrating.differences(settings.async_database_url()) == []
