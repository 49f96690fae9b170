"""Nothing is held about a customer of which nobody has said how it goes and how it is shown."""

from importlib import import_module
from uuid import UUID

import pytest
from tests.contracts.test_what_is_heard_is_what_is_told import SERVICES

from kit.app import Service
from kit.events import is_personal
from kit.personal.held import Held

EACH = pytest.mark.parametrize("service", [pytest.param(each, id=each.name) for each in SERVICES])


def held_by(service: Service) -> tuple[Held, ...]:
    found: tuple[Held, ...] = import_module(f"{service.name}.erasure.models").HELD
    return found


@EACH
def test_every_table_about_customers_says_what_an_erasure_does_to_it(service: Service) -> None:
    about_customers = {
        table.name for table in service.metadata.tables.values() if "customer_id" in table.columns
    }

    listed = {each.table.name for each in held_by(service)}

    unlisted = about_customers - listed - NOT_ABOUT_THEM.get(service.name, set())
    assert not unlisted, f"add a line each to {service.name}/erasure/models.py"


NOT_ABOUT_THEM: dict[str, set[str]] = {}
"""Tables that name a customer and hold nothing about them, with the reason beside each."""


@EACH
def test_an_event_with_personal_fields_is_about_a_person(service: Service) -> None:
    for event in service.events:
        if is_personal(event):
            assert event.model_fields[event.about].annotation is UUID, event.subject


def test_who_sees_personal_data_whole_is_the_same_in_every_service() -> None:
    sights = {each.name: import_module(f"{each.name}.sight").SIGHT for each in SERVICES}

    assert len(set(sights.values())) == 1, sights
