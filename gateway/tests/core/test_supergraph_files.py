"""Supergraph files: old and new join specifications, what the API shows, what is refused and why."""

import pytest
from federated.gateway import ask
from federated.subgraph import Subgraph, Subgraphs
from graphql import print_schema

from gateway.supergraph import ListSize, Protection, Supergraph, SupergraphInvalid

FEDERATION_ONE = """
schema
  @core(feature: "https://specs.apollo.dev/core/v0.2")
  @core(feature: "https://specs.apollo.dev/join/v0.1", for: EXECUTION)
{ query: Query }
directive @core(as: String, feature: String!, for: core__Purpose) repeatable on SCHEMA
directive @join__field(graph: join__Graph, provides: join__FieldSet, requires: join__FieldSet)
  on FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__owner(graph: join__Graph!) on INTERFACE | OBJECT
directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on INTERFACE | OBJECT
enum core__Purpose { EXECUTION SECURITY }
scalar join__FieldSet
enum join__Graph {
  BOOKS @join__graph(name: "books" url: "http://books")
  STOCK @join__graph(name: "stock" url: "http://stock")
}
type Query {
  books: [Book] @join__field(graph: BOOKS)
  size: Size @join__field(graph: STOCK)
}
type Book
  @join__owner(graph: BOOKS)
  @join__type(graph: BOOKS, key: "id")
  @join__type(graph: STOCK, key: "id")
{
  id: ID! @join__field(graph: BOOKS)
  title: String @join__field(graph: BOOKS)
  pages: Int @join__field(graph: BOOKS)
  left: String @join__field(graph: STOCK, requires: "pages")
}
type Size { width: Int }
"""
HEAD = """
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
"""


async def test_a_supergraph_of_federation_one_is_answered():
    books = Subgraph(
        'type Query { books: [Book] } type Book @key(fields: "id") {'
        " id: ID! title: String pages: Int }",
        {"Query": {"books": [{"id": "1", "title": "One", "pages": 10}]}},
    )
    stock = Subgraph(
        'type Query { size: Size } extend type Book @key(fields: "id") { id: ID! @external'
        ' pages: Int @external left: String @requires(fields: "pages") }'
        " type Size { width: Int }",
        {
            "Query": {"size": {"width": 3}},
            "Book": {"left": lambda book: f"{book['pages']} pages"},
        },
        {"Book": [{"id": "1"}]},
    )
    subgraphs = Subgraphs({"books": books, "stock": stock})
    query = "{ books { id title left } size { width } }"

    answer = await ask(Supergraph.from_sdl(FEDERATION_ONE), subgraphs, query)

    assert answer == {
        "data": {
            "books": [{"id": "1", "title": "One", "left": "10 pages"}],
            "size": {"width": 3},
        }
    }


def test_the_api_shows_nothing_of_the_machinery():
    supergraph = Supergraph.from_sdl(FEDERATION_ONE)

    assert print_schema(supergraph.api_schema) == (
        "type Query {\n  books: [Book]\n  size: Size\n}\n\n"
        "type Book {\n  id: ID!\n  title: String\n  pages: Int\n  left: String\n}\n\n"
        "type Size {\n  width: Int\n}"
    )
    assert {s.name: s.url for s in supergraph.subgraphs.values()} == {
        "books": "http://books",
        "stock": "http://stock",
    }


def test_what_is_hidden_is_gone_from_the_api_with_all_that_leads_to_it():
    supergraph = Supergraph.from_sdl(
        HEAD
        + """
        directive @inaccessible on OBJECT | FIELD_DEFINITION | ARGUMENT_DEFINITION | ENUM_VALUE
        directive @deprecated(reason: String) on FIELD_DEFINITION
        type Query { a(x: Int, y: Int @inaccessible): Kind any: Any hidden: Hidden @inaccessible
          old: Int @deprecated(reason: "late") }
        enum Kind { SHOWN HIDDEN @inaccessible }
        union Any = Shown | Hidden
        type Shown { id: ID }
        type Hidden @inaccessible { id: ID }
        """
    )

    assert print_schema(supergraph.api_schema) == (
        'type Query {\n  a(x: Int): Kind\n  any: Any\n  old: Int @deprecated(reason: "late")\n}\n\n'
        "enum Kind {\n  SHOWN\n}\n\nunion Any = Shown\n\ntype Shown {\n  id: ID\n}"
    )


def test_what_the_file_demands_of_callers_and_says_of_cost():
    supergraph = Supergraph.from_sdl(
        HEAD
        + """
        directive @authenticated on OBJECT | FIELD_DEFINITION
        directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION
        directive @policy(policies: [[String!]!]!) on FIELD_DEFINITION
        directive @cost(weight: Int!) on FIELD_DEFINITION | ARGUMENT_DEFINITION
        directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],
          requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
        type Query {
          me: User @authenticated
          secret: Int @requiresScopes(scopes: [["a", "b"], ["c"]]) @policy(policies: [["p"]])
          list(first: Int @cost(weight: 2)): [Int]
            @cost(weight: 5) @listSize(slicingArguments: ["first"], assumedSize: 9)
        }
        type User @authenticated { id: ID }
        """
    )

    assert supergraph.protected("Query", "me") == Protection(authenticated=True)
    assert supergraph.protected("User", None) == Protection(authenticated=True)
    assert supergraph.protected("User", "id") == Protection()
    assert supergraph.protected("Query", "secret") == Protection(
        scopes=(frozenset("ab"), frozenset("c")), policies=(frozenset("p"),)
    )
    assert supergraph.protected("Query", "list") == Protection(
        cost=5.0,
        list_size=ListSize(assumed_size=9, slicing_arguments=("first",)),
        argument_costs=(("first", 2.0),),
    )


@pytest.mark.parametrize(
    ("sdl", "reason"),
    [
        ("type Query {", "is not GraphQL"),
        ("type Query { a: Int }", "names no subgraph"),
        (HEAD, "no query type"),
        (HEAD + "schema { query: Root }", "query type Root is not defined"),
        (HEAD + "type Query { a: Missing }", r"Query\.a has the unknown type Missing"),
        (
            HEAD + "type Query @join__type(graph: B) { a: Int }",
            "Query names the subgraph B, which join__Graph does not hold",
        ),
        (
            HEAD + 'type Query { t: T } type T @join__type(graph: A, key: "id {") { id: ID }',
            "The key of T in a: .* is not a field set",
        ),
        (
            HEAD + 'type Query { t: T } type T @join__type(graph: A, key: "no") { id: ID }',
            "The key of T in a holds no, which the type has not",
        ),
        (
            HEAD + 'type Query { t: Int @join__field(graph: A, requires: "...") }',
            "@requires of Query.t in a",
        ),
        (HEAD + "type Query { u: U } union U = Missing", "do not fit together|unknown"),
        (HEAD + "type Query implements Missing { a: Int }", "Missing, which is no interface"),
        (HEAD + "interface I { b: Int } type Query implements I { a: Int }", "I.b expected"),
        (HEAD + "type Query { a: Int a: Int }", "only be defined once|do not fit|a"),
    ],
)
def test_a_broken_file_is_refused_with_what_and_where(sdl: str, reason: str):
    with pytest.raises(SupergraphInvalid, match=reason):
        Supergraph.from_sdl(sdl)


RENAMED = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", as: "j", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/inaccessible/v0.2", as: "hidden", for: SECURITY)
  @link(url: "https://specs.apollo.dev/cost/v0.1", import: [{name: "@listSize", as: "@size"}])
  @link(url: "https://specs.apollo.dev/authenticated/v0.1", import: [{name: "@authenticated", as: "@signedIn"}])
  @link(url: "https://example.com/mine/v1.0", import: [{name: "@tag", as: "@size"}])
{ query: Query }
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @j__graph(name: String!, url: String!) on ENUM_VALUE
directive @j__type(graph: j__Graph!, key: j__FieldSet) repeatable on OBJECT
directive @j__field(graph: j__Graph) repeatable on FIELD_DEFINITION
directive @hidden on FIELD_DEFINITION
directive @size(assumedSize: Int) on FIELD_DEFINITION
directive @signedIn on FIELD_DEFINITION
directive @cost__cost(weight: String!) on FIELD_DEFINITION
enum j__Graph { A @j__graph(name: "a", url: "http://a") }
scalar j__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
type Query @j__type(graph: A) {
  shown: [Int] @j__field(graph: A) @size(assumedSize: 7) @signedIn @cost__cost(weight: "3")
  secret: Int @j__field(graph: A) @hidden
}
"""


async def test_directives_that_a_file_calls_otherwise_mean_the_same():
    supergraph = Supergraph.from_sdl(RENAMED)
    subgraph = Subgraph("type Query { shown: [Int] }", {"Query": {"shown": [1, 2]}})

    answer = await ask(supergraph, Subgraphs({"a": subgraph}), "{ shown }")

    assert answer == {"data": {"shown": [1, 2]}}
    assert print_schema(supergraph.api_schema) == "type Query {\n  shown: [Int]\n}"
    protection = supergraph.protected("Query", "shown")
    assert protection.authenticated
    assert protection.cost == 3
    assert protection.list_size == ListSize(assumed_size=7)
