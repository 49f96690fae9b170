"""One field required with different arguments."""

from federated.cases import Case, Part

GOODS = [
    {"upc": "p1", "name": "name-1", "price": 11, "weight": 1, "category": {"averagePrice": 11}},
    {"upc": "p2", "name": "name-2", "price": 22, "weight": 2, "category": {"averagePrice": 22}},
]


def estimate(product):
    return product["price"] * product["weight"] * 10


PARTS = {
    "a": Part(
        """
        type Product @key(fields: "upc") {
          upc: String! weight: Int @external price(currency: String!): Int @external
          shippingEstimate: Int @requires(fields: "price(currency: \\"USD\\") weight")
          shippingEstimateEUR: Int @requires(fields: "price(currency: \\"EUR\\") weight")
          category: Category @external
          isExpensiveCategory: Boolean
            @requires(fields: "category { averagePrice(currency: \\"USD\\") }")
        }
        type Category @external { averagePrice(currency: String!): Int }
        """,
        {
            "Product": {
                "shippingEstimate": estimate,
                "shippingEstimateEUR": estimate,
                "isExpensiveCategory": lambda p: p["category"]["averagePrice"] > 11,
            }
        },
        {"Product": [{"upc": "p1"}, {"upc": "p2"}]},
    ),
    "b": Part(
        """
        type Query { products: [Product] }
        type Product @key(fields: "upc") {
          upc: String! name: String price(currency: String!): Int weight: Int category: Category
        }
        type Category { averagePrice(currency: String!): Int }
        """,
        {
            "Query": {"products": GOODS},
            "Product": {"price": lambda p, currency: p["price"] * {"USD": 1, "EUR": 2}[currency]},
            "Category": {"averagePrice": lambda c, currency: c["averagePrice"]},
        },
        {"Product": GOODS},
    ),
}
CASES = [
    Case(
        "each gets its own",
        "{ products { upc name shippingEstimate shippingEstimateEUR isExpensiveCategory } }",
        {
            "products": [
                {
                    "upc": "p1",
                    "name": "name-1",
                    "shippingEstimate": 110,
                    "shippingEstimateEUR": 220,
                    "isExpensiveCategory": False,
                },
                {
                    "upc": "p2",
                    "name": "name-2",
                    "shippingEstimate": 440,
                    "shippingEstimateEUR": 880,
                    "isExpensiveCategory": True,
                },
            ]
        },
    )
]
