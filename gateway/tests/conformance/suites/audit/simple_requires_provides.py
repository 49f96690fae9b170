"""Accounts, products, stock and reviews, with @requires and @provides."""

from federated.cases import Case, Part

GOODS = [
    {"upc": "p1", "name": "name-1", "price": 11, "weight": 1},
    {"upc": "p2", "name": "name-2", "price": 22, "weight": 2},
]
REVIEWS = [
    {"id": "r1", "body": "b1", "user": "u1", "upc": "p1"},
    {"id": "r2", "body": "b2", "user": "u1", "upc": "p2"},
]
USER = {"id": "u1", "username": "user-1"}
PARTS = {
    "accounts": Part(
        """
        type Query { me: User }
        type User @key(fields: "id") { id: ID! name: String username: String @shareable }
        """,
        {"Query": {"me": USER}},
        {"User": [USER]},
    ),
    "inventory": Part(
        """
        type Product @key(fields: "upc") {
          upc: String! weight: Int @external price: Int @external inStock: Boolean
          shippingEstimate: Int @requires(fields: "price weight")
          shippingEstimateTag: String @requires(fields: "price weight")
        }
        """,
        {
            "Product": {
                "inStock": lambda p: p["upc"] == "p1",
                "shippingEstimate": lambda p: p["price"] * p["weight"] * 10,
                "shippingEstimateTag": lambda p: f"#{p['upc']}#{p['price'] * p['weight'] * 10}#",
            }
        },
        {"Product": [{"upc": g["upc"]} for g in GOODS]},
    ),
    "products": Part(
        """
        type Query { products: [Product] }
        type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }
        """,
        {"Query": {"products": GOODS}},
        {"Product": GOODS},
    ),
    "reviews": Part(
        """
        type Review @key(fields: "id") {
          id: ID! body: String author: User @provides(fields: "username") product: Product
        }
        type User @key(fields: "id") { id: ID! username: String @external reviews: [Review] }
        type Product @key(fields: "upc") { upc: String! reviews: [Review] }
        """,
        {
            "Review": {"author": USER, "product": lambda r: {"upc": r["upc"]}},
            "User": {"reviews": REVIEWS},
            "Product": {"reviews": lambda p: [r for r in REVIEWS if r["upc"] == p["upc"]]},
        },
        {"User": [{"id": "u1"}], "Product": [{"upc": "p1"}, {"upc": "p2"}], "Review": REVIEWS},
    ),
}


def mine(*products):
    return {"me": {"reviews": [{"product": p} for p in products]}}


CASES = [
    Case("the key alone", "{ me { id } }", {"me": {"id": "u1"}}, fetches=("accounts",)),
    Case(
        "one hop",
        "{ me { id reviews { id } } }",
        {"me": {"id": "u1", "reviews": [{"id": "r1"}, {"id": "r2"}]}},
        fetches=("accounts", "reviews"),
    ),
    Case(
        "what is provided needs no hop",
        "{ me { reviews { id author { id username } product { inStock } } } }",
        {
            "me": {
                "reviews": [
                    {"id": "r1", "author": USER, "product": {"inStock": True}},
                    {"id": "r2", "author": USER, "product": {"inStock": False}},
                ]
            }
        },
        fetches=("accounts", "reviews", "inventory"),
    ),
    Case("names", "{ products { name } }", {"products": [{"name": "name-1"}, {"name": "name-2"}]}),
    Case("prices", "{ products { price } }", {"products": [{"price": 11}, {"price": 22}]}),
    Case(
        "what is required is fetched",
        "{ products { shippingEstimate } }",
        {"products": [{"shippingEstimate": 110}, {"shippingEstimate": 440}]},
        fetches=("products", "inventory"),
    ),
    Case(
        "and answered if it was asked for too",
        "{ products { shippingEstimate weight price } }",
        {
            "products": [
                {"shippingEstimate": 110, "weight": 1, "price": 11},
                {"shippingEstimate": 440, "weight": 2, "price": 22},
            ]
        },
    ),
    Case(
        "provided and required in one",
        "{ products { reviews { id author { username } product { name shippingEstimate } } } }",
        {
            "products": [
                {
                    "reviews": [
                        {
                            "id": f"r{n}",
                            "author": {"username": "user-1"},
                            "product": {"name": f"name-{n}", "shippingEstimate": 110 * n * n},
                        }
                    ]
                }
                for n in (1, 2)
            ]
        },
    ),
    Case(
        "round in a circle",
        "{ me { reviews { product { reviews { id } } } } }",
        mine({"reviews": [{"id": "r1"}]}, {"reviews": [{"id": "r2"}]}),
    ),
    Case(
        "two hops",
        "{ me { reviews { product { inStock } } } }",
        mine({"inStock": True}, {"inStock": False}),
    ),
    Case(
        "required after two hops",
        "{ me { reviews { product { shippingEstimate } } } }",
        mine({"shippingEstimate": 110}, {"shippingEstimate": 440}),
        fetches=("accounts", "reviews", "products", "inventory"),
    ),
    Case(
        "two that require the same",
        "{ me { reviews { product { shippingEstimate shippingEstimateTag } } } }",
        mine(
            {"shippingEstimate": 110, "shippingEstimateTag": "#p1#110#"},
            {"shippingEstimate": 440, "shippingEstimateTag": "#p2#440#"},
        ),
        fetches=("accounts", "reviews", "products", "inventory"),
    ),
]
