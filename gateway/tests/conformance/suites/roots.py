"""Shared roots, values without keys merged by position, mutations in order."""

from federated.cases import Case, Part

LOG: list[int] = []


def add(_, n):
    LOG.append(n)
    return len(LOG)


def times(_, n):
    LOG.extend([n] * n)
    return len(LOG)


def clear(_):
    count = len(LOG)
    LOG.clear()
    return count


COMMON = "type Query { one: Value @shareable many: [Value] @shareable }"
PARTS = {
    "names": Part(
        f"""
        {COMMON}
        type Value {{ id: ID! @shareable name: Name @shareable }}
        type Name {{ text: String }}
        type Mutation {{ add(n: Int!): Int make(id: ID!): Made }}
        type Made @key(fields: "id") {{ id: ID! }}
        """,
        {
            "Query": {
                "one": {"id": "1", "name": {"text": "n1"}},
                "many": [{"id": "1", "name": {"text": "n1"}}, {"id": "2", "name": {"text": "n2"}}],
            },
            "Mutation": {"add": add, "make": lambda _, id: {"id": id}},
        },
        {"Made": [{"id": "m"}]},
    ),
    "prices": Part(
        f"""
        {COMMON}
        type Value {{ id: ID! @shareable price: Int }}
        type Mutation {{ times(n: Int!): Int clear: Int }}
        type Made @key(fields: "id") {{ id: ID! price: Int }}
        """,
        {
            "Query": {"one": {"id": "1", "price": 10}, "many": [{"id": "1", "price": 10}, None]},
            "Mutation": {"times": times, "clear": clear},
        },
        {"Made": [{"id": "m", "price": 5}]},
    ),
}
CASES = [
    Case(
        "one value of two subgraphs",
        "{ one { id name { text } price } }",
        {"one": {"id": "1", "name": {"text": "n1"}, "price": 10}},
    ),
    Case(
        "lists by position, null where one subgraph has none",
        "{ many { id name { text } price } }",
        {
            "many": [
                {"id": "1", "name": {"text": "n1"}, "price": 10},
                {"id": "2", "name": {"text": "n2"}, "price": None},
            ]
        },
    ),
    Case(
        "one subgraph where one suffices",
        "{ one { id name { text } } }",
        {"one": {"id": "1", "name": {"text": "n1"}}},
        fetches=("names",),
    ),
    Case(
        "mutations run in order, and once for each name",
        "mutation { a: add(n: 1) b: add(n: 1) c: times(n: 3) d: add(n: 9) e: clear }",
        {"a": 1, "b": 2, "c": 5, "d": 6, "e": 6},
        fetches=("names", "names", "prices", "names", "prices"),
    ),
    Case(
        "what a mutation made is completed by another subgraph",
        'mutation { make(id: "m") { id price } }',
        {
            "make": {
                "id": "m",
                "price": 5,
            }
        },
    ),
]
