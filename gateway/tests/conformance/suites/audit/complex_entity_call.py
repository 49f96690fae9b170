"""Keys of lists and objects, gathered step by step over four subgraphs."""

from federated.cases import Case, Part

GROUPS = {
    "c1": {"id": "c1", "tag": "t1", "mainProduct": {"id": "1"}},
    "c2": {"id": "c2", "tag": "t2", "mainProduct": {"id": "2"}},
}
GOODS = [
    {"id": "1", "pid": "p1", "category": GROUPS["c1"], "price": {"price": 100}},
    {"id": "2", "pid": "p2", "category": GROUPS["c2"], "price": {"price": 200}},
]
KEYS = [{"id": g["id"], "pid": g["pid"]} for g in GOODS]
TAGS = [{"id": c["id"], "tag": c["tag"]} for c in GROUPS.values()]
FULL = [
    {**k, "category": t, "price": g["price"]} for k, t, g in zip(KEYS, TAGS, GOODS, strict=True)
]


def at(number):
    return lambda listing: {"id": listing["products"][number]["id"]}


PARTS = {
    "link": Part(
        'type Product @key(fields: "id") @key(fields: "id pid") { id: String! pid: String! }',
        {},
        {"Product": KEYS},
    ),
    "list": Part(
        """
        type ProductList @key(fields: "products { id pid }") {
          products: [Product!]! first: Product @shareable selected: Product @shareable
        }
        type Product @key(fields: "id pid") { id: String! pid: String }
        """,
        {"ProductList": {"first": at(0), "selected": at(1)}},
        {"ProductList": [{"products": KEYS}], "Product": KEYS},
    ),
    "price": Part(
        """
        type ProductList @key(fields: "products { id pid category { id tag } } selected { id }") {
          products: [Product!]! first: Product @shareable selected: Product @shareable
        }
        type Product @key(fields: "id pid category { id tag }") {
          id: String! price: Price pid: String category: Category
        }
        type Category @key(fields: "id tag") { id: String! tag: String }
        type Price { price: Float! }
        """,
        {"ProductList": {"first": at(0)}},
        {"ProductList": [{"selected": {"id": "2"}}], "Product": FULL, "Category": TAGS},
    ),
    "products": Part(
        """
        type Query { topProducts: ProductList! }
        type ProductList @key(fields: "products { id }") { products: [Product!]! }
        type Product @extends @key(fields: "id") {
          id: String! @external category: Category @shareable
        }
        type Category @key(fields: "id") {
          mainProduct: Product! @shareable id: String! tag: String @shareable
        }
        """,
        {"Query": {"topProducts": {"products": GOODS}}},
        {"Product": GOODS, "Category": list(GROUPS.values())},
    ),
}
CASES = [
    Case(
        "all of it",
        "{ topProducts { products { id pid price { price } category { mainProduct { id } id tag } }"
        " selected { id } first { id } } }",
        {"topProducts": {"products": GOODS, "selected": {"id": "2"}, "first": {"id": "1"}}},
    )
]
