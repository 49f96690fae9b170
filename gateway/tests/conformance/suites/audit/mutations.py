"""Mutations in order, over subgraphs, one of them shared; state is forgotten as it is read."""

from federated.cases import Case, Part

GOODS = {}
GROUPS = {}
NUMBERS = {}


def first_good(_, id):
    GOODS["p1"] = {"id": "p1", "name": "p1-name", "price": 9.99}
    return GOODS[id]


def add_good(_, input):
    GOODS["added"] = {"id": "added", **input}
    return GOODS["added"]


def add_group(_, name, request):
    assert request not in GROUPS, "done twice"
    GROUPS[request] = {"id": f"c-{request}", "name": name}
    return GROUPS.pop(request)


def add(_, num, request):
    NUMBERS[request] = NUMBERS.get(request, 0) + num
    return NUMBERS[request]


def multiply(_, by, request):
    NUMBERS[request] = NUMBERS.get(request, 0) * by
    return NUMBERS[request]


PARTS = {
    "a": Part(
        """
        type Mutation {
          addProduct(input: AddProductInput!): Product!
          addCategory(name: String!, request: String!): Category! @shareable
          multiply(by: Int!, request: String!): Int!
        }
        type Query { product(id: ID!): Product! }
        input AddProductInput { name: String! price: Float! }
        type Product @key(fields: "id") { id: ID! name: String! price: Float! }
        type Category @key(fields: "id") { id: ID! }
        """,
        {
            "Query": {"product": first_good},
            "Mutation": {"addProduct": add_good, "addCategory": add_group, "multiply": multiply},
        },
        {"Product": []},
    ),
    "b": Part(
        """
        type Mutation {
          delete(request: String!): Int!
          addCategory(name: String!, request: String!): Category! @shareable
        }
        type Product @key(fields: "id") {
          id: ID! price: Float! @external isExpensive: Boolean! @requires(fields: "price")
          isAvailable: Boolean!
        }
        type Category @key(fields: "id") { id: ID! name: String! }
        """,
        {
            "Mutation": {
                "delete": lambda _, request: NUMBERS.pop(request),
                "addCategory": add_group,
            },
            "Product": {
                "isExpensive": lambda p: p["price"] > 100,
                "isAvailable": lambda p: GOODS.pop(p["id"], None) is not None,
            },
        },
        {"Product": [{"id": "p1"}, {"id": "added"}], "Category": []},
    ),
    "c": Part(
        "type Mutation { add(num: Int!, request: String!): Int! }", {"Mutation": {"add": add}}
    ),
}
CASES = [
    Case(
        "completed by another subgraph, which is asked once",
        'mutation { addProduct(input: { name: "new", price: 599.99 })'
        " { name price isExpensive isAvailable } }",
        {
            "addProduct": {
                "name": "new",
                "price": 599.99,
                "isExpensive": True,
                "isAvailable": True,
            }
        },
        fetches=("a", "b"),
    ),
    Case(
        "a query is asked once too",
        '{ product(id: "p1") { id name price isExpensive isAvailable } }',
        {
            "product": {
                "id": "p1",
                "name": "p1-name",
                "price": 9.99,
                "isExpensive": False,
                "isAvailable": True,
            }
        },
        fetches=("a", "b"),
    ),
    Case(
        "in order",
        'mutation { five: add(num: 5, request: "r") ten: multiply(by: 2, request: "r")'
        ' twelve: add(num: 2, request: "r") final: delete(request: "r") }',
        {"five": 5, "ten": 10, "twelve": 12, "final": 12},
        fetches=("c", "a", "c", "b"),
    ),
    Case(
        "a shared one is done once, where all of its answer is",
        'mutation { addCategory(name: "new", request: "s") { id name } }',
        {"addCategory": {"id": "c-s", "name": "new"}},
        fetches=("b",),
    ),
]
