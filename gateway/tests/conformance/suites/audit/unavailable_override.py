"""A field said to have moved from a subgraph that is not there."""

from federated.cases import Case, Part

POSTS = [{"id": p, "createdAt": f"{p}-at"} for p in ("p1", "p2")]
PARTS = {
    "a": Part(
        """
        type Query { feed: [Post] @shareable aFeed: [Post] }
        type Post @key(fields: "id") { id: ID! createdAt: String! @shareable }
        """,
        {"Query": {"feed": POSTS, "aFeed": POSTS[1:]}},
        {"Post": POSTS},
    ),
    "b": Part(
        """
        type Query { feed: [Post] @shareable bFeed: [Post] }
        type Post @key(fields: "id") {
          id: ID! createdAt: String! @override(from: "nowhere") @shareable
        }
        """,
        {"Query": {"feed": POSTS, "bFeed": POSTS[:1]}},
        {"Post": POSTS},
    ),
}
CASES = [
    Case(
        "either will do",
        "{ feed { createdAt } }",
        {"feed": [{"createdAt": "p1-at"}, {"createdAt": "p2-at"}]},
    ),
    Case(
        "from either side, without a hop",
        "{ aFeed { createdAt } bFeed { createdAt } }",
        {"aFeed": [{"createdAt": "p2-at"}], "bFeed": [{"createdAt": "p1-at"}]},
    ),
]
