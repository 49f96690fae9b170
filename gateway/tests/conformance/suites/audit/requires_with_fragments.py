"""@requires with fragments on interfaces, one of whose types is hidden."""

from federated.cases import Case, Part

BAZ = {"__typename": "Baz", "foo": "b1-foo", "bar": "b1-bar", "baz": "b1-baz"}
QUX = {"__typename": "Qux", "foo": "q1-foo", "bar": "q1-bar", "qux": "q1-qux"}
ENTITIES = [{"id": "e1", "data": BAZ}, {"id": "e2", "data": QUX}]
KEYS = [{"id": "e1"}, {"id": "e2"}]
TYPES = """
    interface Foo { foo: String! }
    interface Bar implements Foo { foo: String! bar: String! }
    type Baz implements Foo & Bar @shareable %s { foo: String! bar: String! baz: String! }
    type Qux implements Foo & Bar @shareable { foo: String! bar: String! qux: String! }
"""


def whole(entity):
    data = entity["data"]
    assert set(data) == {"__typename", "foo", "bar", data["__typename"].lower()}
    return data["foo"] + "_requirer"


PARTS = {
    "a": Part(
        'type Query @shareable { a: Entity } type Entity @key(fields: "id") { id: ID! data: Foo }'
        + TYPES % "",
        {"Query": {"a": ENTITIES[1]}},
        {"Entity": ENTITIES},
    ),
    "b": Part(
        """
        type Query @shareable { b: Entity bb: Entity }
        type Entity @key(fields: "id") {
          id: ID!
          data: Foo @external
          requirer: String!
            @requires(fields: "data { foo ... on Bar { bar ... on Baz { baz } ... on Qux { qux } } }")
          requirer2: String! @requires(fields: "data { ... on Foo { foo } }")
        }
        """
        + TYPES % "@inaccessible",
        {
            "Query": {"b": KEYS[0], "bb": KEYS[1]},
            "Entity": {"requirer": whole, "requirer2": lambda e: e["data"]["foo"] + "_requirer2"},
        },
        {"Entity": KEYS},
    ),
}
CASES = [
    Case(
        "a hidden type is null",
        "{ b { id data { __typename } } bb { id data { __typename } } }",
        {"b": {"id": "e1", "data": None}, "bb": {"id": "e2", "data": {"__typename": "Qux"}}},
    ),
    Case("from the owner", "{ a { requirer } }", {"a": {"requirer": "q1-foo_requirer"}}),
    Case(
        "asked for as well",
        "{ a { data { __typename } requirer } }",
        {"a": {"data": {"__typename": "Qux"}, "requirer": "q1-foo_requirer"}},
    ),
    Case(
        "from the requirer, there and back",
        "{ bb { data { __typename } requirer } }",
        {"bb": {"data": {"__typename": "Qux"}, "requirer": "q1-foo_requirer"}},
        fetches=("b", "a", "b"),
    ),
    Case(
        "hidden, and required all the same",
        "{ b { data { __typename } requirer } }",
        {"b": {"data": None, "requirer": "b1-foo_requirer"}},
    ),
    Case(
        "a fragment on the interface itself",
        "{ bb { data { __typename } requirer2 } }",
        {"bb": {"data": {"__typename": "Qux"}, "requirer2": "q1-foo_requirer2"}},
    ),
]
