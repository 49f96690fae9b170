"""Whose token names no customer takes part in nothing, and is told so."""

import pytest

from kit.testing.harness import GraphFailed

DOORS = (
    """mutation { drawLottery(input: {code: "wheel", clientSeed: "c0ffeec0ffeec0ff",
      idempotencyKey: "k"}) { __typename } }""",
    '{ lottery(code: "wheel") { chances } }',
    'mutation { grabRedPacket(input: {code: "spring", idempotencyKey: "k"}) { __typename } }',
    '{ redPacket(code: "spring") { mine { amount } } }',
    "{ clubs { edges { node { code } } } }",
    "{ memberLeaderboards { edges { node { code } } } }",
)


async def test_a_customer_whose_token_names_none_is_refused(lotteries, packets):
    await lotteries.opened()
    await packets.opened(byLink=True)
    codes = []

    for claims in ({}, {"customer": "nobody"}):
        token = lotteries.harness.token("customer", unit=None, **claims)
        for door in DOORS:
            with pytest.raises(GraphFailed) as failed:
                await lotteries.harness.graph(door, as_=token)
            codes += failed.value.codes

    assert codes == ["FORBIDDEN"] * 2 * len(DOORS)
