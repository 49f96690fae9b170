"""An interface whose field leads to itself, narrower in the type."""

from federated.cases import Case, Part

BOOKS = {
    n: {"__typename": "Book", "id": n, "price": 10.99, "other": o}
    for n, o in (("1", "3"), ("3", "1"))
}
PARTS = {
    "a": Part(
        """
        type Query { product: Product }
        interface Product { samePriceProduct: Product }
        type Book implements Product @key(fields: "id") {
          id: ID! samePriceProduct: Book @provides(fields: "price") price: Float @external
        }
        """,
        {
            "Query": {"product": BOOKS["1"]},
            "Book": {"samePriceProduct": lambda book: BOOKS[book["other"]]},
        },
        {"Book": list(BOOKS.values())},
    ),
    "b": Part(
        'type Book @key(fields: "id") { id: ID! price: Float @shareable }',
        {},
        {"Book": [{"id": b["id"], "price": b["price"]} for b in BOOKS.values()]},
    ),
}
CASES = [
    Case(
        "round and round",
        "{ product { samePriceProduct { ... on Product { samePriceProduct { __typename } } } } }",
        {"product": {"samePriceProduct": {"samePriceProduct": {"__typename": "Book"}}}},
        fetches=("a",),
    ),
    Case(
        "by interface and by type",
        "{ product { __typename samePriceProduct { __typename ... on Book { id }"
        " samePriceProduct { __typename ... on Book { id } } }"
        " ... on Book { __typename id price samePriceProduct { id price } } } }",
        {
            "product": {
                "__typename": "Book",
                "samePriceProduct": {
                    "__typename": "Book",
                    "id": "3",
                    "samePriceProduct": {"__typename": "Book", "id": "1"},
                    "price": 10.99,
                },
                "id": "1",
                "price": 10.99,
            }
        },
    ),
]
