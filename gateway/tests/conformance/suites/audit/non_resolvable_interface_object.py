"""Interface objects that lead nowhere."""

from federated.cases import Case, Part

PARTS = {
    "a": Part(
        """
        type Query { a: Node product: Product! }
        interface Node @key(fields: "id") { id: ID! }
        type Product @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }
        """,
        {"Query": {"a": {"__typename": "Node", "id": "n1"}, "product": {"id": "p1"}}},
    ),
    "b": Part(
        """
        type Query { b: Node }
        type Node @key(fields: "id", resolvable: false) @interfaceObject { id: ID! field: String }
        interface Product @key(fields: "id") { id: ID! name: String! }
        type Bread implements Product @key(fields: "id") { id: ID! name: String! }
        """,
        {"Query": {"b": {"id": "n1", "field": "foo"}}},
        {"Bread": [{"id": "p1", "name": "Bread"}]},
    ),
}
CASES = [
    Case("the object's fields", "{ b { id field } }", {"b": {"id": "n1", "field": "foo"}}),
    Case("not from elsewhere", "{ a { field } }", None, True),
    Case("the key", "{ b { id } }", {"b": {"id": "n1"}}),
    Case("an interface without types", "{ a { id } }", {"a": None}, True),
    Case("the key of the other", "{ product { id } }", {"product": {"id": "p1"}}, fetches=("a",)),
    Case("a type's field", "{ product { ... on Bread { id } } }", {"product": {"id": "p1"}}),
]
