"""Giving points for what happened: each happening once, by the rules of its time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import text

from kit.database import AsyncSession
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.earning.commands.counting import Counted, count_given
from loyalty.earning.commands.screened import act_key, screen_earnings
from loyalty.earning.funding import Share, shares_of
from loyalty.earning.happenings import Happening, Member
from loyalty.earning.models import FOR_EVER, EarningEvent
from loyalty.earning.queries import counts_of, members_of, terms_between
from loyalty.earning.reckoning import Counts, Given, Terms, are_told_apart, reckon
from loyalty.points.commands import post
from loyalty.points.models import NewPosting
from loyalty.referrals.commands import Bought, value_orders
from loyalty.settlements.commands import PartnerShare, book_partner_points
from loyalty.tiers.commands import count_towards_tiers
from loyalty.tiers.models import Qualifying

REASONS: dict[str, str] = {
    EarningEvent.ORDER: "order",
    EarningEvent.CONVERSION: "campaign bonus",
    EarningEvent.BIRTHDAY: "birthday",
    EarningEvent.FEEDBACK: "feedback",
    EarningEvent.REFERRAL: "referral",
    EarningEvent.REFERRED: "welcome",
}


@dataclass(frozen=True, slots=True)
class Earned:
    """What a happening gives its member, and how the ledger will have it."""

    happening: Happening
    member: Member
    given: Sequence[Given]
    shares: Sequence[Share]
    held: bool = False

    @property
    def points(self) -> int:
        return sum(each.points for each in self.given)

    @property
    def is_order(self) -> bool:
        return self.happening.event == EarningEvent.ORDER


async def earn_for(session: AsyncSession, happenings: Iterable[Happening]) -> None:
    """Give points for what happened; an order that was cancelled before it came earns nothing."""
    by_source = {(each.event, each.source_id): each for each in happenings}
    ordered = sorted(by_source.values(), key=lambda each: (each.occurred_at, each.source_id))
    if not by_source:
        return
    terms = await terms_between(session, ordered[0].occurred_at, ordered[-1].occurred_at)
    ordered = [each for each in ordered if _may_earn(terms, each)]
    if not ordered:
        return
    customers = {each.customer_id for each in ordered}
    await open_accounts(session, customers)
    await hold_accounts(session, customers)
    for some in _rounds(terms, ordered):
        await _give(session, terms, some)


def _may_earn(terms: Terms, happening: Happening) -> bool:
    """Orders are remembered whatever they give: a rule can be simulated on them later."""
    return happening.event == EarningEvent.ORDER or any(
        not rule.touchpoint_kinds or happening.touchpoint_kind in rule.touchpoint_kinds
        for rule in terms.for_event(happening.event)
    )


def _rounds(terms: Terms, ordered: Sequence[Happening]) -> Iterator[Sequence[Happening]]:
    """All at once; or, where what a member just earned matters, their happenings one by one."""
    if not are_told_apart(terms):
        yield ordered
        return
    waiting = list(ordered)
    while waiting:
        first = {each.customer_id: each for each in reversed(waiting)}
        yield list(first.values())
        waiting = [each for each in waiting if first[each.customer_id] is not each]


async def _give(session: AsyncSession, terms: Terms, happenings: Sequence[Happening]) -> None:
    members = await members_of(session, (each.customer_id for each in happenings))
    counts = await _counts(session, terms, happenings)
    earned = [_earned(terms, each, members[each.customer_id], counts) for each in happenings]
    fresh = await _remember(session, earned)
    standing = await _screened(session, [each for each in fresh if each.points])
    await value_orders(session, [_bought(terms, each.happening) for each in fresh if each.is_order])
    await post(session, [posting for each in standing for posting in _postings(each)])
    await count_given(session, [given for each in standing for given in _counted(each)])
    await book_partner_points(
        session,
        [
            PartnerShare(
                share.posting_id,
                share.partner_code,
                share.points,
                each.happening.unit or each.member.unit,
            )
            for each in standing
            for share in each.shares
        ],
    )
    qualifying = [_qualifying(each) for each in standing if not each.held]
    await count_towards_tiers(session, [each for each in qualifying if each.points])


async def _screened(session: AsyncSession, earned: Sequence[Earned]) -> list[Earned]:
    """Those that limits let through, and those that wait for a person."""
    holds = await screen_earnings(session, [(each.happening, each.points) for each in earned])
    found = [(each, holds[act_key(each.happening)]) for each in earned]
    return [
        replace(each, held=hold is not None) for each, hold in found if hold is None or hold.waits
    ]


async def _counts(session: AsyncSession, terms: Terms, happenings: Sequence[Happening]) -> Counts:
    """What members were given on those days so far; a day begins and ends by the member's clock."""
    if not terms.caps and not terms.any_capped:
        return {}
    around = {
        (each.occurred_at + timedelta(days=shift)).date()
        for each in happenings
        for shift in (-1, 0, 1)
    }
    return await counts_of(session, {each.customer_id for each in happenings}, {*around, FOR_EVER})


def _earned(terms: Terms, happening: Happening, member: Member, counts: Counts) -> Earned:
    given = reckon(terms, happening, member, counts)
    return Earned(happening, member, given, shares_of(given))


# What it stood on is looked up for each: a join, planned while few are known, would read them all.
REMEMBER = text("""
INSERT INTO earning AS known (source_kind, source_id, customer_id, order_id, campaign_id,
  occurred_at, cancelled_at, points, event, lines, postings)
SELECT new.source_kind, new.source_id, new.customer_id, new.order_id, new.campaign_id,
  new.occurred_at, stood_on.cancelled_at,
  CASE WHEN stood_on.cancelled_at IS NULL THEN new.points ELSE 0 END,
  new.event, new.lines, new.postings
FROM jsonb_to_recordset(CAST(:earned AS jsonb)) AS new (
  source_kind text, source_id uuid, customer_id uuid, order_id uuid, campaign_id uuid,
  occurred_at timestamptz, points bigint, event jsonb, lines jsonb, postings jsonb)
CROSS JOIN LATERAL (
  SELECT (SELECT stands.cancelled_at FROM earning AS stands
          WHERE stands.source_kind = 'order' AND stands.source_id = new.order_id) AS cancelled_at
  OFFSET 0) AS stood_on
ON CONFLICT (source_kind, source_id) DO UPDATE
  SET occurred_at = excluded.occurred_at, event = excluded.event
  WHERE known.occurred_at IS NULL
RETURNING source_kind, source_id, cancelled_at
""")


async def _remember(session: AsyncSession, earned: Sequence[Earned]) -> list[Earned]:
    """Keep what each happening earned; those that were not known, and stand.

    What is there without `occurred_at` was cancelled before it came, and stays without points.
    """
    rows = sorted(
        (_row(each) for each in earned), key=lambda row: (row["source_kind"], row["source_id"])
    )
    kept = await session.execute(REMEMBER, {"earned": orjson.dumps(rows, default=str).decode()})
    standing = {(kind, source) for kind, source, cancelled_at in kept if cancelled_at is None}
    return [each for each in earned if (each.happening.event, each.happening.source_id) in standing]


def _row(earned: Earned) -> dict[str, Any]:
    happening = earned.happening
    return {
        "source_kind": happening.event,
        "source_id": happening.source_id,
        "customer_id": happening.customer_id,
        "order_id": happening.order_id,
        "campaign_id": happening.campaign_id,
        "occurred_at": happening.occurred_at,
        "points": earned.points,
        "event": happening.remembered() if earned.is_order else None,
        "lines": [each.remembered() for each in earned.given],
        "postings": [each.remembered() for each in earned.shares],
    }


def _bought(terms: Terms, order: Happening) -> Bought:
    return Bought(
        order_id=order.source_id,
        customer_id=order.customer_id,
        amount_minor=order.amount_minor,
        worth_minor=order.amount_minor if order.currency == terms.currency else 0,
        at=order.occurred_at,
    )


def _postings(earned: Earned) -> Iterator[NewPosting]:
    happening = earned.happening
    for share in earned.shares:
        yield NewPosting(
            id=share.posting_id,
            account_id=earned.member.account_id,
            key=share.key(happening.event, happening.source_id),
            kind="earn",
            against=share.against,
            partner=share.partner_code,
            points=share.points,
            reason=REASONS.get(happening.event) or happening.touchpoint_kind or happening.event,
            source_kind=happening.event,
            source_id=str(happening.source_id),
            pending=earned.held,
            usable_at=share.usable_at(happening.occurred_at),
            occurred_at=happening.occurred_at,
        )


def _counted(earned: Earned) -> Iterator[Counted]:
    for each in earned.given:
        for scope, day in each.counted_in:
            yield Counted(earned.member.customer_id, scope, day, each.points)


def _qualifying(earned: Earned) -> Qualifying:
    return Qualifying(
        source_id=earned.happening.source_id,
        customer_id=earned.member.customer_id,
        points=sum(each.points for each in earned.given if each.rule.qualifies),
        qualified_at=earned.happening.occurred_at,
    )
