"""@requires: chained, circular, with arguments, with fragments, through interfaces."""

from federated.cases import Case, Part

PARTS = {
    "base": Part(
        """
        type Query { things: [Thing] circle: [Circle] parcel: Parcel letter: Parcel toy: Parcel }
        type Thing @key(fields: "id") {
          id: ID! price(currency: String!): Int weight: Int group: Group
        }
        type Group { average(currency: String!): Int }
        type Circle @key(fields: "id") {
          id: ID!
          byFew: Boolean! @external
          byMany: Boolean! @requires(fields: "byFew")
        }
        type Writer @key(fields: "id") { id: ID! years: Int! }
        type Parcel @key(fields: "id") { id: ID! content: Content }
        interface Content { mass: Int }
        interface Wrapped implements Content { mass: Int paper: String }
        type Book implements Content & Wrapped @shareable { mass: Int paper: String pages: Int }
        type Toy implements Content & Wrapped @shareable { mass: Int paper: String age: Int }
        """,
        {
            "Query": {
                "things": [{"id": "1"}, {"id": "2"}],
                "circle": [{"id": "c1"}, {"id": "c2"}],
                "parcel": {"id": "p"},
                "letter": {"id": "l"},
                "toy": {"id": "q"},
            },
            "Thing": {
                "price": lambda t, currency: int(t["id"]) * {"USD": 10, "EUR": 20}[currency],
                "weight": lambda t: int(t["id"]),
                "group": {},
            },
            "Group": {"average": lambda _, currency: {"USD": 15, "EUR": 30}[currency]},
            "Circle": {"byMany": lambda c: not c["byFew"]},
            "Parcel": {
                "content": lambda parcel: {
                    "p": {"__typename": "Book", "mass": 3, "paper": "brown", "pages": 99},
                    "l": None,
                    "q": {"__typename": "Toy", "mass": 1, "paper": "red", "age": 3},
                }[parcel["id"]]
            },
        },
        {
            "Thing": [{"id": "1"}, {"id": "2"}],
            "Circle": [{"id": "c1"}, {"id": "c2"}],
            "Writer": [{"id": "w1", "years": 1}, {"id": "w2", "years": 20}],
            "Parcel": [{"id": "p"}, {"id": "l"}, {"id": "q"}],
        },
    ),
    "costs": Part(
        """
        type Thing @key(fields: "id") {
          id: ID!
          weight: Int @external
          price(currency: String!): Int @external
          group: Group @external
          shipping: Int @requires(fields: "price(currency: \\"USD\\") weight")
          shippingEuro: Int @requires(fields: "price(currency: \\"EUR\\") weight")
          dearGroup: Boolean @requires(fields: "group { average(currency: \\"USD\\") }")
        }
        type Group @external { average(currency: String!): Int }
        type Circle @key(fields: "id") {
          id: ID!
          writer: Writer
          byFew: Boolean! @requires(fields: "writer { years }")
        }
        type Writer @key(fields: "id") { id: ID! years: Int! @external }
        type Parcel @key(fields: "id") {
          id: ID!
          content: Content @external
          stamp: String @requires(fields: "content { mass ... on Book { paper pages } ... on Toy { paper age } }")
          heavy: String @requires(fields: "content { ... on Toy { age } }")
        }
        interface Content { mass: Int }
        interface Wrapped implements Content { mass: Int paper: String }
        type Book implements Content & Wrapped @shareable { mass: Int paper: String pages: Int }
        type Toy implements Content & Wrapped @shareable @inaccessible { mass: Int paper: String age: Int }
        """,
        {
            "Thing": {
                "shipping": lambda t: t["price"] * t["weight"],
                "shippingEuro": lambda t: t["price"] * t["weight"],
                "dearGroup": lambda t: t["group"]["average"] > 14,
            },
            "Circle": {
                "writer": lambda c: {"id": c["id"].replace("c", "w")},
                "byFew": lambda c: c["writer"]["years"] < 5,
            },
            "Parcel": {
                "stamp": lambda p: p["content"] and ",".join(map(str, p["content"].values())),
                "heavy": lambda p: p["content"] and str(p["content"].get("age")),
            },
        },
        {
            "Thing": [{"id": "1"}, {"id": "2"}],
            "Circle": [{"id": "c1"}, {"id": "c2"}],
            "Parcel": [{"id": "p"}, {"id": "l"}, {"id": "q"}],
        },
    ),
    "chain": Part(
        """
        type Thing @key(fields: "id") {
          id: ID!
          shipping: Int @external
          shippingEuro: Int @external
          both: String @requires(fields: "shipping shippingEuro")
        }
        """,
        {"Thing": {"both": lambda t: f"{t['shipping']}/{t['shippingEuro']}"}},
        {"Thing": [{"id": "1"}, {"id": "2"}]},
    ),
}
CASES = [
    Case(
        "the same field required with different arguments",
        "{ things { id shipping shippingEuro dearGroup } }",
        {
            "things": [
                {"id": "1", "shipping": 10, "shippingEuro": 20, "dearGroup": True},
                {"id": "2", "shipping": 40, "shippingEuro": 80, "dearGroup": True},
            ]
        },
    ),
    Case(
        "a client's own arguments do not disturb what is required",
        '{ things { price(currency: "EUR") cheap: price(currency: "USD") shipping } }',
        {
            "things": [
                {"price": 20, "cheap": 10, "shipping": 10},
                {"price": 40, "cheap": 20, "shipping": 40},
            ]
        },
    ),
    Case(
        "required fields that require others",
        "{ things { both } }",
        {"things": [{"both": "10/20"}, {"both": "40/80"}]},
    ),
    Case(
        "subgraphs that require of each other",
        "{ circle { byMany } }",
        {"circle": [{"byMany": False}, {"byMany": True}]},
    ),
    Case(
        "half of the circle",
        "{ circle { byFew } }",
        {"circle": [{"byFew": True}, {"byFew": False}]},
    ),
    Case(
        "fragments in what is required",
        "{ parcel { stamp } letter { stamp content { __typename } } }",
        {"parcel": {"stamp": "Book,3,brown,99"}, "letter": {"stamp": None, "content": None}},
    ),
    Case(
        "a required fragment that does not apply",
        "{ parcel { heavy content { __typename } } }",
        {"parcel": {"heavy": "None", "content": {"__typename": "Book"}}},
    ),
    Case(
        "what is required may be hidden from the client",
        "{ toy { stamp heavy content { __typename mass } } }",
        {"toy": {"stamp": "Toy,1,red,3", "heavy": "3", "content": None}},
    ),
]
