"""An entity that the subgraph in the middle does not know."""

from federated.cases import Case, Part

AUTHORS = {"b1": "Alice", "b2": "Bob", "b3": "Jack"}
PARTS = {
    "a": Part(
        """
        type Query { bookContainers: [BookContainer] }
        type BookContainer { book: Book }
        type Book @key(fields: "upc") { upc: ID! }
        """,
        {"Query": {"bookContainers": [{"book": {"upc": u}} for u in AUTHORS]}},
        {"Book": [{"upc": u} for u in AUTHORS]},
    ),
    "b": Part(
        'type Book @key(fields: "id") @key(fields: "upc") { id: ID! upc: ID! }',
        {},
        {"Book": [{"id": "1", "upc": "b1"}, {"id": "2", "upc": "b2"}]},
    ),
    "c": Part(
        """
        type Book @key(fields: "id") { id: ID! author: Author }
        type Author { id: ID! name: String }
        """,
        {},
        {
            "Book": [
                {"id": str(n), "author": {"id": f"a{n}", "name": AUTHORS[f"b{n}"]}}
                for n in (1, 2, 3)
            ]
        },
    ),
}
CASES = [
    Case(
        "null, and no error",
        "{ bookContainers { book { upc author { name } } } }",
        {
            "bookContainers": [
                {"book": {"upc": "b1", "author": {"name": "Alice"}}},
                {"book": {"upc": "b2", "author": {"name": "Bob"}}},
                {"book": {"upc": "b3", "author": None}},
            ]
        },
        fetches=("a", "b", "c"),
    )
]
