"""A key that is external where the root field is."""

from federated.cases import Case, Part

PRICES = [{"id": "1", "price": 100}, {"id": "2", "price": 200}]
NAMES = [{"id": "1", "name": "name-1"}, {"id": "2", "name": "name-2"}]
PARTS = {
    "price": Part(
        """
        type Query { cheapestProduct: Product }
        extend type Product @key(fields: "id") { id: ID! @external price: Float }
        """,
        {"Query": {"cheapestProduct": PRICES[0]}},
        {"Product": PRICES},
    ),
    "product": Part(
        'type Query { products: [Product] } type Product @key(fields: "id") { id: ID! name: String }',
        {"Query": {"products": NAMES}},
        {"Product": NAMES},
    ),
}
CASES = [
    Case(
        "from the side where the key is external",
        "{ cheapestProduct { id price name } }",
        {"cheapestProduct": {"id": "1", "price": 100, "name": "name-1"}},
        fetches=("price", "product"),
    ),
    Case(
        "from the other",
        "{ products { name price id } }",
        {"products": [{**n, **p} for n, p in zip(NAMES, PRICES, strict=True)]},
        fetches=("product", "price"),
    ),
]
