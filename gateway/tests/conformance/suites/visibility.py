"""@inaccessible, enum and input intersections, executable directives, __typename."""

from federated.cases import Case, Part

PEOPLE = [{"id": "1", "kind": "REGULAR"}, {"id": "2", "kind": "HIDDEN"}]
PARTS = {
    "public": Part(
        """
        extend schema @link(url: "https://example.com/access/v1.0", import: ["@access"])
          @composeDirective(name: "@access")
        directive @access(scope: Scope = PUBLIC) on FIELD
        enum Scope { PUBLIC PRIVATE }
        type Query { people: [Person] secret: Int @inaccessible greet(input: Greeting!): String }
        type Person @key(fields: "id") { id: ID kind: Kind @shareable }
        enum Kind { REGULAR }
        input Greeting { name: String! tone: String }
        """,
        {"Query": {"people": PEOPLE, "greet": lambda _, input: f"{input}"}},
        {"Person": PEOPLE},
    ),
    "private": Part(
        """
        extend schema @link(url: "https://example.com/access/v1.0", import: ["@access"])
          @composeDirective(name: "@access")
        directive @access(scope: Scope = PUBLIC) on FIELD
        enum Scope { PUBLIC PRIVATE }
        type Query {
          all: [Person] byKind(kind: Kind!): [Person]
          friends(kind: Kind = HIDDEN @inaccessible): [Person]
          greetToo(input: Greeting!): String
        }
        type Person @key(fields: "id") { id: ID kind: Kind @shareable }
        enum Kind { HIDDEN @inaccessible REGULAR }
        input Greeting { name: String! }
        """,
        {
            "Query": {
                "all": PEOPLE,
                "byKind": lambda _, kind: [p for p in PEOPLE if p["kind"] == kind],
                "friends": lambda _, kind: [p for p in PEOPLE if p["kind"] == kind],
                "greetToo": lambda _, input: f"{input}",
            }
        },
        {"Person": PEOPLE},
    ),
}
CASES = [
    Case(
        "a hidden enum value is null, and no error",
        "{ all { id kind } }",
        {"all": [{"id": "1", "kind": "REGULAR"}, {"id": "2", "kind": None}]},
    ),
    Case(
        "a value that the subgraph itself does not know is its error",
        "{ people { id kind } }",
        {"people": [{"id": "1", "kind": "REGULAR"}, {"id": "2", "kind": None}]},
        True,
    ),
    Case(
        "a shown value may be given", "{ byKind(kind: REGULAR) { id } }", {"byKind": [{"id": "1"}]}
    ),
    Case("a hidden value may not", "{ byKind(kind: HIDDEN) { id } }", None, True),
    Case("a hidden argument keeps its default", "{ friends { id } }", {"friends": [{"id": "2"}]}),
    Case("a hidden argument may not be given", "{ friends(kind: REGULAR) { id } }", None, True),
    Case("a hidden field is unknown", "{ secret }", None, True),
    Case(
        "inputs have what all subgraphs know",
        '{ greet(input: {name: "A"}) greetToo(input: {name: "B"}) }',
        {"greet": "{'name': 'A'}", "greetToo": "{'name': 'B'}"},
    ),
    Case("and nothing else", '{ greet(input: {name: "A", tone: "x"}) }', None, True),
    Case(
        "an executable directive with a default",
        "{ people @access { id } all @access(scope: PRIVATE) { id } }",
        {"people": [{"id": "1"}, {"id": "2"}], "all": [{"id": "1"}, {"id": "2"}]},
    ),
    Case(
        "introspection shows the client's schema only",
        '{ __type(name: "Kind") { enumValues { name } } q: __schema { queryType { fields { name } } } __typename }',
        {
            "__type": {"enumValues": [{"name": "REGULAR"}]},
            "q": {
                "queryType": {
                    "fields": [
                        {"name": n}
                        for n in ("all", "byKind", "friends", "greetToo", "people", "greet")
                    ]
                }
            },
            "__typename": "Query",
        },
    ),
]
