"""A value type's field, had through the parent by the parent's second key."""

from federated.cases import Case, Part

GROUPS = {
    "c1": {"id": "c1", "name": "one", "details": {"products": 2}},
    "c2": {"id": "c2", "name": "two", "details": {"products": 1}},
}
GOODS = [
    {"id": p, "pid": f"{p}-pid", "in": c} for p, c in (("p1", "c1"), ("p2", "c2"), ("p3", "c1"))
]


def group(good):
    return GROUPS[good["in"]]


GROUP = 'type Category @key(fields: "id") { id: ID! name: String! @shareable }'
PARTS = {
    "a": Part(
        """
        type Query { products: [Product!]! }
        type Product @key(fields: "id") @key(fields: "id pid") {
          id: ID! pid: ID! category: Category @shareable
        }
        """
        + GROUP,
        {"Query": {"products": GOODS}, "Product": {"category": group}},
        {"Product": GOODS, "Category": list(GROUPS.values())},
    ),
    "b": Part(
        """
        type Product @key(fields: "id pid") { id: ID! pid: ID! category: Category @shareable }
        """
        + GROUP,
        {"Product": {"category": group}},
        {"Product": GOODS, "Category": list(GROUPS.values())},
    ),
    "c": Part(
        """
        type Category { details: CategoryDetails }
        type CategoryDetails { products: Int }
        type Product @key(fields: "id pid") { id: ID! pid: ID! category: Category @shareable }
        """,
        {"Product": {"category": group}},
        {"Product": GOODS},
    ),
}
CASES = [
    Case(
        "through the parent",
        "{ products { id category { id details { products } } } }",
        {
            "products": [
                {
                    "id": g["id"],
                    "category": {"id": g["in"], "details": GROUPS[g["in"]]["details"]},
                }
                for g in GOODS
            ]
        },
        fetches=("a", "c"),
    )
]
