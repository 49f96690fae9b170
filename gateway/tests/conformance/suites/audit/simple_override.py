"""A field that has moved."""

from federated.cases import Case, Part

POSTS = [{"id": p, "createdAt": f"{p}-at"} for p in ("p1", "p2")]
PARTS = {
    "a": Part(
        """
        type Query { feed: [Post] @shareable aFeed: [Post] }
        type Post @key(fields: "id") { id: ID! createdAt: String! }
        """,
        {"Query": {"feed": POSTS, "aFeed": POSTS[1:]}, "Post": {"createdAt": "never"}},
        {"Post": POSTS},
    ),
    "b": Part(
        """
        type Query { feed: [Post] @shareable bFeed: [Post] }
        type Post @key(fields: "id") { id: ID! createdAt: String! @override(from: "a") @shareable }
        """,
        {"Query": {"feed": POSTS, "bFeed": POSTS[:1]}},
        {"Post": POSTS},
    ),
}
CASES = [
    Case(
        "the shared root is asked where the field is",
        "{ feed { createdAt } }",
        {"feed": [{"createdAt": "p1-at"}, {"createdAt": "p2-at"}]},
        fetches=("b",),
    ),
    Case(
        "from either side",
        "{ aFeed { createdAt } bFeed { createdAt } }",
        {"aFeed": [{"createdAt": "p2-at"}], "bFeed": [{"createdAt": "p1-at"}]},
    ),
]
