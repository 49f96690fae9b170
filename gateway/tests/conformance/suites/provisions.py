"""@provides: nested, on interfaces and unions, and never more than is asked for."""

from federated.cases import Case, Part


def never(*_, **__):
    raise AssertionError("asked of the wrong subgraph")


ANIMALS = [
    {"__typename": "Dog", "id": "d", "name": "Fido"},
    {"__typename": "Cat", "id": "c", "name": "Whiskers"},
]
PARTS = {
    "owner": Part(
        """
        type Query { media: Media @shareable either: [Either] @shareable }
        interface Media { id: ID! }
        interface Animal { id: ID! }
        type Book implements Media @key(fields: "id") { id: ID! animals: [Animal] @shareable }
        type Dog implements Animal @key(fields: "id") { id: ID! @external }
        type Cat implements Animal @key(fields: "id") { id: ID! @external }
        union Either = Dog | Cat
        type Thing @key(fields: "id") {
          id: ID! name: String! @shareable text: String! @shareable extra: String!
        }
        type Group @key(fields: "id") { id: ID! name: String @shareable within: [Group] @shareable }
        """,
        {
            "Query": {"media": {"__typename": "Book", "id": "b"}},
            "Book": {"animals": ANIMALS},
            "Thing": {"name": never, "text": never},
            "Group": {"name": never, "within": never},
        },
        {
            "Book": [{"id": "b"}],
            "Thing": [{"id": "t", "extra": "more"}],
            "Group": [{"id": "g"}],
        },
    ),
    "provider": Part(
        """
        type Query {
          media: Media @shareable @provides(fields: "animals { id name }")
          either: [Either] @shareable @provides(fields: "... on Dog { name }")
          thing: Thing @provides(fields: "name text")
          groups: [Group] @provides(fields: "name within { id name }")
        }
        interface Media { id: ID! animals: [Animal] }
        interface Animal { id: ID! name: String }
        type Book implements Media { id: ID! @shareable animals: [Animal] @external }
        type Dog implements Animal { id: ID! @external name: String @external }
        type Cat implements Animal { id: ID! @external name: String @external }
        union Either = Dog | Cat
        type Thing @key(fields: "id") { id: ID! name: String! @external text: String! @external }
        type Group @key(fields: "id") {
          id: ID! name: String @external within: [Group] @external
        }
        """,
        {
            "Query": {
                "media": {"__typename": "Book", "id": "b", "animals": ANIMALS},
                "either": ANIMALS,
                "thing": {"id": "t", "name": "Thing"},
                "groups": [{"id": "g", "name": "G", "within": [{"id": "h", "name": "H"}]}],
            },
            "Thing": {"text": never},
        },
    ),
    "pets": Part(
        """
        type Dog @key(fields: "id") { id: ID! name: String @shareable age: Int }
        type Cat @key(fields: "id") { id: ID! name: String @shareable age: Int }
        """,
        {},
        {
            "Dog": [{"id": "d", "name": "Fido", "age": 8}],
            "Cat": [{"id": "c", "name": "Whiskers", "age": 6}],
        },
    ),
}
CASES = [
    Case(
        "on an interface",
        "{ media { id animals { id name } } }",
        {
            "media": {
                "id": "b",
                "animals": [{"id": "d", "name": "Fido"}, {"id": "c", "name": "Whiskers"}],
            }
        },
        fetches=("provider",),
    ),
    Case(
        "on one member of a union",
        "{ either { ... on Dog { name } } }",
        {"either": [{"name": "Fido"}, {}]},
        fetches=("provider",),
    ),
    Case(
        "what is not provided comes from its owner",
        "{ media { animals { id name ... on Cat { age } } } }",
        {
            "media": {
                "animals": [{"id": "d", "name": "Fido"}, {"id": "c", "name": "Whiskers", "age": 6}]
            }
        },
        fetches=("provider", "pets"),
    ),
    Case(
        "only what the client asked for is forwarded",
        "{ thing { id name extra ... on Thing @skip(if: true) { text } } }",
        {"thing": {"id": "t", "name": "Thing", "extra": "more"}},
        fetches=("provider", "owner"),
    ),
    Case(
        "nested",
        "{ groups { id name within { id name } } }",
        {"groups": [{"id": "g", "name": "G", "within": [{"id": "h", "name": "H"}]}]},
        fetches=("provider",),
    ),
]
