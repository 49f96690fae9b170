"""Each publisher's contract against each consumer's reading of it."""

from itertools import chain

import orjson
import pytest
from polyfactory.factories.pydantic_factory import ModelFactory

from campaign.app import campaign
from channel.app import channel
from customer.app import customer
from kit.app import Service
from kit.events import Event
from kit.models import utcnow, uuid7
from kit.reactions import Message, Reaction
from local.contracts import contract_of
from loyalty.app import loyalty

SERVICES = [customer, campaign, channel, loyalty]
TOLD: dict[str, type[Event]] = {
    event.subject: event for service in SERVICES for event in service.events
}
HEARD = [
    pytest.param(service, reaction, id=f"{service.name} {reaction.name}")
    for service in SERVICES
    for reaction in service.reactions
]


@pytest.mark.parametrize(("service", "reaction"), HEARD)
def test_a_consumer_can_read_whatever_the_publisher_may_send(
    service: Service, reaction: Reaction
) -> None:
    event = TOLD[reaction.subject]
    factory = ModelFactory.create_factory(event, __random_seed__=7)

    for _ in range(25):
        content = orjson.dumps(factory.build().model_dump(mode="json"))
        message = Message(uuid7(), reaction.subject, utcnow().isoformat(), "", content)
        message.read_as(reaction.heard)


@pytest.mark.parametrize(("service", "reaction"), HEARD)
def test_a_consumer_names_only_fields_that_the_contract_promises(
    service: Service, reaction: Reaction
) -> None:
    publisher = reaction.subject.split(".")[1]
    contract = orjson.loads((contract_of(publisher) / "events.json").read_bytes())

    promised = set(contract[reaction.subject]["properties"])

    named = {
        str(each.validation_alias or name) for name, each in reaction.heard.model_fields.items()
    }
    assert named - {"event_id", "event_time"} <= promised


def test_every_subject_names_its_service_and_its_version() -> None:
    for service in SERVICES:
        for event in service.events:
            parts = event.subject.split(".")
            assert parts[:2] == ["octoreach", service.name]
            assert len(parts) == 5
            assert parts[4] == "v1"


def test_no_two_services_tell_the_same_subject() -> None:
    told = list(chain.from_iterable(service.events for service in SERVICES))

    assert len(TOLD) == len(told)
