"""A type that implements an interface in one subgraph and not in the other."""

from federated.cases import Case, Part

OVENS = [{"__typename": "Oven", "id": f"oven{n}"} for n in (1, 2)]
TOASTERS = [{"__typename": "Toaster", "id": f"toaster{n}", "warranty": n + 2} for n in (1, 2)]
BY_ID = {g["id"]: g for g in OVENS + TOASTERS}
PARTS = {
    "a": Part(
        """
        type Query { products: [Product] node(id: ID!): Node nodes: [Node] toasters: [Toaster] }
        union Product = Oven | Toaster
        interface Node { id: ID! }
        interface WithWarranty { warranty: Int }
        type Oven @key(fields: "id") { id: ID! }
        type Toaster implements Node & WithWarranty @key(fields: "id") { id: ID! warranty: Int }
        """,
        {
            "Query": {
                "products": OVENS + TOASTERS,
                "node": lambda _, id: BY_ID[id],
                "nodes": TOASTERS,
                "toasters": TOASTERS,
            }
        },
        {"Oven": OVENS, "Toaster": TOASTERS},
    ),
    "b": Part(
        """
        interface Node { id: ID! }
        interface WithWarranty { warranty: Int }
        type Oven implements Node & WithWarranty @key(fields: "id") { id: ID! warranty: Int }
        """,
        {"Oven": {"warranty": 1}},
        {"Oven": OVENS},
    ),
}
IDS = [{"id": t["id"]} for t in TOASTERS]
YEARS = [{"warranty": t["warranty"]} for t in TOASTERS]
CASES = [
    Case(
        "an interface within a union",
        "{ products { ... on Node { id } } }",
        {"products": [{"id": g} for g in BY_ID]},
    ),
    Case(
        "types of an interface",
        "{ nodes { ... on Toaster { warranty } ... on Oven { id } } }",
        {"nodes": YEARS},
    ),
    Case("the interface's field", "{ nodes { id } }", {"nodes": IDS}),
    Case("within itself", "{ nodes { ... on Node { id } } }", {"nodes": IDS}),
    Case(
        "another interface within",
        "{ nodes { ... on Node { ... on WithWarranty { warranty } } } }",
        {"nodes": YEARS},
    ),
    Case(
        "within within",
        "{ nodes { ... on Node { id ... on Node { id ... on WithWarranty { warranty } } } } }",
        {"nodes": [{**i, **y} for i, y in zip(IDS, YEARS, strict=True)]},
    ),
    Case(
        "fragments on type and interface",
        "{ toasters { ...T ...N } } fragment T on Toaster { id } fragment N on Node { id __typename }",
        {"toasters": [{**i, "__typename": "Toaster"} for i in IDS]},
    ),
    Case(
        "an object that is no node there",
        '{ node(id: "oven1") { ... on Oven { warranty } } }',
        {"node": None},
        True,
    ),
    Case(
        "nor with another fragment",
        '{ node(id: "oven1") { ... on Toaster { warranty } } }',
        {"node": None},
        True,
    ),
    Case(
        "one that is",
        '{ node(id: "toaster1") { ... on Toaster { warranty } } }',
        {"node": {"warranty": 3}},
    ),
]
