"""@requires of fields with arguments, beside the client's own arguments."""

from federated.cases import Case, Part

GOODS = [
    {"upc": "p1", "name": "name-1", "price": 11, "weight": 1, "category": {"averagePrice": 11}},
    {"upc": "p2", "name": "name-2", "price": 22, "weight": 2, "category": {"averagePrice": 22}},
]
COMMENTS = [
    {"id": "c1", "postId": "p1", "authorId": "a2", "body": "1"},
    {"id": "c2", "postId": "p1", "authorId": "a2", "body": "2"},
    {"id": "c3", "postId": "p1", "authorId": "a2", "body": "3"},
    {"id": "c4", "postId": "p2", "authorId": "a1", "body": "4"},
    {"id": "c5", "postId": "p2", "authorId": "a1", "body": "5"},
    {"id": "c6", "postId": "p2", "authorId": "a1", "body": "6"},
    {"id": "c7", "postId": "p2", "authorId": "a1", "body": "3"},
]
POSTS = [{"id": "p1"}, {"id": "p2"}]


def comments(post, limit):
    return [c for c in COMMENTS if c["postId"] == post["id"]][:limit]


def author(post):
    assert len(post["comments"]) == 3
    return {"id": post["comments"][2]["authorId"]}


def is_spam(comment):
    elsewhere = comment["sameCommentOnOtherPosts"]
    return bool(elsewhere) and all(c["id"] for post in elsewhere for c in post["comments"])


def same_elsewhere(comment):
    body = {c["id"]: c["body"] for c in COMMENTS}[comment["id"]]
    home = {c["id"]: c["postId"] for c in COMMENTS}[comment["id"]]
    return [{"id": c["postId"]} for c in COMMENTS if c["body"] == body and c["postId"] != home]


PARTS = {
    "a": Part(
        """
        type Product @key(fields: "upc") {
          upc: String! weight: Int @external price(currency: String!): Int @external
          shippingEstimate: Int @requires(fields: "price(currency: \\"USD\\") weight")
          category: Category @external
          isExpensiveCategory: Boolean
            @requires(fields: "category { averagePrice(currency: \\"USD\\") }")
        }
        type Category @external { averagePrice(currency: String!): Int }
        """,
        {
            "Product": {
                "shippingEstimate": lambda p: p["price"] * p["weight"] * 10,
                "isExpensiveCategory": lambda p: p["category"]["averagePrice"] > 11,
            }
        },
        {"Product": [{"upc": "p1"}, {"upc": "p2"}]},
    ),
    "b": Part(
        """
        type Query { products: [Product] }
        type Product @key(fields: "upc") {
          upc: String! name: String price(currency: String!): Int weight: Int category: Category
        }
        type Category { averagePrice(currency: String!): Int }
        """,
        {
            "Query": {"products": GOODS},
            "Product": {"price": lambda p, currency: p["price"]},
            "Category": {"averagePrice": lambda c, currency: c["averagePrice"]},
        },
        {"Product": GOODS},
    ),
    "c": Part(
        """
        type Query { feed: [Post] }
        type Post @key(fields: "id") { id: ID! comments(limit: Int!): [Comment] @external }
        type Comment @key(fields: "id") {
          id: ID! authorId: ID body: String! sameCommentOnOtherPosts: [Post] @external
          isCommentSpam: Boolean
            @requires(fields: "sameCommentOnOtherPosts { comments(limit: 50) { id } }")
        }
        """,
        {"Query": {"feed": POSTS}, "Comment": {"isCommentSpam": is_spam}},
        {"Post": POSTS, "Comment": COMMENTS},
    ),
    "d": Part(
        """
        type Post @key(fields: "id") {
          id: ID!
          author: Author @requires(fields: "comments(limit: 3) { authorId }")
          comments(limit: Int!): [Comment]
        }
        type Comment @key(fields: "id") {
          id: ID! date: String authorId: ID @external sameCommentOnOtherPosts: [Post]
        }
        type Author { id: ID! name: String }
        """,
        {
            "Post": {"author": author, "comments": comments},
            "Comment": {"sameCommentOnOtherPosts": same_elsewhere},
        },
        {"Post": POSTS, "Comment": [{"id": c["id"]} for c in COMMENTS]},
    ),
}
AUTHORS = [{"author": {"id": "a2"}}, {"author": {"id": "a1"}}]
FIRST = [{**a, "comments": [{"id": c}]} for a, c in zip(AUTHORS, ("c1", "c4"), strict=True)]
CASES = [
    Case(
        "arguments in what is required",
        "{ products { upc name shippingEstimate } }",
        {
            "products": [
                {"upc": "p1", "name": "name-1", "shippingEstimate": 110},
                {"upc": "p2", "name": "name-2", "shippingEstimate": 440},
            ]
        },
    ),
    Case("of lists", "{ feed { author { id } } }", {"feed": AUTHORS}),
    Case(
        "beside the client's own",
        "{ feed { author { id } comments(limit: 1) { id } } }",
        {"feed": FIRST},
    ),
    Case(
        "nested, where the client asks the same",
        "{ feed { comments(limit: 3) { isCommentSpam } } }",
        {
            "feed": [
                {"comments": [{"isCommentSpam": s} for s in (False, False, True)]},
                {"comments": [{"isCommentSpam": False}] * 3},
            ]
        },
    ),
    Case(
        "by a variable",
        "query($limit: Int = 1) { feed { author { id } comments(limit: $limit) { id } } }",
        {"feed": FIRST},
    ),
    Case(
        "by a variable in two fragments",
        "query($limit: Int = 1) { feed { author { id } ...A ...B } }"
        " fragment A on Post { comments(limit: $limit) { id } }"
        " fragment B on Post { comments(limit: $limit) { id } }",
        {"feed": FIRST},
    ),
]
