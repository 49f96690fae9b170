"""Subscriptions: opened at one subgraph, each event completed by the others."""

from federated.suites import Suite
from graphql import parse

from gateway.execution import execute_event
from gateway.planning import plan_operation
from gateway.supergraph import Supergraph

QUERY = "subscription Lent { it: lent { name: title writer { name } } }"


async def test_an_event_is_completed_with_fields_of_other_subgraphs(supergraph, library: Suite):
    plan = plan_operation(supergraph, parse(QUERY), None, {})
    event = {"data": {"lent": {"title": "One", "writer": {"id": "w1"}}}}
    subgraphs = library.subgraphs()

    result = await execute_event(plan, event, {}, subgraphs)

    assert plan.kind == "subscription"
    assert plan.subscription is not None
    assert plan.subscription.subgraph == "books"
    assert plan.subscription.query == "subscription { lent { title writer { id } } }"
    assert result.data == {"it": {"name": "One", "writer": {"name": "Ann"}}}
    assert result.errors == []
    assert [request.subgraph for request in subgraphs.log] == ["writers"]


async def test_an_events_own_errors_are_told_at_the_clients_path(supergraph: Supergraph, library):
    plan = plan_operation(supergraph, parse(QUERY), None, {})
    event = {"data": {"lent": None}, "errors": [{"message": "lost", "path": ["lent", "title"]}]}

    result = await execute_event(plan, event, {}, library.subgraphs())

    assert result.data == {"it": None}
    assert [(e["message"], e["path"]) for e in result.errors] == [("lost", ["it", "name"])]
