"""Interfaces and unions spread over subgraphs; fragments everywhere; conditions; shapes."""

from federated.cases import Case, Part

BOOK = {
    "__typename": "Book",
    "id": "b",
    "sku": "1",
    "by": "ann",
    "house": {"__typename": "Firm", "id": "f"},
}
PAPER = {
    "__typename": "Paper",
    "id": "p",
    "sku": "2",
    "by": "ben",
    "house": {"__typename": "Self", "mail": "m@x"},
}
SIZES = {"b": {"size": "small"}, "p": {"size": "large"}}

PARTS = {
    "goods": Part(
        """
        type Query { goods: [Good] alike(id: ID!): [Good] }
        interface Good { id: ID! sku: String size: Size creator: Person }
        interface Alike { alike: [Good] }
        type Size @shareable { size: String }
        type Book implements Good & Alike @key(fields: "id") {
          id: ID! sku: String size: Size @shareable creator: Person alike: [Book] house: House
        }
        type Paper implements Good & Alike @key(fields: "id") {
          id: ID! sku: String size: Size @shareable creator: Person alike: [Paper] house: House
        }
        union House = Firm | Self
        type Firm { id: ID! @shareable }
        type Self { mail: String }
        type Person @key(fields: "mail") { mail: ID! count: Int @shareable }
        """,
        {
            "Query": {
                "goods": [BOOK, PAPER],
                "alike": lambda _, id: [BOOK] if id == "x" else [PAPER],
            },
            "Book": {
                "alike": [BOOK],
                "creator": lambda g: {"mail": g["by"]},
                "size": lambda g: SIZES[g["id"]],
            },
            "Paper": {
                "alike": [],
                "creator": lambda g: {"mail": g["by"]},
                "size": lambda g: SIZES[g["id"]],
            },
        },
        {"Book": [BOOK], "Paper": [PAPER]},
    ),
    "stock": Part(
        """
        interface Good { id: ID! size: Size delivery(zip: String): Delivery }
        type Book implements Good @key(fields: "id") {
          id: ID! size: Size @external
          delivery(zip: String): Delivery @requires(fields: "size { size }")
        }
        type Paper implements Good @key(fields: "id") {
          id: ID! size: Size @external
          delivery(zip: String): Delivery @requires(fields: "size { size }")
        }
        type Size @shareable { size: String }
        type Delivery { days: String }
        """,
        {
            "Book": {"delivery": lambda g, zip=None: {"days": f"{zip} {g['size']['size']}"}},
            "Paper": {"delivery": lambda g, zip=None: {"days": f"{zip} {g['size']['size']}"}},
        },
        {"Book": [{"id": "b"}], "Paper": [{"id": "p"}]},
    ),
    "reviews": Part(
        """
        interface Good { id: ID! reviews: [Review!]! }
        interface Alike { alike: [Good] }
        type Book implements Good & Alike @key(fields: "id") {
          id: ID! reviews: [Review!]! alike: [Book] @external
          reviewsOfAlike: String @requires(fields: "alike { id }")
        }
        type Paper implements Good & Alike @key(fields: "id") {
          id: ID! reviews: [Review!]! alike: [Paper] @external
          reviewsOfAlike: String @requires(fields: "alike { id }")
        }
        type Review { id: Int! good: Good }
        type Person @key(fields: "mail") { mail: ID! name: String }
        """,
        {
            "Book": {
                "reviews": [{"id": 1, "good": {"__typename": "Book", "id": "b"}}],
                "reviewsOfAlike": lambda g: ",".join(a["id"] for a in g["alike"]),
            },
            "Paper": {
                "reviews": [{"id": 2, "good": {"__typename": "Paper", "id": "p"}}],
                "reviewsOfAlike": lambda g: ",".join(a["id"] for a in g["alike"]),
            },
        },
        {
            "Book": [{"id": "b"}],
            "Paper": [{"id": "p"}],
            "Person": [{"mail": "ann", "name": "Ann"}, {"mail": "ben", "name": "Ben"}],
        },
    ),
    "firms": Part(
        """
        type Firm @key(fields: "id") { id: ID! firm: String mail: Mail }
        type Mail { address: String }
        type Group @key(fields: "id") { id: ID! mail: String }
        union House = Firm | Group
        """,
        {},
        {"Firm": [{"id": "f", "firm": "Firma", "mail": {"address": "f@x"}}]},
    ),
}
CASES = [
    Case(
        "a field of the interface, required elsewhere",
        '{ goods { id delivery(zip: "7") { days } } }',
        {
            "goods": [
                {"id": "b", "delivery": {"days": "7 small"}},
                {"id": "p", "delivery": {"days": "7 large"}},
            ]
        },
    ),
    Case(
        "equal fetches at different types are one request",
        "{ goods { by: creator { mail name } ... on Paper { sku } } }",
        {
            "goods": [
                {"by": {"mail": "ann", "name": "Ann"}},
                {"by": {"mail": "ben", "name": "Ben"}, "sku": "2"},
            ]
        },
        fetches=("goods", "reviews"),
    ),
    Case(
        "fragments on all of them",
        "{ goods { sku ... on Good { sku } ... on Book { sku } ... on Alike { __typename type: __typename } } }",
        {
            "goods": [
                {"sku": "1", "__typename": "Book", "type": "Book"},
                {"sku": "2", "__typename": "Paper", "type": "Paper"},
            ]
        },
    ),
    Case(
        "there and back",
        "{ goods { id reviews { id good { sku ... on Paper { house { ... on Self { mail } } } } } } }",
        {
            "goods": [
                {"id": "b", "reviews": [{"id": 1, "good": {"sku": "1"}}]},
                {"id": "p", "reviews": [{"id": 2, "good": {"sku": "2", "house": {"mail": "m@x"}}}]},
            ]
        },
    ),
    Case(
        "conditions with defaults",
        "query ($yes: Boolean = true, $no: Boolean = false) { goods { id"
        " ... on Book @include(if: $yes) { sku ... on Book @skip(if: $yes) { house { __typename } } }"
        " ... on Paper @include(if: $no) { sku } } }",
        {"goods": [{"id": "b", "sku": "1"}, {"id": "p"}]},
        fetches=("goods",),
    ),
    Case(
        "a member of a union, completed by another subgraph",
        "{ goods { ... on Book { house { ...H } } ... on Paper { house { ...H } } } }"
        " fragment H on House { ... on Firm { id firm mail { address } } ... on Self { email: mail }"
        " ... on Group { mail { address: __typename } } }".replace(
            " ... on Group { mail { address: __typename } }", ""
        ),
        {
            "goods": [
                {"house": {"id": "f", "firm": "Firma", "mail": {"address": "f@x"}}},
                {"house": {"email": "m@x"}},
            ]
        },
    ),
    Case(
        "a list required by each type",
        "{ goods { ... on Book { reviewsOfAlike } ... on Paper { reviewsOfAlike } } }",
        {"goods": [{"reviewsOfAlike": "b"}, {"reviewsOfAlike": ""}]},
    ),
    Case(
        "the same root field under two names",
        '{ a: alike(id: "x") { id sku } b: alike(id: "y") { id sku } }',
        {"a": [{"id": "b", "sku": "1"}], "b": [{"id": "p", "sku": "2"}]},
    ),
]
