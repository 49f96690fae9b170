"""Two unions of which each subgraph knows other members."""

from federated.cases import Case, Part

RINGS = {
    "__typename": "Book",
    "id": "b1",
    "title": "Rings",
    "aTitle": "A Rings",
    "bTitle": "B Rings",
}
SONG = {"__typename": "Song", "id": "s2", "title": "Song", "aTitle": "A Song"}
MOVIE = {"__typename": "Movie", "id": "m3", "title": "Movie", "bTitle": "B Movie"}

PARTS = {
    "a": Part(
        """
        type Query {
          media: Media @shareable aMedia: Media @shareable book: Book @shareable
          song: Media @shareable viewer: Viewer @shareable
        }
        union Media = Book | Song
        union ViewerMedia = Book | Song
        type Book @key(fields: "id") { id: ID! title: String! @shareable aTitle: String! }
        type Song @key(fields: "id") { id: ID! title: String! @shareable aTitle: String! }
        type Viewer {
          media: ViewerMedia @shareable aMedia: ViewerMedia book: Book @shareable
          song: ViewerMedia @shareable
        }
        """,
        {
            "Query": {
                "media": RINGS,
                "aMedia": RINGS,
                "book": RINGS,
                "song": SONG,
                "viewer": {"media": RINGS, "aMedia": RINGS, "book": RINGS, "song": SONG},
            }
        },
        {"Book": [RINGS], "Song": [SONG]},
    ),
    "b": Part(
        """
        type Query {
          media: Media @shareable bMedia: Media @shareable book: Media @shareable
          viewer: Viewer @shareable
        }
        union Media = Book | Movie
        union ViewerMedia = Book | Movie
        type Movie @key(fields: "id") { id: ID! title: String! @shareable bTitle: String! }
        type Book @key(fields: "id") { id: ID! title: String! @shareable bTitle: String! }
        type Viewer { media: ViewerMedia @shareable bMedia: ViewerMedia book: ViewerMedia @shareable }
        """,
        {
            "Query": {
                "media": RINGS,
                "bMedia": RINGS,
                "book": RINGS,
                "viewer": {"media": RINGS, "bMedia": MOVIE, "book": RINGS},
            }
        },
        {"Book": [RINGS], "Movie": [MOVIE]},
    ),
}
TITLES = "{ __typename ... on Song { title } ... on Movie { title } ... on Book { title } }"
DETAILS = (
    "{ __typename ... on Song { title aTitle } ... on Movie { title bTitle }"
    " ... on Book { title aTitle bTitle } }"
)
SHORT = {"__typename": "Book", "title": "Rings"}
LONG = {"__typename": "Book", "title": "Rings", "aTitle": "A Rings", "bTitle": "B Rings"}
CASES = [
    Case("a foreign member", "{ media { ... on Movie { title } } }", {"media": {}}),
    Case("a common member", "{ media { ... on Book { title } } }", {"media": {"title": "Rings"}}),
    Case(
        "both",
        "{ media { ... on Book { title } ... on Movie { title } } }",
        {"media": {"title": "Rings"}},
    ),
    Case(
        "within a shared object",
        f"{{ viewer {{ media {TITLES} book {TITLES} song {TITLES} }} }}",
        {
            "viewer": {
                "media": SHORT,
                "book": SHORT,
                "song": {"__typename": "Song", "title": "Song"},
            }
        },
    ),
    Case(
        "a foreign member within",
        "{ viewer { media { ... on Movie { title } } } }",
        {"viewer": {"media": {}}},
    ),
    Case(
        "a common member within",
        "{ viewer { media { ... on Book { title } } } }",
        {"viewer": {"media": {"title": "Rings"}}},
    ),
    Case(
        "both within",
        "{ viewer { media { ... on Book { title } ... on Movie { title } } } }",
        {"viewer": {"media": {"title": "Rings"}}},
    ),
    Case(
        "a foreign member with a field of the other subgraph",
        "{ aMedia { ... on Movie { title bTitle } } }",
        {"aMedia": {}},
    ),
    Case(
        "a common member completed by the other subgraph",
        "{ aMedia { ... on Book { title aTitle bTitle } } }",
        {"aMedia": {"title": "Rings", "aTitle": "A Rings", "bTitle": "B Rings"}},
    ),
    Case(
        "everything",
        f"{{ viewer {{ media {DETAILS} book {DETAILS} song {DETAILS} }} }}",
        {
            "viewer": {
                "media": LONG,
                "book": LONG,
                "song": {"__typename": "Song", "title": "Song", "aTitle": "A Song"},
            }
        },
    ),
    Case(
        "from either side",
        "{ viewer { aMedia { ... on Movie { title bTitle } } bMedia { ... on Movie { title bTitle } } } }",
        {"viewer": {"aMedia": {}, "bMedia": {"title": "Movie", "bTitle": "B Movie"}}},
    ),
]
