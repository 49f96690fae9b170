"""Tags follow as days pass without an event."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.customer.tests.computed_tags import (
    CHANGED,
    OFTEN_HERE,
    TAG,
    TIER,
    TOUCHED,
    compared,
    counted,
    touchpoint,
)
from sqlalchemy import text

from customer.reckoning.due import reckon_what_is_due
from customer.tags.commands import expire_tags
from kit.models import utcnow
from kit.testing.harness import Harness


async def a_day_passes(harness: Harness) -> None:
    """As far as activity and what is due go."""
    async with harness.db.transaction() as session:
        for days in (1_000, -999):
            await session.execute(text(f"UPDATE activity_day SET day = day - {days}"))
        await session.execute(text("UPDATE rule_due SET due_at = due_at - interval '1 day'"))
    async with harness.db.transaction() as session:
        await reckon_what_is_due(session)


async def test_a_window_passes_without_an_event_and_only_when_its_day_has_come(
    harness: Harness, a_customer, define_tag, tags_of
) -> None:
    await define_tag("often-here", OFTEN_HERE)
    await define_tag("quiet", counted("touchpoint.visited", 5, 1, "AT_MOST"))
    known = await a_customer()
    for days_ago in (4, 5, 0):
        await harness.hear(TOUCHED, touchpoint(known, days_ago=days_ago))
    assert await tags_of(known) == ["often-here"]

    worn = []
    for _ in range(3):
        await a_day_passes(harness)
        worn.append(await tags_of(known))

    assert worn == [["often-here", "quiet"], ["quiet"], ["quiet"]]


async def test_a_rule_that_time_may_change_is_watched_for_those_it_does_not_fit_yet(
    harness: Harness, a_customer, define_tag, tags_of, reckon_everything
) -> None:
    known = await a_customer()
    await harness.hear(TOUCHED, touchpoint(known, days_ago=1))
    await define_tag("silent", counted("touchpoint.visited", 2, 0, "EQUALS"))
    await reckon_everything()
    assert await tags_of(known) == []

    await a_day_passes(harness)

    assert await tags_of(known) == ["silent"]


async def test_a_computed_tag_fades_when_its_rule_fits_no_more_and_is_whole_when_it_does_again(
    harness: Harness, a_customer, customer_of, define_tag
) -> None:
    await define_tag("golden", compared("tier", "EQUALS", text="gold"), halfLifeDays=10)
    known = await a_customer()
    versions = iter(range(1, 9))

    async def tier(name: str) -> Any:
        report = {"customer_id": known, "version": next(versions), "to_tier": name}
        await harness.hear(TIER, report)
        return (await customer_of(known, "tags { tag weight expiresAt }"))["tags"]

    whole = {"tag": "golden", "weight": 1.0, "expiresAt": None}
    assert await tier("gold") == [whole]
    (fading,) = await tier("star")
    async with harness.db.transaction() as session:
        await session.execute(
            text(
                "UPDATE customer SET tags = jsonb_set(tags, '{0,since}', to_jsonb((now() AT TIME "
                "ZONE 'UTC')::date - 10))"
            )
        )
    (faded,) = (await customer_of(known, "tags { weight }"))["tags"]

    ends = datetime.combine(utcnow().date() + timedelta(days=34), datetime.min.time(), UTC)
    assert (fading["weight"], datetime.fromisoformat(fading["expiresAt"])) == (1.0, ends)
    assert faded == {"weight": 0.5}
    assert await tier("gold") == [whole]


async def test_a_tag_below_its_threshold_goes_away_and_is_announced(
    harness: Harness, a_customer, tags_of, define_tag, marketer: str
) -> None:
    await define_tag("interested", None, halfLifeDays=7, fadesBelow=0.25)
    known = await a_customer()
    on = await harness.graph(TAG, as_=marketer, id=known, tag="interested")
    assert on["tagCustomer"]["customer"]["tags"] == [{"tag": "interested", "weight": 1.0}]

    async with harness.db.transaction() as session:
        past = (utcnow() - timedelta(seconds=1)).isoformat()
        statement = (
            "UPDATE customer SET tags_expire_at = CAST(CAST(:past AS text) AS timestamptz), "
            "tags = jsonb_set(tags, '{0,expires_at}', to_jsonb(CAST(:past AS text)))"
        )
        await session.execute(text(statement), {"past": past})
    async with harness.db.transaction() as session:
        await expire_tags(session)

    assert await tags_of(known) == []
    assert (await harness.events_recorded(CHANGED))[-1]["tags"] == []
