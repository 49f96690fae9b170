"""A shared interface field whose types' keys are external crosswise: some documents have no plan."""

from federated.cases import Case, Part

LEFT = {"u": {"__typename": "Person", "id": "u", "name": "Ulla"}}
RIGHT = {"r": {"__typename": "Room", "id": "r", "topic": "tea"}}


def left(_, id):
    return LEFT.get(id) or {"__typename": "Room", "id": "never"}


def right(_, id):
    return RIGHT.get(id) or {"__typename": "Person", "id": "never"}


PARTS = {
    "people": Part(
        """
        type Query { node(id: ID!): Node @shareable person(id: ID!): Person }
        interface Node { id: ID! }
        type Person implements Node @key(fields: "id") { id: ID! name: String! }
        type Room implements Node @key(fields: "id") { id: ID! @external host: Person! }
        """,
        {"Query": {"node": left, "person": left}, "Room": {"host": LEFT["u"]}},
        {"Person": list(LEFT.values()), "Room": [{"id": "r"}]},
    ),
    "rooms": Part(
        """
        type Query { node(id: ID!): Node @shareable room(id: ID!): Room }
        interface Node { id: ID! }
        type Person implements Node @key(fields: "id") { id: ID! @external rooms: [Room!]! }
        type Room implements Node @key(fields: "id") { id: ID! topic: String! }
        """,
        {
            "Query": {"node": right, "room": right},
            "Person": {"rooms": list(RIGHT.values())},
        },
        {"Room": list(RIGHT.values()), "Person": [{"id": "u"}]},
    ),
}
CASES = [
    Case("no subgraph can answer the key on the interface", '{ node(id: "u") { id } }', None, True),
    Case(
        "the type itself can be had",
        '{ person: node(id: "u") { __typename } room: node(id: "r") { __typename } }',
        {"person": {"__typename": "Person"}, "room": {"__typename": "Room"}},
    ),
    Case(
        "each type is asked of the subgraph that can answer it",
        '{ a: node(id: "u") { ... on Person { id name } } b: node(id: "r") { ... on Room { id topic } } }',
        {"a": {"id": "u", "name": "Ulla"}, "b": {"id": "r", "topic": "tea"}},
    ),
    Case(
        "fragments that do not apply leave empty objects",
        '{ a: node(id: "u") { ... on Room { id } } b: node(id: "r") { ... on Person { id } } }',
        {"a": {}, "b": {}},
    ),
    Case(
        "a fragment does not make the interface's field reachable",
        '{ node(id: "u") { id ... on Room { id } } }',
        None,
        True,
    ),
    Case(
        "from one entity to the other and back",
        '{ room(id: "r") { id topic host { id name rooms { id } } } }',
        {
            "room": {
                "id": "r",
                "topic": "tea",
                "host": {"id": "u", "name": "Ulla", "rooms": [{"id": "r"}]},
            }
        },
    ),
]
