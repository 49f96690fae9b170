"""Keys: simple, composite, nested, several, not resolvable, null."""

from federated.cases import Case, Part

PARTS = {
    "shelves": Part(
        """
        type Query { shelf: Shelf items: [Item] crates: [Crate] }
        type Shelf @key(fields: "id") { id: ID! items: [Item!]! }
        type Item
          @key(fields: "place { row column }", resolvable: false)
          @key(fields: "id place { column depth }")
          @key(fields: "code", resolvable: false)
          @key(fields: "id", resolvable: false) {
          id: ID! code: ID! place: Place! name: String! @external
          label: String! @requires(fields: "name")
        }
        type Place { row: ID! column: ID! depth: ID! }
        type Crate { item: Thing }
        type Thing @key(fields: "serial") { serial: ID }
        """,
        {
            "Query": {
                "shelf": {"id": "s", "items": [{"id": "1"}, {"id": "2"}]},
                "items": [{"id": "2"}],
                "crates": [{"item": {"serial": "t1"}}, {"item": {"serial": None}}, {"item": None}],
            },
            "Item": {
                "code": lambda item: f"code-{item['id']}",
                "place": lambda item: {"row": "r", "column": "c", "depth": item["id"]},
                "label": lambda item: f"<{item['name']}>",
            },
        },
        {"Item": [{"id": "1"}, {"id": "2"}]},
    ),
    "names": Part(
        """
        type Item
          @key(fields: "id")
          @key(fields: "code", resolvable: false)
          @key(fields: "place { row column }", resolvable: false)
          @key(fields: "id place { column depth }", resolvable: false) {
          id: ID! code: ID! place: Place! name: String!
        }
        type Place { row: ID! column: ID! depth: ID! }
        type Thing @key(fields: "serial") { serial: ID maker: Maker }
        type Maker @key(fields: "id") { id: ID }
        """,
        {"Item": {"name": lambda item: f"name {item['id']}"}},
        {
            "Item": [{"id": "1"}, {"id": "2"}],
            "Thing": [{"serial": "t1", "maker": {"id": None}}],
        },
    ),
    "makers": Part(
        'type Maker @key(fields: "id") { id: ID country: String }',
        {},
        {"Maker": [{"id": "m", "country": "never"}]},
    ),
}
CASES = [
    Case(
        "only resolvable keys are used, whatever others there are",
        "{ shelf { id items { id name label } } }",
        {
            "shelf": {
                "id": "s",
                "items": [
                    {"id": "1", "name": "name 1", "label": "<name 1>"},
                    {"id": "2", "name": "name 2", "label": "<name 2>"},
                ],
            }
        },
        fetches=("shelves", "names", "shelves"),
    ),
    Case(
        "an entity whose key is null is not asked for",
        "{ crates { item { serial maker { country } } } }",
        {
            "crates": [
                {"item": {"serial": "t1", "maker": {"country": None}}},
                {"item": {"serial": None, "maker": None}},
                {"item": None},
            ]
        },
        fetches=("shelves", "names"),
    ),
]
