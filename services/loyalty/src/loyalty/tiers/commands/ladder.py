"""The ladder of tiers is changed in versions; members who deserve more by it are lifted later."""

from collections.abc import Sequence

from sqlmodel import col, select
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput, NotFound
from loyalty.tiers.models import MOST_TIERS, NO_TIER, Tier, TierLift, TierVersion

log = get_logger(__name__)


async def add_tier(session: AsyncSession, wanted: Tier, by: str) -> Tier:
    """Put another tier on the ladder; the same again changes nothing.

    Raises Conflict when there is another one of that code or threshold, or no room for more.
    """
    ladder = await _hold_ladder(session)
    present = next((each for each in ladder if each.code == wanted.code), None)
    if present is not None:
        if present.terms() != wanted.terms():
            raise Conflict(f"There is a tier {wanted.code}, with other terms.")
        return present
    if len(ladder) >= MOST_TIERS:
        raise Conflict(f"The ladder has {MOST_TIERS} tiers: there is room for no more.")
    taken = next((each for each in ladder if each.threshold == wanted.threshold), None)
    if taken is not None:
        raise Conflict(f"{taken.code} is reached at {wanted.threshold} already.")
    await _keep(session, wanted, by, lifts=True)
    log.info("tier_added", code=wanted.code, threshold=wanted.threshold)
    return wanted


async def change_tier(
    session: AsyncSession, code: str, version: int, name: str, threshold: int, by: str
) -> Tier:
    """Name it anew and set where it is reached; the same again changes nothing.

    Tiers keep their order, so that nobody stands higher by a change than their points have been.
    Raises NotFound, InvalidInput outside of its neighbours, and Conflict when somebody else has
    changed it since.
    """
    ladder = await _hold_ladder(session)
    tier = _of_code(ladder, code)
    if (tier.name, tier.threshold) == (name, threshold):
        return tier
    if tier.version != version:
        raise Conflict(f"It was changed before: version {tier.version} is in force.")
    _require_order(ladder, tier, threshold)
    lifts = threshold < tier.threshold
    tier.name, tier.threshold = name, threshold
    tier.version += 1
    await _keep(session, tier, by, lifts=lifts)
    log.info("tier_changed", code=code, version=tier.version, threshold=threshold)
    return tier


async def describe_tier(session: AsyncSession, code: str, benefits: str, by: str) -> Tier:
    """Say in words what a tier brings its members; NotFound when there is none."""
    tier = _of_code(await _hold_ladder(session), code)
    if tier.benefits != benefits:
        tier.benefits = benefits
        tier.version += 1
        await _keep(session, tier, by, lifts=False)
    return tier


async def _hold_ladder(session: AsyncSession) -> Sequence[Tier]:
    """From its foot; nobody else changes it meanwhile, while members may still reach its tiers."""
    foot = select(Tier).where(Tier.code == NO_TIER).with_for_update(key_share=True)
    await session.exec(foot)
    ladder = select(Tier).order_by(col(Tier.threshold))
    return (await session.exec(ladder.execution_options(populate_existing=True))).all()


def _of_code(ladder: Sequence[Tier], code: str) -> Tier:
    found = next((each for each in ladder if each.code == code), None)
    if found is None:
        raise NotFound("tier", code)
    return found


def _require_order(ladder: Sequence[Tier], tier: Tier, threshold: int) -> None:
    """Above the tier below and below the tier above; the foot stays at 0."""
    place = ladder.index(tier)
    if place == 0:
        if threshold != 0:
            raise InvalidInput("threshold", "is 0 for the foot of the ladder")
        return
    below, above = ladder[place - 1], ladder[place + 1 : place + 2]
    if threshold <= below.threshold or any(threshold >= each.threshold for each in above):
        ends = "".join(f" and less than {each.threshold} ({each.code})" for each in above)
        raise InvalidInput("threshold", f"is more than {below.threshold} ({below.code}){ends}")


async def _keep(session: AsyncSession, tier: Tier, by: str, lifts: bool) -> None:
    session.add(tier)
    await session.flush()
    session.add(TierVersion(code=tier.code, version=tier.version, terms=tier.terms(), set_by=by))
    await session.flush()
    if lifts:
        session.add(TierLift(code=tier.code, version=tier.version))
        await session.flush()
