"""The timeline shows whatever any service tells about a customer, or says here why it does not."""

from typing import Final

from tests.contracts.test_what_is_heard_is_what_is_told import SERVICES

from customer.timeline.models import KINDS
from customer.timeline.reactions import HEARD

WHY_NOT: Final = {
    "channel.customer.named": "nothing happened with them: somebody got an id",
    "channel.customer.recognised": "limits against fraud alone are to know devices",
    "loyalty.adjustment.requested": "nothing has changed: points.adjusted tells of what was agreed",
    "loyalty.adjustment.decided": "points.adjusted tells of it",
    "loyalty.review.opened": "who is suspected is for reviewers alone",
    "loyalty.review.escalated": "who is suspected is for reviewers alone",
    "loyalty.review.decided": "what came of it is told of the act itself",
    "loyalty.erasure.confirmed": "they are forgotten",
    "campaign.erasure.confirmed": "they are forgotten",
    "channel.erasure.confirmed": "they are forgotten",
}


def test_the_timeline_hears_every_event_about_a_customer_but_those_with_a_reason() -> None:
    told = {
        event.subject.removeprefix("octoreach.").removesuffix(".v1")
        for service in SERVICES
        if service.name != "customer"
        for event in service.events
        if "customer_id" in event.model_fields
    }
    heard = {each.subject.removeprefix("octoreach.").removesuffix(".v1") for each in HEARD}

    assert told - heard == WHY_NOT.keys()


def test_all_that_is_heard_can_be_asked_for_by_its_kind() -> None:
    assert {each.entry_kind for each in HEARD} <= set(KINDS)
