import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kit.testing.harness import GraphFailed, Harness

Send = Callable[..., Awaitable[Any]]
UNITS = """
query ($below: String, $first: Int!, $after: String) {
  units(below: $below, first: $first, after: $after) {
    edges { node { code } } pageInfo { hasNextPage endCursor }
  }
}
"""
CHANNELS = (
    "query ($partner: String) { channels(partnerCode: $partner) { edges { node { code } } } }"
)


async def test_a_unit_is_put_below_its_parent_at_its_level_and_announced(
    register_unit: Send, harness: Harness
) -> None:
    await register_unit(code="hq", name="Headquarters")

    answer = await register_unit(code="hq.zj", name=" Zhejiang ")

    assert answer == {
        "__typename": "UnitWasRegistered",
        "unit": {"code": "hq.zj", "name": "Zhejiang", "level": "PROVINCE", "parentCode": "hq"},
    }
    told = await harness.events_recorded("octoreach.channel.unit.registered.v1")
    assert [(each["code"], each["name"]) for each in told] == [
        ("hq", "Headquarters"),
        ("hq.zj", "Zhejiang"),
    ]


async def test_a_unit_registered_again_takes_the_new_name(
    register_unit: Send, organisation: None
) -> None:
    answers = await asyncio.gather(*(register_unit(code="hq.zj", name="浙江") for _ in range(5)))

    assert {answer["unit"]["name"] for answer in answers} == {"浙江"}


@pytest.mark.parametrize(
    ("unit", "refusal"),
    [
        ({"code": "hq.gx.nn", "name": "Nanning"}, ("NotFound", "There is no unit hq.gx.")),
        ({"code": "hq.zj.a.b.c.d.e", "name": "Deep"}, ("InvalidInput", "has at most 6 levels")),
        ({"code": "hq.zj.hz", "name": "  "}, ("InvalidInput", "takes 1 to 200 characters")),
    ],
)
async def test_a_unit_that_makes_no_sense_is_refused(
    register_unit: Send, organisation: None, unit: dict[str, str], refusal: tuple[str, str]
) -> None:
    answer = await register_unit(**unit)

    assert (answer["__typename"], answer["message"]) == refusal


async def test_a_unit_outside_ones_own_is_forbidden(
    register_unit: Send, organisation: None, harness: Harness
) -> None:
    provincial = harness.token("operator", unit="hq.zj")

    with pytest.raises(GraphFailed) as failed:
        await register_unit(code="hq.gd", name="Mine", as_=provincial)

    assert failed.value.codes == ["FORBIDDEN"]


async def test_everybody_sees_their_own_unit_and_those_below(
    harness: Harness, organisation: None
) -> None:
    marketer = harness.token("marketer", unit="hq.zj")

    own = await harness.graph(UNITS, as_=marketer, first=50)
    whole = await harness.graph(UNITS, as_=marketer, below="hq", first=50)
    foreign = await harness.graph(UNITS, as_=marketer, below="hq.gd", first=50)

    assert [edge["node"]["code"] for edge in own["units"]["edges"]] == [
        "hq.zj",
        "hq.zj.hz",
        "hq.zj.nb",
    ]
    assert whole == own
    assert foreign["units"]["edges"] == []


async def test_units_come_in_pages(harness: Harness, organisation: None) -> None:
    marketer = harness.token("marketer")
    seen, after, more = [], None, True

    while more:
        page = (await harness.graph(UNITS, as_=marketer, first=2, after=after))["units"]
        seen += [edge["node"]["code"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == ["hq", "hq.gd", "hq.zj", "hq.zj.hz", "hq.zj.nb"]


async def test_a_channel_is_opened_once_and_announced_once(
    open_channel: Send, organisation: None, harness: Harness
) -> None:
    wanted = {"code": "web", "kind": "WEB", "name": "Web shop", "unit": "hq"}

    answers = await asyncio.gather(*(open_channel(**wanted) for _ in range(5)))

    assert (
        answers
        == [{"__typename": "ChannelWasOpened", "channel": {**wanted, "partnerCode": None}}] * 5
    )
    assert await harness.events_recorded() == [
        {
            "subject": "octoreach.channel.channel.opened.v1",
            "code": "web",
            "kind": "web",
            "name": "Web shop",
            "unit": "hq",
            "partner_code": None,
        }
    ]


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"name": "Another"}, "ChannelCodeTaken"),
        ({"code": "Web!"}, "InvalidInput"),
        ({"code": "new", "name": ""}, "InvalidInput"),
        ({"code": "new", "name": "a\x00b"}, "InvalidInput"),
        ({"code": "new", "partnerCode": "a\x00b"}, "InvalidInput"),
        ({"code": "new", "unit": "hq.gx"}, "NotFound"),
        ({"code": "new", "partnerCode": "nobody"}, "NotFound"),
    ],
)
async def test_a_channel_that_makes_no_sense_is_refused(
    open_channel: Send, organisation: None, harness: Harness, told: dict[str, str], refusal: str
) -> None:
    wanted = {"code": "web", "kind": "WEB", "name": "Web shop", "unit": "hq"}
    await open_channel(**wanted)

    answer = await open_channel(**wanted | told)

    assert answer["__typename"] == refusal
    assert len(await harness.events_recorded()) == 1


async def test_channels_are_seen_in_ones_unit_alone(harness: Harness, world: None) -> None:
    here = harness.token("marketer", unit="hq.zj.hz")
    elsewhere = harness.token("marketer", unit="hq.gd")
    reference = {"__typename": "Channel", "code": "acme-app"}

    listed = await harness.graph(CHANNELS, as_=here)
    of_acme = await harness.graph(CHANNELS, as_=here, partner="acme")
    hidden = await harness.graph(CHANNELS, as_=elsewhere)

    assert [edge["node"]["code"] for edge in listed["channels"]["edges"]] == [
        "acme-app",
        "hz-store",
    ]
    assert [edge["node"]["code"] for edge in of_acme["channels"]["edges"]] == ["acme-app"]
    assert hidden["channels"]["edges"] == []
    assert await harness.entity(reference, "name kind", as_=here) == {
        "name": "acme-app",
        "kind": "APP",
    }
    assert await harness.entity(reference, "name", as_=elsewhere) is None


async def test_a_partner_sees_its_own_channels_alone(
    harness: Harness, world: None, acme: str
) -> None:
    listed = await harness.graph(CHANNELS, as_=acme, partner="other")
    ours = await harness.graph('{ channel(code: "hz-store") { name } }', as_=acme)

    assert [edge["node"]["code"] for edge in listed["channels"]["edges"]] == ["acme-app"]
    assert ours["channel"] is None


async def test_a_name_that_nothing_can_have_finds_nothing(harness: Harness, world: None) -> None:
    marketer = harness.token("marketer")
    query = "query ($code: String!) { channel(code: $code) { name } partner(code: $code) { name } }"

    found = await harness.graph(query, as_=marketer, code="a\x00b")
    unit = await harness.entity({"__typename": "OrgUnit", "code": "a\x00b"}, "name", as_=marketer)
    with pytest.raises(GraphFailed) as failed:
        await harness.graph(CHANNELS, as_=marketer, partner="a\x00b")

    assert found == {"channel": None, "partner": None}
    assert unit is None
    assert failed.value.codes == ["REFUSED"]
