"""Learning from outcomes: how often each offer is accepted on each kind of channel."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from campaign.facts.commands import renew_plans

LEARN = text(
    """
    INSERT INTO propensity (id, created_at, offer_id, channel_kind, accepted, answered)
    SELECT gen_random_uuid(), now(), offer_id, kind,
        coalesce(sum(amount) FILTER (WHERE measure = 'accepted'), 0), sum(amount)
    FROM figure JOIN known_channel ON known_channel.code = figure.channel_code
    WHERE measure IN ('accepted', 'declined')
    GROUP BY offer_id, kind
    ON CONFLICT ON CONSTRAINT propensity_is_learnt_once DO UPDATE
    SET accepted = excluded.accepted, answered = excluded.answered
    WHERE (propensity.accepted, propensity.answered) <> (excluded.accepted, excluded.answered)
    RETURNING id
    """
)


async def learn_propensities(session: AsyncSession) -> None:
    """Bring what was learnt up to date with the figures; decisions use it from the next commit."""
    learnt = await session.execute(LEARN)
    if learnt.first() is not None:
        await renew_plans(session)
