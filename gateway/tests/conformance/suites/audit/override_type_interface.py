"""An overridden field, reached through an interface."""

from federated.cases import Case, Part

IMAGES = [{"__typename": "ImagePost", "id": i, "createdAt": f"{i}-at"} for i in ("i1", "i2")]
PARTS = {
    "a": Part(
        """
        type Query { feed: [Post] }
        interface Post { id: ID! createdAt: String! }
        type ImagePost implements Post @key(fields: "id") { id: ID! createdAt: String! }
        """,
        {"Query": {"feed": IMAGES}, "ImagePost": {"createdAt": "never"}},
        {"ImagePost": IMAGES},
    ),
    "b": Part(
        """
        type Query { anotherFeed: [AnotherPost] }
        interface Post { id: ID! createdAt: String! }
        type TextPost implements Post @key(fields: "id") { id: ID! createdAt: String! body: String! }
        interface AnotherPost { id: ID! createdAt: String! }
        type ImagePost implements AnotherPost @key(fields: "id") {
          id: ID! createdAt: String! @override(from: "a")
        }
        """,
        {"Query": {"anotherFeed": IMAGES}},
        {"ImagePost": IMAGES, "TextPost": []},
    ),
}
ATS = [{"createdAt": i["createdAt"]} for i in IMAGES]
BOTH = [{"id": i["id"], "createdAt": i["createdAt"]} for i in IMAGES]
CASES = [
    Case("asked of the new owner", "{ feed { id createdAt } }", {"feed": BOTH}, fetches=("a", "b")),
    Case("a type unknown there", "{ feed { ... on TextPost { id body } } }", {"feed": [{}, {}]}),
    Case(
        "at the new owner's", "{ anotherFeed { createdAt } }", {"anotherFeed": ATS}, fetches=("b",)
    ),
    Case(
        "by interface and by type",
        "{ anotherFeed { createdAt id ... on ImagePost { createdAt id } } }",
        {"anotherFeed": BOTH},
        fetches=("b",),
    ),
]
