"""Interface objects beside the interfaces that they stand for; their own type names are wrong."""

from federated.cases import Case, Part

USERS = [
    {"__typename": "User", "id": "u1", "name": "name-1", "age": 11},
    {"__typename": "User", "id": "u2", "name": "name-2", "age": 22},
]
ACCOUNTS = [
    {"__typename": "Admin", "id": "u1", "isMain": False, "isActive": True},
    {"__typename": "Admin", "id": "u2", "isMain": False, "isActive": True},
    {"__typename": "Regular", "id": "u3", "isMain": False},
]
NAMES = {"u1": "Alice", "u2": "Bob", "u3": "Charlie"}
KEYS = [{"id": i} for i in NAMES]
PARTS = {
    "a": Part(
        """
        type Query { users: [NodeWithName!]! }
        interface NodeWithName @key(fields: "id") { id: ID! name: String }
        type User implements NodeWithName @key(fields: "id") { id: ID! name: String age: Int }
        interface Account @key(fields: "id") { id: ID! }
        type Admin implements Account @key(fields: "id") {
          id: ID! isMain: Boolean! isActive: Boolean! @shareable
        }
        type Regular implements Account @key(fields: "id") { id: ID! isMain: Boolean! }
        """,
        {"Query": {"users": USERS}},
        {"User": USERS, "Admin": ACCOUNTS[:2], "Regular": ACCOUNTS[2:]},
    ),
    "b": Part(
        """
        type Query { anotherUsers: [NodeWithName] accounts: [Account] @shareable }
        type NodeWithName @key(fields: "id") @interfaceObject { id: ID! username: String }
        type Account @key(fields: "id") @interfaceObject { id: ID! name: String! }
        """,
        {
            "Query": {"anotherUsers": KEYS[:2], "accounts": KEYS},
            "NodeWithName": {"username": lambda u: f"user-{u['id'][1]}"},
            "Account": {"name": lambda a: NAMES[a["id"]]},
        },
        {"NodeWithName": KEYS[:2], "Account": KEYS},
    ),
    "c": Part(
        'type Account @key(fields: "id") @interfaceObject { id: ID! isActive: Boolean! @shareable }',
        {"Account": {"isActive": False}},
        {"Account": KEYS},
    ),
}
FULL = [{"id": f"u{n}", "name": f"name-{n}", "username": f"user-{n}"} for n in (1, 2)]
AGES = [{"age": 11}, {"age": 22}]
WHOLE = [{**f, **a} for f, a in zip(FULL, AGES, strict=True)]
CASES = [
    Case("from the object", "{ anotherUsers { id name username } }", {"anotherUsers": FULL}),
    Case("from the interface", "{ users { id name username } }", {"users": FULL}),
    Case("a type's field", "{ anotherUsers { ... on User { age } } }", {"anotherUsers": AGES}),
    Case("the same at home", "{ users { ... on User { age } } }", {"users": AGES}, fetches=("a",)),
    Case(
        "by type and by interface",
        "{ anotherUsers { ... on User { age id name username } id name } }",
        {"anotherUsers": WHOLE},
    ),
    Case(
        "the same from the interface",
        "{ users { ... on User { age id name username } id name } }",
        {"users": WHOLE},
        fetches=("a", "b"),
    ),
    Case(
        "no entity call for the object's own field",
        "{ accounts { name } }",
        {"accounts": [{"name": n} for n in NAMES.values()]},
        fetches=("b",),
    ),
    Case(
        "its own field under a type's condition takes the type",
        "{ accounts { ... on Admin { name } } }",
        {"accounts": [{"name": "Alice"}, {"name": "Bob"}, {}]},
    ),
    Case(
        "its type's name",
        "{ accounts { name __typename } }",
        {"accounts": [{"name": NAMES[a["id"]], "__typename": a["__typename"]} for a in ACCOUNTS]},
        fetches=("b", "a"),
    ),
    Case(
        "only its type's name, for one type",
        "{ accounts { ... on Admin { __typename } } }",
        {"accounts": [{"__typename": "Admin"}, {"__typename": "Admin"}, {}]},
    ),
    Case(
        "another object's field",
        "{ accounts { id isActive } }",
        {"accounts": [{"id": i, "isActive": False} for i in NAMES]},
        fetches=("b", "c"),
    ),
    Case(
        "a type's own field hides the object's",
        "{ accounts { id ... on Admin { isActive } } }",
        {
            "accounts": [
                {"id": "u1", "isActive": True},
                {"id": "u2", "isActive": True},
                {"id": "u3"},
            ]
        },
    ),
]
