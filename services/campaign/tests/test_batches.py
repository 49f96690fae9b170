"""Batch campaigns: an audience at a time, each customer once."""

import asyncio
from typing import Any

import pytest

from campaign.decisions import batches
from campaign.decisions.batches import run_batches
from kit.schedules import Every, run_if_due

BATCH = {"kind": "BATCH", "trigger": None, "channels": ["mail-1"]}
PAYS_MUCH = {
    "compare": {
        "fact": "attribute.monthly_charges",
        "operator": "AT_LEAST",
        "value": {"number": 100},
    }
}


async def test_a_batch_reaches_its_audience_once_page_by_page(
    marketing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PAGE", 2)
    await marketing.channel("mail-1", "email")
    fitting = [await marketing.customer(attributes={"monthly_charges": 120}) for _ in range(5)]
    for _ in range(2):
        await marketing.customer()
    await marketing.running(**BATCH, audience=PAYS_MUCH)

    for _ in range(3):
        await marketing.run(run_batches)

    tasks = await marketing.tasks()
    assert sorted(task["customer_id"] for task in tasks) == sorted(map(str, fitting))
    assert {task["channel_code"] for task in tasks} == {"mail-1"}
    assert await marketing.outcomes() == {"offered": 5}


async def test_workers_at_once_run_a_batch_once(marketing: Any) -> None:
    await marketing.channel("mail-1", "email")
    customers = [await marketing.customer() for _ in range(20)]
    id = await marketing.running(**BATCH)
    db = marketing.harness.db

    await asyncio.gather(*(run_if_due(db, Every(0, run_batches)) for _ in range(4)))

    assert len(await marketing.tasks()) == len(customers)
    assert (await marketing.budget(id))["committed"] == 100 * len(customers)


async def test_a_batch_that_is_paused_goes_on_where_it_was(
    marketing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PAGE", 2)
    monkeypatch.setattr(batches, "PAGES_AT_ONCE", 1)
    await marketing.channel("mail-1", "email")
    for _ in range(3):
        await marketing.customer()
    id = await marketing.running(**BATCH)

    await marketing.run(run_batches)
    await marketing.step("pauseCampaign", id, reason="Lunch.")
    await marketing.run(run_batches)
    paused = len(await marketing.tasks())
    await marketing.step("resumeCampaign", id)
    await marketing.run(run_batches)

    assert (paused, len(await marketing.tasks())) == (2, 3)


@pytest.mark.parametrize("channels", [[], ["touchpoint"]])
async def test_a_batch_names_its_channels(marketing: Any, channels: list[str]) -> None:
    await marketing.catalogue()

    answer = await marketing.plan_campaign(**BATCH | {"channels": channels})

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", "channels")
