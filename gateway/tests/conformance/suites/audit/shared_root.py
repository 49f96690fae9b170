"""Root fields of three subgraphs whose objects have no key."""

from federated.cases import Case, Part

VALUES = {
    "category": {"id": "1", "name": "Category 1"},
    "name": {"id": "1", "brand": "Brand 1", "model": "Model 1"},
    "price": {"id": "1", "amount": 1000, "currency": "USD"},
}
TYPES = {
    "category": "id: ID! name: String!",
    "name": "id: ID! brand: String! model: String!",
    "price": "id: ID! amount: Int! currency: String!",
}


def part(name):
    return Part(
        f"""
        type Query {{ product: Product! @shareable products: [Product!]! @shareable }}
        type Product {{ id: ID! @shareable {name}: {name.capitalize()}! }}
        type {name.capitalize()} {{ {TYPES[name]} }}
        """,
        {
            "Query": {
                "product": {"id": "1", name: VALUES[name]},
                "products": [{"id": "1", name: VALUES[name]}],
            }
        },
    )


PARTS = {name: part(name) for name in VALUES}
ALL = "id name { id brand model } category { id name } price { id amount currency }"
CASES = [
    Case("one", f"{{ product {{ {ALL} }} }}", {"product": {"id": "1", **VALUES}}),
    Case("a list", f"{{ products {{ {ALL} }} }}", {"products": [{"id": "1", **VALUES}]}),
]
