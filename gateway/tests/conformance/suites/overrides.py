"""@override: a field moves to another subgraph, also on interfaces, with @requires, from nowhere."""

from federated.cases import Case, Part

PARTS = {
    "old": Part(
        """
        type Query { feed: [Post] oldOne: Item }
        interface Post { id: ID! made: String! }
        type Image implements Post @key(fields: "id") { id: ID! made: String! }
        type Item @key(fields: "id") { id: ID! price: Int weight: Int }
        """,
        {
            "Query": {
                "feed": [{"__typename": "Image", "id": "i", "made": "never"}],
                "oldOne": {"id": "x", "price": -1, "weight": 2},
            }
        },
        {"Image": [{"id": "i", "made": "never"}], "Item": [{"id": "x", "price": -1, "weight": 2}]},
    ),
    "new": Part(
        """
        type Query { newFeed: [NewPost] newOne: Item }
        interface NewPost { id: ID! made: String! }
        type Image implements NewPost @key(fields: "id") {
          id: ID!
          made: String! @override(from: "old")
          note: String @override(from: "nowhere")
        }
        type Item @key(fields: "id") {
          id: ID!
          price: Int @override(from: "old")
          weight: Int @external
          total: Int @requires(fields: "weight")
        }
        """,
        {
            "Query": {
                "newFeed": [{"__typename": "Image", "id": "i", "made": "today", "note": "n"}],
                "newOne": {"id": "x", "price": 10},
            },
            "Item": {"total": lambda item: item["weight"] * 10},
        },
        {"Image": [{"id": "i", "made": "today", "note": "n"}], "Item": [{"id": "x", "price": 10}]},
    ),
}
CASES = [
    Case(
        "the old subgraph is not asked any more",
        "{ oldOne { id price weight total } newOne { price total } }",
        {
            "oldOne": {"id": "x", "price": 10, "weight": 2, "total": 20},
            "newOne": {"price": 10, "total": 20},
        },
    ),
    Case(
        "a field of an interface whose type moved it",
        "{ feed { id made } newFeed { made ... on Image { note } } }",
        {"feed": [{"id": "i", "made": "today"}], "newFeed": [{"made": "today", "note": "n"}]},
    ),
    Case(
        "what did not move is answered as before",
        "{ feed { id } }",
        {"feed": [{"id": "i"}]},
        fetches=("old",),
    ),
]
