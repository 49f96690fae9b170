"""When subgraphs fail, lie or answer nonsense: partial data, and errors at the client's paths."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from federated.gateway import ask
from federated.suites import Suite

from gateway.execution import SubgraphRequest
from gateway.supergraph import Supergraph

BROKEN = {"code": "DOWNSTREAM_SERVICE_ERROR", "subgraph": "books"}


@dataclass
class Scripted:
    """A Fetch that answers each subgraph with what the script says."""

    script: Mapping[str, Any]

    async def __call__(self, request: SubgraphRequest) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self.script[request.subgraph]
        return answer


async def test_a_subgraph_that_is_down_costs_only_its_own_fields(supergraph, library: Suite):
    answer = await ask(supergraph, library.subgraphs("reviews"), "{ book(id: 1) { title stars } }")

    assert answer == {
        "data": {"book": {"title": "One", "stars": None}},
        "errors": [
            {
                "message": "reviews is down",
                "path": ["book"],
                "extensions": {"code": "SUBREQUEST_FAILED", "subgraph": "reviews"},
            }
        ],
    }


async def test_a_missing_non_null_field_nulls_the_nearest_nullable_parent(
    supergraph, library: Suite
):
    query = "{ books(first: 1) { title writer { name } } book(id: 2) { title } }"

    answer = await ask(supergraph, library.subgraphs("writers"), query)

    assert answer["data"] == {"books": None, "book": {"title": "Two"}}
    assert [error["path"] for error in answer["errors"]] == [["books", "writer"]]


async def test_a_root_that_is_down_leaves_the_other_roots(supergraph, library: Suite):
    answer = await ask(
        supergraph, library.subgraphs("books"), "{ books { id } writers { id name } }"
    )

    assert answer["data"] == {"books": None, "writers": [{"id": "w1", "name": "Ann"}]}
    assert [error["message"] for error in answer["errors"]] == ["books is down"]


async def test_an_error_of_a_root_fetch_is_told_at_the_clients_path(supergraph, library: Suite):
    query = "{ all: books { it: id place: shelf { what: broken } } }"

    answer = await ask(supergraph, library.subgraphs(), query)

    assert answer == {
        "data": {
            "all": [
                {"it": "1", "place": {"what": None}},
                {"it": "2", "place": None},
                {"it": "3", "place": {"what": None}},
            ]
        },
        "errors": [
            {
                "message": "broken shelf",
                "path": ["all", position, "place", "what"],
                "extensions": BROKEN,
            }
            for position in (0, 2)
        ],
    }


async def test_an_error_that_nulls_a_parent_is_told_once(supergraph, library: Suite):
    answer = await ask(supergraph, library.subgraphs(), "{ book(id: 1) { id shelf { strict } } }")

    assert answer == {
        "data": {"book": {"id": "1", "shelf": None}},
        "errors": [
            {
                "message": "broken shelf",
                "path": ["book", "shelf", "strict"],
                "extensions": BROKEN,
            }
        ],
    }


async def test_an_error_of_an_entity_is_told_wherever_the_entity_stands(supergraph, library: Suite):
    query = "{ books { by: writer { prize } } again: book(id: 2) { writer { prize } } }"

    answer = await ask(supergraph, library.subgraphs(), query)

    gold = {"by": {"prize": "gold"}}
    assert answer["data"] == {
        "books": [gold, {"by": {"prize": None}}, gold],
        "again": {"writer": {"prize": None}},
    }
    assert [error["path"] for error in answer["errors"]] == [
        ["books", 1, "by", "prize"],
        ["again", "writer", "prize"],
    ]


async def test_an_error_path_stops_at_what_the_client_did_not_ask_for(supergraph: Supergraph):
    error = {"message": "hidden", "path": ["newest", "writer", "id"], "extensions": {"code": "X"}}
    script = Scripted({"books": {"data": {"newest": {"title": "One"}}, "errors": [error]}})

    answer = await ask(supergraph, script, "{ newest { title writer { name } } }")

    assert answer["data"] == {"newest": None}
    assert answer["errors"] == [
        {
            "message": "hidden",
            "path": ["newest", "writer"],
            "extensions": {"code": "X", "subgraph": "books"},
        }
    ]


@pytest.mark.parametrize(
    "nonsense",
    [
        {},
        {"data": None},
        {"data": []},
        {"data": {"_entities": None}},
        {"data": {"_entities": {}}},
        {"data": {"_entities": []}},
        {"data": {"_entities": [{}, {}, {}]}},
        {"data": "text", "errors": "text"},
        {"errors": [None, 7, {"path": "x"}, {"message": 5, "path": ["_entities", 99, {}]}]},
    ],
)
async def test_nonsense_for_entities_is_an_error_and_no_more(supergraph, nonsense: Any):
    newest = {"data": {"newest": {"title": "One", "id": "1"}}}

    answer = await ask(
        supergraph,
        Scripted({"books": newest, "reviews": nonsense}),
        "{ newest { title stars } }",
    )

    assert answer["data"] == {"newest": {"title": "One", "stars": None}}
    assert answer["errors"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"title": 5}, None),
        ({"title": {"a": 1}}, None),
        ({"title": None}, None),
        ({}, None),
        ([], None),
        ("text", None),
        ({"title": "t", "shelf": []}, {"title": "t", "shelf": None}),
        ({"title": "t", "shelf": "x"}, {"title": "t", "shelf": None}),
    ],
)
async def test_values_of_wrong_types_become_null_with_an_error(supergraph, value: Any, shown: Any):
    answer = await ask(
        supergraph,
        Scripted({"books": {"data": {"newest": value}}}),
        "{ newest { title shelf { code } } }",
    )

    assert answer["data"] == {"newest": shown}
    assert answer["errors"]


async def test_a_null_that_the_schema_forbids_is_explained(supergraph: Supergraph):
    script = Scripted({"books": {"data": {"newest": {"title": None}}}})

    answer = await ask(supergraph, script, "{ newest { name: title } }")

    assert answer == {
        "data": {"newest": None},
        "errors": [
            {
                "message": "Cannot return null for non-nullable field Book.title.",
                "path": ["newest", "name"],
                "extensions": {"code": "INVALID_NULL"},
            }
        ],
    }


async def test_an_unknown_type_name_nulls_its_object(supergraph: Supergraph):
    script = Scripted({"books": {"data": {"any": {"__typename": "Ghost", "id": "1"}}}})

    answer = await ask(supergraph, script, "{ any { __typename id } }")

    assert answer["data"] == {"any": None}
    assert answer["errors"]


async def test_an_integer_id_and_a_whole_float_are_taken_for_what_they_mean(supergraph):
    entity = {"stars": 4.0}
    script = Scripted(
        {
            "books": {"data": {"newest": {"id": 1}}},
            "reviews": {"data": {"_entities": [entity]}},
        }
    )

    answer = await ask(supergraph, script, "{ newest { id stars } }")

    assert answer == {"data": {"newest": {"id": "1", "stars": 4}}}
