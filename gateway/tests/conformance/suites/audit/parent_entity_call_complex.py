"""A value gathered from two subgraphs through its parent, and from a third by its own key."""

from federated.cases import Case, Part

PARTS = {
    "a": Part(
        """
        type Product @key(fields: "id") { id: ID @external category: Category @shareable }
        type Category { details: String }
        """,
        {"Product": {"category": lambda p: {"details": f"details for {p['id']}"}}},
        {"Product": [{"id": "1"}]},
    ),
    "b": Part(
        """
        type Product @key(fields: "id") { id: ID @external category: Category @shareable }
        type Category { id: ID @shareable }
        """,
        {"Product": {"category": {"id": "3"}}},
        {"Product": [{"id": "1"}]},
    ),
    "c": Part(
        'type Category @key(fields: "id") { id: ID name: String }',
        {"Category": {"name": lambda c: f"category {c['id']}"}},
        {"Category": [{"id": "3"}]},
    ),
    "d": Part(
        """
        type Query { productFromD(id: ID!): Product }
        type Product @key(fields: "id") { id: ID name: String }
        """,
        {"Query": {"productFromD": lambda _, id: {"id": id, "name": f"product {id}"}}},
        {"Product": []},
    ),
}
CASES = [
    Case(
        "all of it",
        '{ productFromD(id: "1") { id name category { id name details } } }',
        {
            "productFromD": {
                "id": "1",
                "name": "product 1",
                "category": {"id": "3", "name": "category 3", "details": "details for 1"},
            }
        },
    )
]
