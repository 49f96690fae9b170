"""@provides two levels deep; nobody else is to be asked."""

from federated.cases import Case, Part


def never(*_, **__):
    raise AssertionError("asked of the wrong subgraph")


WITHIN = {"c1": "c2", "c2": "c3", "c3": "c1"}


def group(name, depth=1):
    made = {"id": name, "name": f"Category {name[1]}"}
    return {**made, "subCategories": [group(WITHIN[name], 0)]} if depth else made


GOODS = {"p1": ["c1", "c2"], "p2": ["c3", "c2"]}
PARTS = {
    "all-products": Part(
        'type Product @key(fields: "id") { id: ID! }', {"Product": {"id": never}}, {"Product": []}
    ),
    "category": Part(
        """
        type Query {
          products: [Product] @shareable
            @provides(fields: "categories { id name subCategories { id name } }")
        }
        type Product @key(fields: "id") { id: ID! categories: [Category] @external }
        type Category @key(fields: "id") {
          id: ID! name: String subCategories: [Category] @external
        }
        """,
        {
            "Query": {
                "products": [
                    {"id": p, "categories": [group(c) for c in cs]} for p, cs in GOODS.items()
                ]
            }
        },
    ),
    "subcategories": Part(
        """
        type Product @key(fields: "id") { id: ID! categories: [Category] @shareable }
        type Category @key(fields: "id") { id: ID! subCategories: [Category] @shareable }
        """,
        {"Product": {"categories": never}, "Category": {"subCategories": never}},
        {"Product": [], "Category": []},
    ),
}


def answers(*fields):
    return {
        "products": [
            {"id": p, "categories": [{f: group(c)[f] for f in fields} for c in cs]}
            for p, cs in GOODS.items()
        ]
    }


CASES = [
    Case(
        "one level",
        "{ products { id categories { id name } } }",
        answers("id", "name"),
        fetches=("category",),
    ),
    Case(
        "two levels",
        "{ products { id categories { id name subCategories { id name } } } }",
        answers("id", "name", "subCategories"),
        fetches=("category",),
    ),
]
