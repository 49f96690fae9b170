"""Federation 1: external fields of a second key, had through the first."""

from federated.cases import Case, Part

GOOD = {"id": "p1", "pid": "p1-pid", "name": "p1-name", "upc": "upc1", "price": 12.3}
PARTS = {
    "a": Part(
        """
        type Query { productInA: Product }
        type Product @key(fields: "id") @key(fields: "pid") { id: ID name: String pid: ID }
        """,
        {"Query": {"productInA": {n: GOOD[n] for n in ("id", "name", "pid")}}},
        {"Product": [{n: GOOD[n] for n in ("id", "name", "pid")}]},
        link="",
    ),
    "b": Part(
        """
        type Query { productInB: Product }
        extend type Product @key(fields: "id name") @key(fields: "upc") {
          id: ID @external name: String @external upc: String @external price: Float!
        }
        """,
        {"Query": {"productInB": GOOD}},
        {"Product": [{n: GOOD[n] for n in ("id", "name", "upc", "price")}]},
        link="",
    ),
}
CASES = [
    Case(
        "all of it",
        "{ productInA { id pid price upc name } }",
        {"productInA": GOOD},
        fetches=("a", "b"),
    )
]
