"""Hidden arguments and hidden enum values."""

from federated.cases import Case, Part

FRIENDS = {"u1": ["u2"], "u2": ["u1"]}
USERS = [{"id": u} for u in FRIENDS]
PARTS = {
    "age": Part(
        """
        type Query { usersInAge: [User!]! }
        type User @key(fields: "id") { id: ID age: Int }
        """,
        {"Query": {"usersInAge": USERS}, "User": {"age": 5}},
        {"User": USERS},
    ),
    "friends": Part(
        """
        type Query { usersInFriends: [User!]! }
        type User @key(fields: "id") {
          id: ID friends(type: FriendType = FAMILY @inaccessible): [User!]! type: FriendType
        }
        enum FriendType { FAMILY @inaccessible FRIEND }
        """,
        {
            "Query": {"usersInFriends": USERS},
            "User": {
                "friends": lambda user, type: [{"id": f} for f in FRIENDS[user["id"]]],
                "type": "FAMILY",
            },
        },
        {"User": USERS},
    ),
}
EACH = [{"id": u, "friends": [{"id": f[0]}]} for u, f in FRIENDS.items()]
CASES = [
    Case("by a hop", "{ usersInAge { id friends { id } } }", {"usersInAge": EACH}),
    Case(
        "directly",
        "{ usersInFriends { id friends { id } } }",
        {"usersInFriends": EACH},
        fetches=("friends",),
    ),
    Case(
        "a hidden argument is unknown",
        "{ usersInFriends { id friends(type: FRIEND) { id } } }",
        None,
        True,
    ),
    Case(
        "a hidden value is null",
        "{ usersInFriends { id friends { id type } } }",
        {
            "usersInFriends": [
                {"id": u, "friends": [{"id": f[0], "type": None}]} for u, f in FRIENDS.items()
            ]
        },
    ),
]
