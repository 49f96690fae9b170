"""A type extended by a third subgraph, reached through an interface object."""

from federated.cases import Case, Part

PARTS = {
    "a": Part(
        """
        type Query { media: Media }
        interface Media @key(fields: "id") { id: ID! title: String }
        type Video implements Media @key(fields: "id") { id: ID! title: String duration: Int }
        type Article implements Media @key(fields: "id") { id: ID! title: String wordCount: Int }
        """,
        {"Query": {"media": {"__typename": "Video", "id": "1", "title": "one", "duration": 100}}},
        {"Video": [{"id": "1", "title": "one", "duration": 100}], "Article": []},
    ),
    "b": Part(
        """
        type Query { author: Author }
        type Author @key(fields: "id") { id: ID! name: String }
        extend type Video @key(fields: "id") { id: ID! authorName: String }
        """,
        {"Query": {"author": {"id": "1", "name": "name"}}, "Video": {"authorName": "John"}},
        {"Author": [{"id": "1", "name": "name"}], "Video": [{"id": "1"}]},
    ),
    "c": Part(
        """
        type Query { playlist: Playlist }
        type Playlist @key(fields: "id") { id: ID! name: String media: Media }
        type Media @key(fields: "id") @interfaceObject { id: ID! }
        """,
        {"Query": {"playlist": {"id": "1", "name": "list", "media": {"id": "1"}}}},
        {"Media": [{"id": "1"}]},
    ),
}
CASES = [
    Case(
        "all of it",
        "{ media { id title ... on Video { duration authorName } ... on Article { wordCount } }"
        " author { id name } playlist { id name media { id ... on Video { duration } } } }",
        {
            "media": {"id": "1", "title": "one", "duration": 100, "authorName": "John"},
            "author": {"id": "1", "name": "name"},
            "playlist": {"id": "1", "name": "list", "media": {"id": "1", "duration": 100}},
        },
    ),
    Case(
        "the extension, through the object",
        "{ playlist { media { ... on Video { authorName } } } }",
        {"playlist": {"media": {"authorName": "John"}}},
    ),
]
