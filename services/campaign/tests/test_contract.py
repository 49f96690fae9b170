from pathlib import Path

from campaign.app import campaign
from campaign.erasure import models as erasure
from campaign.merging import models as merging
from kit.contract import stale
from kit.settings import Settings
from kit.testing.custody import unsaid_of_erasure, unsaid_of_merging

CONTRACT = Path(__file__).parents[1] / "contract"


def test_the_contract_is_what_the_code_says() -> None:
    assert stale(campaign, CONTRACT) == []


async def test_the_migrations_lead_to_the_models(settings: Settings) -> None:
    assert await campaign.migrating.differences(settings.async_database_url()) == []


def test_of_every_column_with_a_customers_id_it_is_said_whether_it_changes_on_a_merge() -> None:
    said = (*merging.MOVES, *merging.STAYS)

    assert unsaid_of_merging(campaign.metadata, said, erasure.HELD, merging.THINGS) == []


def test_of_every_table_it_is_said_what_an_erasure_does_to_it() -> None:
    unsaid = unsaid_of_erasure(campaign.metadata, erasure.HELD, erasure.IMPERSONAL, merging.MOVES)

    assert unsaid == []
