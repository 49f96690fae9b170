"""Segments as an audience: what the customer service reports of members decides."""

from typing import Any

from kit.models import uuid7

IN_VIPS = {"compare": {"fact": "segments", "operator": "CONTAINS", "value": {"text": "vips"}}}


async def test_an_audience_by_segment_follows_who_joins_and_leaves(marketing: Any) -> None:
    await marketing.running(audience=IN_VIPS)
    inside, left, outside = [await marketing.customer() for _ in range(3)]
    segment = uuid7()

    async def moved(position: int, joined: Any = (), gone: Any = (), code: str = "vips") -> None:
        await marketing.hear(
            "customer.segment.changed",
            segment_id=segment if code == "vips" else uuid7(),
            code=code,
            position=position,
            joined=list(joined),
            left=list(gone),
        )

    await moved(3, gone=[left])
    await moved(1, joined=[inside, left])
    await moved(2, joined=[inside], gone=[])
    await moved(4, joined=[outside], code="others")
    for customer in (inside, left, outside):
        await marketing.meet(customer)

    assert [each["outcome"] for each in await marketing.decisions(inside)] == ["OFFERED"]
    assert [each["outcome"] for each in await marketing.decisions(left)] == ["NOTHING"]
    assert [each["outcome"] for each in await marketing.decisions(outside)] == ["NOTHING"]


async def test_a_member_may_be_reported_before_the_customer(marketing: Any) -> None:
    await marketing.running(audience=IN_VIPS)
    customer = uuid7()

    await marketing.hear(
        "customer.segment.changed",
        segment_id=uuid7(),
        code="vips",
        position=1,
        joined=[customer],
        left=[],
    )
    await marketing.hear("customer.customer.registered", **marketing.facts(customer))
    await marketing.meet(customer)

    assert await marketing.outcomes() == {"offered": 1}
