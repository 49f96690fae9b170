"""An ordinary federation, for tests of errors, batches, subscriptions and plans."""

from federated.cases import Case, Part

BOOKS = [
    {"id": "1", "title": "One", "writer": {"id": "w1"}, "shelf": {"code": "s"}},
    {"id": "2", "title": "Two", "writer": {"id": "w2"}, "shelf": None},
    {"id": "3", "title": "Three", "writer": {"id": "w1"}, "shelf": {"code": "s"}},
]


def failing(*_, **__):
    raise ValueError("broken shelf")


PARTS = {
    "books": Part(
        """
        type Query { books(first: Int = 10): [Book!] book(id: ID!): Book node(id: ID!): Node newest: Book any: Node }
        type Mutation { lend(id: ID!): Book give(id: ID!): Book! }
        type Subscription { lent: Book }
        interface Node { id: ID! }
        type Book implements Node @key(fields: "id") {
          id: ID! title: String! writer: Writer! shelf: Shelf
        }
        type Writer implements Node @key(fields: "id") { id: ID! }
        type Shelf { code: String! broken: String strict: String! }
        """,
        {
            "Query": {
                "books": lambda _, first: BOOKS[:first],
                "book": lambda _, id: next((b for b in BOOKS if b["id"] == id), None),
                "newest": BOOKS[0],
                "any": {"__typename": "Book", **BOOKS[0]},
                "node": lambda _, id: {"__typename": "Book", **BOOKS[int(id) - 1]},
            },
            "Mutation": {"lend": lambda _, id: BOOKS[int(id) - 1], "give": failing},
            "Shelf": {"broken": failing, "strict": failing},
        },
        {"Book": BOOKS, "Writer": [{"id": "w1"}, {"id": "w2"}]},
    ),
    "writers": Part(
        """
        type Query { writers: [Writer!]! }
        type Writer @key(fields: "id") { id: ID! name: String! born: Int prize: String }
        """,
        {
            "Query": {"writers": [{"id": "w1", "name": "Ann"}]},
            "Writer": {"prize": lambda writer: failing() if writer["id"] == "w2" else "gold"},
        },
        {
            "Writer": [
                {"id": "w1", "name": "Ann", "born": 1900},
                {"id": "w2", "name": "Ben", "born": None},
            ]
        },
    ),
    "reviews": Part(
        """
        type Book @key(fields: "id") { id: ID! reviews: [Review!]! stars: Int }
        type Review { text: String! by: Writer }
        type Writer @key(fields: "id") { id: ID! reviewed: Int }
        """,
        {},
        {
            "Book": [
                {"id": "1", "reviews": [{"text": "good", "by": {"id": "w2"}}], "stars": 5},
                {"id": "2", "reviews": [], "stars": None},
                {"id": "3", "reviews": [{"text": "bad", "by": None}], "stars": 1},
            ],
            "Writer": [{"id": "w1", "reviewed": 3}, {"id": "w2", "reviewed": 4}],
        },
    ),
}
CASES = [
    Case(
        "over three subgraphs",
        "{ books(first: 2) { title writer { name } reviews { text by { name } } } }",
        {
            "books": [
                {
                    "title": "One",
                    "writer": {"name": "Ann"},
                    "reviews": [{"text": "good", "by": {"name": "Ben"}}],
                },
                {"title": "Two", "writer": {"name": "Ben"}, "reviews": []},
            ]
        },
    ),
    Case(
        "variables with defaults, given, and null",
        "query ($n: Int = 1, $m: Int) { a: books(first: $n) { id } b: books(first: $m) { id } }",
        {"a": [{"id": "1"}], "b": [{"id": "1"}, {"id": "2"}]},
        variables={"m": 2},
    ),
    Case(
        "a mutation completed by another subgraph",
        'mutation { lend(id: "1") { title writer { name } } }',
        {"lend": {"title": "One", "writer": {"name": "Ann"}}},
        fetches=("books", "writers"),
    ),
]
