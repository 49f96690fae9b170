"""Plans: few requests, said in words and as JSON, the same every time, bounded for any document."""

import time

import pytest
from federated.gateway import ask
from federated.suites import Suite
from graphql import parse
from inline_snapshot import snapshot

from gateway.planning import (
    NoPlan,
    Plan,
    PlanTooComplex,
    UnknownOperation,
    conditions_of,
    plan_operation,
)
from gateway.supergraph import Supergraph

LONGEST_SEARCH_SECONDS = 2.0
JOIN = """
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: String, extension: Boolean, resolvable: Boolean,
  isInterfaceObject: Boolean) repeatable on OBJECT | INTERFACE | UNION | SCALAR
directive @join__field(graph: join__Graph, requires: String, provides: String, type: String,
  external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String)
  repeatable on FIELD_DEFINITION
"""


def joined(graphs: list[str], types: str) -> Supergraph:
    values = " ".join(f'{g.upper()} @join__graph(name: "{g}", url: "http://{g}")' for g in graphs)
    return Supergraph.from_sdl(f"{JOIN} enum join__Graph {{ {values} }} {types}")


def plan(supergraph: Supergraph, query: str, **conditions: bool) -> Plan:
    return plan_operation(supergraph, parse(query, no_location=True), None, conditions)


def subgraphs_of(planned: Plan) -> list[str]:
    return [fetch.subgraph for fetch in planned.fetches]


def test_a_plan_in_words(supergraph: Supergraph):
    planned = plan(supergraph, "query Shelf { newest { title writer { name } stars } }")

    assert planned.describe() == snapshot("""\
query Shelf
  #0 query from books
     { newest { title writer { id } id } }
  #1 entity from reviews after #0
     at newest
     by Book(id) with id
     query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Book { stars } } }
  #2 entity from writers after #0
     at newest.writer
     by Writer(id) with id
     query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Writer { name } } }\
""")


def test_a_plan_as_json(supergraph: Supergraph):
    planned = plan(supergraph, "query Q($id: ID!) { book(id: $id) { writer { born } } }")

    assert planned.as_json() == snapshot(
        {
            "kind": "query",
            "operationName": "Q",
            "introspection": False,
            "stages": [
                [
                    {
                        "id": 0,
                        "subgraph": "books",
                        "kind": "query",
                        "after": [],
                        "paths": [""],
                        "representations": [],
                        "variables": ["id"],
                        "query": "query($id: ID!) { book_508b040913b43be3: book(id: $id) { writer { id } } }",
                    },
                    {
                        "id": 1,
                        "subgraph": "writers",
                        "kind": "entity",
                        "after": [0],
                        "paths": ["book_508b040913b43be3.writer"],
                        "representations": ["Writer(id) with id"],
                        "variables": [],
                        "query": "query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Writer { born } } }",
                    },
                ]
            ],
        }
    )


def test_the_same_document_gets_the_same_plan(supergraph: Supergraph):
    query = "{ books { ...B } newest { ...B } } fragment B on Book { stars writer { name } }"

    assert plan(supergraph, query).as_json() == plan(supergraph, query).as_json()


def test_what_two_positions_need_alike_is_one_request(supergraph: Supergraph):
    planned = plan(supergraph, "{ books { writer { name } } newest { writer { name } } }")

    assert subgraphs_of(planned) == ["books", "writers"]


def test_fields_that_conditions_leave_out_are_not_asked_for(supergraph: Supergraph):
    query = "query ($s: Boolean!) { newest { title ... @include(if: $s) { stars } } }"

    assert subgraphs_of(plan(supergraph, query, s=False)) == ["books"]
    assert subgraphs_of(plan(supergraph, query, s=True)) == ["books", "reviews"]


def test_conditions_are_found_wherever_they_stand():
    document = parse(
        "query A($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!, $e: Boolean!) {"
        " x @skip(if: $a) ... @include(if: $b) { y { z @include(if: $c) } } ...F @skip(if: $d) }"
        " fragment F on Query { f(v: $e) ...F } query B { q }"
    )

    assert conditions_of(document, "A") == {"a", "b", "c", "d"}
    assert conditions_of(document, "B") == frozenset()


def test_an_operation_that_is_not_there_is_refused(supergraph: Supergraph):
    document = parse("query A { __typename } query B { __typename }")

    with pytest.raises(UnknownOperation, match="Unknown operation named 'C'"):
        plan_operation(supergraph, document, "C", {})
    with pytest.raises(UnknownOperation, match="multiple operations"):
        plan_operation(supergraph, document, None, {})


async def test_only_the_operation_asked_for_runs(supergraph: Supergraph, library: Suite):
    query = "query A { newest { id } } query B { newest { title } }"

    answer = await ask(supergraph, library.subgraphs(), query, operation_name="B")

    assert answer == {"data": {"newest": {"title": "One"}}}


def test_an_override_label_decides_who_answers():
    supergraph = joined(
        ["old", "new"],
        """
        type Query @join__type(graph: OLD) @join__type(graph: NEW) {
          price: Int
            @join__field(graph: OLD, overrideLabel: "moved")
            @join__field(graph: NEW, override: "old", overrideLabel: "moved")
        }
        """,
    )
    document = parse("{ price }")

    assert supergraph.override_labels == {"moved"}
    assert subgraphs_of(plan_operation(supergraph, document, None, {})) == ["old"]
    on = frozenset(("moved",))
    assert subgraphs_of(plan_operation(supergraph, document, None, {}, labels=on)) == ["new"]


def test_the_query_goes_on_inside_a_payload():
    supergraph = joined(
        ["a", "b"],
        """
        schema { query: Query mutation: Mutation }
        type Query @join__type(graph: A) @join__type(graph: B) {
          rate: Int @join__field(graph: B)
        }
        type Mutation @join__type(graph: A) { make: Made }
        type Made @join__type(graph: A) { query: Query }
        """,
    )

    planned = plan(supergraph, "mutation { make { query { rate } } }")

    assert [(f.subgraph, f.kind, f.query) for f in planned.fetches] == [
        ("a", "mutation", "mutation { make { query { __typename } } }"),
        ("b", "query", "{ rate }"),
    ]


def test_what_no_subgraph_can_reach_is_said_by_name():
    supergraph = joined(
        ["a", "b"],
        """
        type Query @join__type(graph: A) { thing: Thing }
        type Thing @join__type(graph: A) @join__type(graph: B) {
          here: Int @join__field(graph: A)
          there: Int @join__field(graph: B)
        }
        """,
    )

    with pytest.raises(NoPlan, match=r"Thing\.there"):
        plan(supergraph, "{ thing { here there } }")


def many_keys(number: int) -> Supergraph:
    """Every subgraph knows three keys of one type: a dense net of ways from one to the other."""
    graphs = [f"g{n}" for n in range(number)]
    keys = [[f"k{(n + step) % number}" for step in (0, 1, 3)] for n in range(number)]
    uses = " ".join(
        f'@join__type(graph: G{n}, key: "{key}")' for n in range(number) for key in keys[n]
    )
    fields = " ".join(
        f"k{k}: ID! "
        + " ".join(f"@join__field(graph: G{n})" for n in range(number) if f"k{k}" in keys[n])
        + f" f{k}: Int @join__field(graph: G{k})"
        for k in range(number)
    )
    return joined(
        graphs, f"type Query @join__type(graph: G0) {{ t: T }} type T {uses} {{ {fields} }}"
    )


def nested_values(number: int) -> Supergraph:
    """A value type whose subgraphs each lack a field, inside itself."""
    graphs = [f"g{n}" for n in range(number)]
    uses = " ".join(f"@join__type(graph: G{n})" for n in range(number))
    fields = " ".join(
        f"s{k}: Int " + " ".join(f"@join__field(graph: G{n})" for n in range(number) if n != k)
        for k in range(number)
    )
    return joined(graphs, f"type Query {uses} {{ v: V }} type V {uses} {{ v: V {fields} }}")


def nest(opening: str, body: str, depth: int) -> str:
    return f"{opening} {{ {body} " * depth + "}" * depth


@pytest.mark.parametrize(
    ("supergraph", "query", "fetches"),
    [
        (many_keys(10), "{ t { " + " ".join(f"f{n}" for n in range(10)) + " } }", 10),
        (nested_values(6), "{ " + nest("v", "s0 s1 s2 s3 s4 s5", 8) + " }", 2),
    ],
    ids=["a net of keys", "values inside values"],
)
def test_many_ways_do_not_make_a_long_search(supergraph: Supergraph, query: str, fetches: int):
    began = time.thread_time()
    planned = plan(supergraph, query)

    assert time.thread_time() - began < LONGEST_SEARCH_SECONDS / 10
    assert len(planned.fetches) == fetches


def test_fragments_that_double_on_every_level_are_harmless_or_refused():
    supergraph = joined(
        ["a"],
        "type Query @join__type(graph: A) { t: T } type T @join__type(graph: A) { x: Int a: T b: T }",
    )
    levels = range(24)
    same = " ".join(
        f"fragment F{n} on T {{ a {{ ...F{n + 1} }} a {{ x ...F{n + 1} }} }}" for n in levels
    )
    apart = " ".join(
        f"fragment F{n} on T {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}" for n in levels
    )
    last = "fragment F24 on T { x }"

    began = time.thread_time()
    planned = plan(supergraph, f"{{ t {{ ...F0 }} }} {same} {last}")
    with pytest.raises(PlanTooComplex):
        plan(supergraph, f"{{ t {{ ...F0 }} }} {apart} {last}")

    assert len(planned.fetches) == 1
    assert time.thread_time() - began < LONGEST_SEARCH_SECONDS


def test_a_document_nested_too_deeply_is_refused():
    supergraph = joined(
        ["a"], "type Query @join__type(graph: A) { t: T } type T @join__type(graph: A) { t: T }"
    )

    with pytest.raises(PlanTooComplex, match="nested"):
        plan(supergraph, "{ " + nest("t", "", 190).replace("{ }", "{ __typename }") + " }")
