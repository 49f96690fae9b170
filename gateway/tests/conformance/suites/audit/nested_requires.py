"""A list required that itself requires."""

from federated.cases import Case, Part

PARTS = {
    "service1": Part(
        """
        type Query { user: User }
        type User @key(fields: "id") { id: ID! firstName: String! lastName: String! address: String }
        """,
        {"Query": {"user": {"id": "1", "firstName": "Jane", "lastName": "Doe"}}},
        {"User": [{"id": "1", "firstName": "Jane", "lastName": "Doe"}]},
    ),
    "service2": Part(
        """
        type UserOrder @key(fields: "id", resolvable: false) { id: ID! }
        type User @key(fields: "id") {
          id: ID!
          userOrders: [UserOrder!] @external
          totalOrdersPrices: Int @requires(fields: "userOrders { id }")
          aggregatedOrdersByStatus: Int @requires(fields: "userOrders { id }")
        }
        """,
        {
            "User": {
                "totalOrdersPrices": lambda user: len(user["userOrders"]) - 1,
                "aggregatedOrdersByStatus": lambda user: len(user["userOrders"]),
            }
        },
        {"User": [{"id": "1"}]},
    ),
    "service3": Part(
        """
        type UserOrder @key(fields: "id") { id: ID! }
        type User @key(fields: "id") {
          id: ID! lastName: String! @external userOrders: [UserOrder!] @requires(fields: "lastName")
        }
        """,
        {"User": {"userOrders": lambda user: [{"id": f"{user['lastName']}1"}]}},
        {"User": [{"id": "1"}]},
    ),
}
CASES = [
    Case(
        "two that require the same",
        "{ user { aggregatedOrdersByStatus totalOrdersPrices } }",
        {"user": {"aggregatedOrdersByStatus": 1, "totalOrdersPrices": 0}},
        fetches=("service1", "service3", "service2"),
    )
]
