"""The architecture page tells of each event once, and of everybody who hears it."""

import re
from pathlib import Path

import pytest

from campaign.app import campaign
from channel.app import channel
from customer.app import customer
from loyalty.app import loyalty

PAGE = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text()
SERVICES = [customer, campaign, channel, loyalty]
NAME = re.compile(r"`([a-z_.]+)`")
EVENTS = PAGE.partition("\n## Events\n")[2].partition("\n## ")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in EVENTS.splitlines()
    if line.startswith("| `")
]


def short(subject: str) -> str:
    return subject.removeprefix("octoreach.").removesuffix(".v1")


def test_each_event_is_told_of_once() -> None:
    told = [name for row in ROWS for name in NAME.findall(row[0])]

    events = {short(event.subject) for service in SERVICES for event in service.events}
    assert sorted(told) == sorted(events)


def test_whoever_hears_an_event_is_named() -> None:
    said = {
        name: {each.strip() for each in row[-1].strip(" |-").split(",") if each.strip()}
        for row in ROWS
        for name in NAME.findall(row[0])
    }

    heard: dict[str, set[str]] = {name: set() for name in said}
    for service in SERVICES:
        for reaction in service.reactions:
            heard[short(reaction.subject)].add(service.name)
    assert said == heard


@pytest.mark.parametrize(
    ("service", "elsewhere"),
    [("customer", set()), ("loyalty", {"customers", "erasure", "merging"})],
)
def test_each_feature_of_the_large_services_is_told_of_once(
    service: str, elsewhere: set[str]
) -> None:
    heading = f"### Features of the {service} service"
    table = re.split(r"\n##+ ", PAGE.partition(heading)[2])[0]
    named = [
        name
        for line in table.splitlines()
        if line.startswith("| `")
        for name in NAME.findall(line.split(" | ")[0])
    ]

    source = Path(__file__).parents[2] / "services" / service / "src" / service
    folders = {each.parent.name for each in source.glob("*/__init__.py")}
    assert sorted(named) == sorted(folders - elsewhere)


def test_each_service_is_told_of_once() -> None:
    table = PAGE.partition("\n## Who owns what\n")[2].partition("\n\n")[0]
    told = re.findall(r"^\| ([a-z]+) \|", table, re.MULTILINE)[1:]

    assert told == ["customer", "campaign", "channel", "loyalty"]
