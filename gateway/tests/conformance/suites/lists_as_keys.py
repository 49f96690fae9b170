"""Keys that hold lists and objects, reached step by step; values reached only through a parent."""

from federated.cases import Case, Part

GOODS = [
    {"id": "1", "pid": "p1", "group": {"id": "g1", "tag": "t1", "main": {"id": "1"}}, "cost": 100},
    {"id": "2", "pid": "p2", "group": {"id": "g2", "tag": "t2", "main": {"id": "2"}}, "cost": 200},
]


def found(key, *names):
    """What a subgraph makes of a key whose parts it compares with its own data."""
    return [g for g in GOODS if any(all(g[n] == k[n] for n in names) for k in key["goods"])]


PARTS = {
    "goods": Part(
        """
        type Query { top: Listing! }
        type Listing @key(fields: "goods { id }") { goods: [Good!]! }
        type Good @extends @key(fields: "id") { id: String! @external group: Group @shareable }
        type Group @key(fields: "id") { id: String! main: Good! @shareable tag: String @shareable }
        """,
        {"Query": {"top": {"goods": GOODS}}},
        {"Good": GOODS, "Group": [g["group"] for g in GOODS]},
    ),
    "links": Part(
        'type Good @key(fields: "id") @key(fields: "id pid") { id: String! pid: String! }',
        {},
        {"Good": [{"id": g["id"], "pid": g["pid"]} for g in GOODS]},
    ),
    "lists": Part(
        """
        type Listing @key(fields: "goods { id pid }") {
          goods: [Good!]! first: Good @shareable chosen: Good @shareable
        }
        type Good @key(fields: "id pid") { id: String! pid: String }
        """,
        {
            "Listing": {
                "first": lambda listing: found(listing, "id", "pid")[0],
                "chosen": lambda listing: found(listing, "id", "pid")[1],
            }
        },
        {"Listing": [{"goods": [{"id": g["id"], "pid": g["pid"]} for g in GOODS]}]},
    ),
    "costs": Part(
        """
        type Listing @key(fields: "goods { id pid group { id tag } } chosen { id }") {
          goods: [Good!]! first: Good @shareable chosen: Good @shareable
        }
        type Good @key(fields: "id pid group { id tag }") {
          id: String! pid: String group: Group cost: Cost
        }
        type Group @key(fields: "id tag") { id: String! tag: String }
        type Cost { amount: Float! }
        """,
        {
            "Listing": {"first": lambda listing: found(listing, "id", "pid")[0]},
            "Good": {"cost": lambda good: {"amount": good["cost"]}},
        },
        {
            "Good": [
                {**g, "group": {"id": g["group"]["id"], "tag": g["group"]["tag"]}} for g in GOODS
            ],
        },
    ),
    "pages": Part(
        """
        type Query { page(id: ID!): Page }
        type Page @key(fields: "id pid") { id: ID! pid: ID topic: Topic @shareable }
        type Topic { id: ID! @shareable }
        """,
        {"Query": {"page": lambda _, id: {"id": id, "pid": "x", "topic": {"id": "7"}}}},
        {"Page": []},
    ),
    "topics": Part(
        """
        type Page @key(fields: "id pid") @key(fields: "id") {
          id: ID! pid: ID topic: Topic @shareable name: String
        }
        type Topic { id: ID! @shareable about: String name: String @shareable }
        """,
        {"Page": {"name": "Page", "topic": {"id": "7", "about": "about", "name": "Topic"}}},
        {"Page": [{"id": "1"}]},
    ),
}
CASES = [
    Case(
        "every step to the next key",
        "{ top { goods { id pid cost { amount } group { main { id } id tag } } chosen { id } first { id } } }",
        {
            "top": {
                "goods": [
                    {
                        "id": g["id"],
                        "pid": g["pid"],
                        "cost": {"amount": g["cost"]},
                        "group": g["group"],
                    }
                    for g in GOODS
                ],
                "chosen": {"id": "2"},
                "first": {"id": "1"},
            }
        },
    ),
    Case(
        "a value without a key, completed through its parent",
        '{ page(id: "1") { id name topic { id name about } } }',
        {
            "page": {
                "id": "1",
                "name": "Page",
                "topic": {"id": "7", "name": "Topic", "about": "about"},
            }
        },
        fetches=("pages", "topics"),
    ),
]
