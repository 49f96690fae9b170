"""An interface whose types another subgraph completes."""

from federated.cases import Case, Part

GOOD = {"__typename": "Product", "id": "p-1", "name": "Product 1", "price": 10}
GROUP = {"__typename": "Category", "id": "c-1", "name": "Category 1"}
PARTS = {
    "node": Part(
        """
        type Query { productNode: Node categoryNode: Node }
        interface Node { id: ID! }
        type Product implements Node @key(fields: "id") { id: ID! }
        type Category implements Node @key(fields: "id") { id: ID! }
        """,
        {"Query": {"productNode": GOOD, "categoryNode": GROUP}},
        {"Product": [{"id": "p-1"}], "Category": [{"id": "c-1"}]},
    ),
    "second": Part(
        """
        type Query { productNode2: Node }
        interface Node { id: ID! }
        type Product implements Node @key(fields: "id") { id: ID! }
        """,
        {"Query": {"productNode2": GOOD}},
        {"Product": [{"id": "p-1"}]},
    ),
    "types": Part(
        """
        interface Node { id: ID! }
        type Product implements Node @key(fields: "id") @shareable {
          id: ID! name: String! price: Float!
        }
        type Category implements Node @key(fields: "id") { id: ID! name: String! }
        """,
        {},
        {"Product": [GOOD], "Category": [GROUP]},
    ),
}
CASES = [
    Case(
        "a type's fields",
        "{ productNode { ... on Product { id name __typename price } } }",
        {"productNode": {"id": "p-1", "name": "Product 1", "__typename": "Product", "price": 10}},
        fetches=("node", "types"),
    ),
]
