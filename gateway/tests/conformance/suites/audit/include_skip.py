"""@include and @skip on fields that require others."""

from federated.cases import Case, Part


def never(*_, **__):
    raise AssertionError("skipped, and asked for all the same")


def given(product):
    return product["isExpensive"] is not None


PARTS = {
    "a": Part(
        """
        type Query { product: Product }
        type Product @key(fields: "id") { id: ID! price: Float! }
        """,
        {"Query": {"product": {"id": "p1", "price": 699.99}}},
        {"Product": [{"id": "p1", "price": 699.99}]},
    ),
    "b": Part(
        """
        type Product @key(fields: "id") {
          id: ID! price: Float! @external isExpensive: Boolean! @requires(fields: "price")
        }
        """,
        {"Product": {"isExpensive": lambda p: p["price"] > 500}},
        {"Product": [{"id": "p1"}]},
    ),
    "c": Part(
        """
        type Product @key(fields: "id") {
          id: ID!
          isExpensive: Boolean! @external
          include: Boolean! @requires(fields: "isExpensive")
          skip: Boolean! @requires(fields: "isExpensive")
          neverInclude: Boolean! @requires(fields: "isExpensive")
          neverSkip: Boolean! @requires(fields: "isExpensive")
        }
        """,
        {
            "Product": {
                "include": given,
                "skip": given,
                "neverInclude": never,
                "neverSkip": never,
            }
        },
        {"Product": [{"id": "p1"}]},
    ),
}
PRICE = {"price": 699.99}


def asked(default, field):
    return f"query($bool: Boolean = {default}) {{ product {{ price {field}(if: $bool) }} }}"


CASES = [
    Case(
        "not included",
        asked("false", "neverInclude @include"),
        {"product": PRICE},
        fetches=("a",),
    ),
    Case("skipped", asked("true", "neverSkip @skip"), {"product": PRICE}, fetches=("a",)),
    Case("included", asked("true", "include @include"), {"product": {**PRICE, "include": True}}),
    Case("not skipped", asked("false", "skip @skip"), {"product": {**PRICE, "skip": True}}),
]
