"""Nothing is held about a customer of which nobody has said how it goes and how it is shown."""

from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from typing import Any, Final, get_args
from uuid import UUID

import pytest
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
)
from tests.contracts.test_what_is_heard_is_what_is_told import SERVICES

from kit.app import Service
from kit.events import is_personal
from kit.graph.personal import Personal
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


PEOPLE: Final = frozenset({"customer", "customerId", "memberId", "survivorId"})
"""A type with one of these fields is about a person."""
NO_LOOK: Final = {
    "id, version, kind, registeredAt": "which record it is",
    "status, unit, timeZone": "where they stand and belong, as in any list",
    "class, accountManager, parent, children": "of groups, which are no persons",
    "members, groups": "ids; what is seen of whom they lead to is noted of them",
    "points, rewards": "a figure as in any list, and our own offers",
}
"""Fields of `Customer` that nobody is noted for, and why."""
CODES: Final = frozenset(
    [
        "actKey", "by", "campaignCode", "category", "causedBy", "channelCode", "claimedBy",
        "currency", "decidedBy", "explanation", "fields", "key", "mergedBy", "message", "missing",
        "name", "offerCode", "offerName", "openedBy", "owner", "partnerCode", "purpose",
        "reference", "rewardCode", "role", "scheme", "service", "status", "text", "title",
        "undoneBy", "unit",
    ]
)  # fmt: skip
"""Texts that are codes, names of things or of colleagues, our own words, or chosen to be seen."""
TOLD_APART: Final = {
    "SubjectRequest.outcome": "what the customer is told; officers and whoever asked see it",
    "FulfilmentWork.reason": "said by who hands it out, seen by them and their unit",
    "Fulfilment.reason": "the same, seen by the front line and the customer",
    "AchievementReward.reason": "which refusal of ours it was",
    "Redemption.voucherCode": "seen by the customer and the front line alone",
    "Redemption.voucherCodes": "seen by the customer and the front line alone",
    "Review.note": "a reviewer's word to reviewers",
    "VoucherRedemption.redeemedBy": "which colleague or till, never the customer",
    "VoucherRedemption.endedBy": "which colleague or till, never the customer",
}


def types_of(service: Service) -> Iterator[GraphQLObjectType]:
    built = build_schema(service.schema.as_str(), assume_valid=True)
    for each in built.type_map.values():
        if isinstance(each, GraphQLObjectType) and each.name not in ("Query", "Mutation"):
            yield each


def is_marked(field: GraphQLField) -> bool:
    directives = field.ast_node.directives if field.ast_node else ()
    return any(each.name.value == "tag" for each in directives or ())


@EACH
def test_every_field_of_a_customer_is_noted_or_said_to_be_no_look(service: Service) -> None:
    unnoted = {name for names in NO_LOOK for name in names.split(", ")}

    unsaid = [
        name
        for each in types_of(service)
        if each.name == "Customer"
        for name, field in each.fields.items()
        if not is_marked(field) and name not in unnoted
    ]

    assert not unsaid, "mark each as personal and have looks noted, or say why not"


@EACH
def test_every_text_about_a_person_is_marked_or_known_to_say_nothing_of_them(
    service: Service,
) -> None:
    unsaid = [
        f"{each.name}.{name}"
        for each in types_of(service)
        if each.name != "Customer" and PEOPLE & each.fields.keys()
        for name, field in each.fields.items()
        if get_named_type(field.type).name in ("String", "JSON")
        and not is_marked(field)
        and name not in CODES
        and f"{each.name}.{name}" not in TOLD_APART
    ]

    assert not unsaid, "mask each for those who see no names, or say why not"


OWNERS: Final = frozenset({"customer_id", "member_id", "survivor_id"})
"""What is kept of a type's row that says whose it is, told in the graph or not."""
NOTED_ELSEWHERE: Final = {
    "Query._entities": "each type says itself what of it is a look",
    "Query.mergePreview": "the survivor's fields, and what would give way, are noted",
    "Query.accessAudit": "it says who looked, and shows no data of whom they looked at",
    "Customer.members": "ids; what is seen of whom they lead to is noted of them",
    "Customer.groups": "the same",
    "Customer.points": "a figure as in any list; what moved it is noted",
    "PointsAccount.tier": "where they stand, as in any list",
    "AchievementLevelReached.rewards": "part of a customer's achievements, which are noted",
    "Query.pointsMovedByHand": "what was moved, and whose it is, is noted when it is asked for",
    "RedPacket.mine": "customers see their own",
    "RedPacket.leaderboard": "whose each part is is noted when that is asked for",
    "MemberLeaderboardStanding.top": "the resolver notes those of whom it says who they are",
    "MemberLeaderboardStanding.mine": "the same",
    "MemberLeaderboardStanding.neighbours": "the same",
}
"""Doors to what is a person's that do not note it themselves, and why."""


def row_of(each: type[Any]) -> frozenset[str]:
    """What is known of a type, its private row included."""
    kinds = {field.name: field.type for field in fields(each)}
    row = (get_args(kinds.get("row")) or (kinds.get("row"),))[0]
    return frozenset(kinds) | frozenset(getattr(row, "model_fields", ()))


def is_of_a_person(named: GraphQLNamedType) -> bool:
    if isinstance(named, GraphQLUnionType):
        return any(map(is_of_a_person, named.types))
    if not isinstance(named, GraphQLObjectType) or named.name == "Customer":
        return False
    if "edges" in named.fields:
        edge = get_named_type(named.fields["edges"].type)
        return isinstance(edge, GraphQLObjectType) and is_of_a_person(
            get_named_type(edge.fields["node"].type)
        )
    definition = named.extensions.get("strawberry-definition")
    return bool(definition and OWNERS & row_of(definition.origin))


def answers_of_changes(types: dict[str, GraphQLNamedType]) -> frozenset[str]:
    """Who changes something is told what they have changed, and it is kept who changed it."""
    changes = types.get("Mutation")
    results = changes.fields.values() if isinstance(changes, GraphQLObjectType) else ()
    unions = (get_named_type(each.type) for each in results)
    return frozenset(
        each.name for union in unions if isinstance(union, GraphQLUnionType) for each in union.types
    )


@EACH
def test_every_door_to_what_is_a_persons_notes_who_looked_or_says_why_not(service: Service) -> None:
    types = service.schema._schema.type_map
    passed = answers_of_changes(types) | {"Mutation"}

    unsaid = [
        door
        for each in types.values()
        if isinstance(each, GraphQLObjectType)
        and each.name not in passed
        and not each.name.endswith(("Connection", "Edge"))
        for name, field in each.fields.items()
        if is_of_a_person(get_named_type(field.type))
        and not any(isinstance(e, Personal) for e in extensions_of(field))
        and (door := f"{each.name}.{name}") not in NOTED_ELSEWHERE
    ]

    assert not unsaid, "have each note whom it shows, with `People`, or say why not"


def extensions_of(field: GraphQLField) -> list[object]:
    definition = field.extensions.get("strawberry-definition")
    return list(definition.extensions) if definition else []
