"""Shared fields whose type is narrower in one subgraph than in another; keys that are external."""

from federated.cases import Case, Part

BOOK = {"__typename": "Book", "id": "b", "title": "Rings", "left": "L"}
SONG = {"__typename": "Song", "id": "s", "title": "Song", "left": "S"}
ALL = "{ __typename ... on Song { title } ... on Film { title } ... on Book { title left } }"

PARTS = {
    "left": Part(
        """
        type Query {
          media: Media @shareable tune: Media @shareable shelf: Shelf @shareable
        }
        union Media = Book | Song
        type Book @key(fields: "id") { id: ID! title: String! @shareable left: String! }
        type Song @key(fields: "id") { id: ID! title: String! @shareable left: String! }
        type Shelf { best: Book @shareable tune: Media @shareable own: Media }
        """,
        {
            "Query": {
                "media": BOOK,
                "tune": SONG,
                "shelf": {"best": BOOK, "tune": SONG, "own": BOOK},
            }
        },
        {"Book": [BOOK], "Song": [SONG]},
    ),
    "right": Part(
        """
        type Query { media: Media @shareable shelf: Shelf @shareable }
        union Media = Book | Film
        type Book { title: String! @shareable }
        type Film { title: String! @shareable }
        type Shelf { best: Media @shareable }
        """,
        {
            "Query": {
                "media": {"__typename": "Book", "title": "Rings"},
                "shelf": {"best": {"__typename": "Book", "title": "Rings"}},
            }
        },
    ),
    "details": Part(
        """
        type Item @key(fields: "id") { id: ID @external group: Group @shareable }
        type Group { about: String }
        """,
        {"Item": {"group": lambda item: {"about": f"about {item['id']}"}}},
        {"Item": [{"id": "1"}]},
    ),
    "items": Part(
        """
        type Query { item(id: ID!): Item }
        type Item @key(fields: "id") { id: ID group: Group @shareable }
        type Group @key(fields: "id") { id: ID }
        """,
        {"Query": {"item": lambda _, id: {"id": id, "group": {"id": "g"}}}},
        {"Item": [{"id": "1", "group": {"id": "g"}}]},
    ),
    "groups": Part(
        'type Group @key(fields: "id") { id: ID name: String }',
        {},
        {"Group": [{"id": "g", "name": "Group"}]},
    ),
}
RINGS = {"__typename": "Book", "title": "Rings", "left": "L"}
CASES = [
    Case(
        "unions of which each subgraph knows other members",
        f"{{ media {ALL} tune {ALL} }}",
        {"media": RINGS, "tune": {"__typename": "Song", "title": "Song"}},
    ),
    Case(
        "one subgraph promises the type, the other a union",
        f"{{ shelf {{ best {{ __typename title left }} tune {ALL} own {ALL} }} }}",
        {"shelf": {"best": RINGS, "tune": {"__typename": "Song", "title": "Song"}, "own": RINGS}},
    ),
    Case(
        "a member of one subgraph only",
        "{ media { ... on Film { title } } }",
        {"media": {}},
    ),
    Case(
        "an external key leads to its subgraph all the same",
        '{ item(id: "1") { id group { id name about } } }',
        {"item": {"id": "1", "group": {"id": "g", "name": "Group", "about": "about 1"}}},
    ),
]
