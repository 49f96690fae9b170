"""Required fields that require others, one of them hidden."""

from federated.cases import Case, Part

KEY = [{"id": "p1"}]
PARTS = {
    "a": Part(
        'type Product @key(fields: "id") { id: ID! price: Float! @inaccessible }',
        {},
        {"Product": [{"id": "p1", "price": 699.99}]},
    ),
    "b": Part(
        """
        type Query { product: Product }
        type Product @key(fields: "id") { id: ID! hasDiscount: Boolean! }
        """,
        {"Query": {"product": {"id": "p1", "hasDiscount": True}}},
        {"Product": [{"id": "p1", "hasDiscount": True}]},
    ),
    "c": Part(
        """
        type Product @key(fields: "id") {
          id: ID!
          price: Float! @external
          isExpensive: Boolean! @requires(fields: "price")
          hasDiscount: Boolean! @external
          isExpensiveWithDiscount: Boolean! @requires(fields: "hasDiscount")
        }
        """,
        {
            "Product": {
                "isExpensive": lambda p: p["price"] > 500,
                "isExpensiveWithDiscount": lambda p: not p["hasDiscount"],
            }
        },
        {"Product": KEY},
    ),
    "d": Part(
        """
        type Product @key(fields: "id") {
          id: ID!
          isExpensive: Boolean! @external
          canAfford: Boolean! @requires(fields: "isExpensive")
          isExpensiveWithDiscount: Boolean! @external
          canAffordWithDiscount: Boolean! @requires(fields: "isExpensiveWithDiscount")
        }
        """,
        {
            "Product": {
                "canAfford": lambda p: not p["isExpensive"],
                "canAffordWithDiscount": lambda p: not p["isExpensiveWithDiscount"],
            }
        },
        {"Product": KEY},
    ),
}
CASES = [
    Case(names, f"{{ product {{ {names} }} }}", {"product": values})
    for names, values in (
        ("canAfford", {"canAfford": False}),
        ("isExpensive", {"isExpensive": True}),
        ("isExpensive canAfford", {"isExpensive": True, "canAfford": False}),
        ("canAffordWithDiscount", {"canAffordWithDiscount": True}),
        (
            "canAfford canAffordWithDiscount",
            {"canAfford": False, "canAffordWithDiscount": True},
        ),
    )
]
