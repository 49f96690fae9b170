from kit.models import uuid7
from loyalty.segments.queries import segments_of

CHANGED = "octoreach.customer.segment.changed.v1"


async def report(harness, segment, position, *, joined=(), left=(), code="loyal", event_id=None):
    content = {
        "segment_id": segment,
        "code": code,
        "position": position,
        "joined": list(joined),
        "left": list(left),
    }
    await harness.hear(CHANGED, content, event_id=event_id)


async def codes(harness, *customers):
    async with harness.db.reading() as session:
        found = await segments_of(session, customers)
    return [sorted(found[each]) for each in customers]


async def test_a_member_is_in_the_segments_that_were_reported_last(harness):
    one, other = uuid7(), uuid7()
    loyal, young = uuid7(), uuid7()

    await report(harness, loyal, 1, joined=[one, other])
    await report(harness, young, 2, joined=[one], code="young")
    await report(harness, loyal, 3, left=[other])

    assert await codes(harness, one, other, uuid7()) == [["loyal", "young"], [], []]


async def test_of_two_reports_the_higher_position_counts_whichever_comes_first(harness):
    customer, segment, event = uuid7(), uuid7(), uuid7()

    await report(harness, segment, 5, left=[customer])
    await report(harness, segment, 4, joined=[customer], event_id=event)
    await report(harness, segment, 4, joined=[customer], event_id=event)

    assert await codes(harness, customer) == [[]]


async def test_the_erased_are_in_no_segment_whatever_is_reported_late(harness):
    customer, segment = uuid7(), uuid7()
    await report(harness, segment, 1, joined=[customer])
    erasure = {"request_id": uuid7(), "customer_id": customer, "alias_ids": []}
    await harness.hear("octoreach.customer.erasure.requested.v1", erasure)

    await report(harness, segment, 2, joined=[customer])

    assert await codes(harness, customer) == [[]]
    assert "member_segment" not in await harness.stored()
