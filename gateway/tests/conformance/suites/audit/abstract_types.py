"""Interfaces and unions over six subgraphs; conditions on fragments."""

from federated.cases import Case, Part

AGENCY, OWN = {"__typename": "Agency", "id": "a1"}, {"__typename": "Self", "email": "u1@x"}


def good(kind, number, title, by, weight, publisher):
    return {
        "__typename": kind,
        "id": f"p{number}",
        "sku": f"sku-{number}",
        "title": title,
        "createdBy": {"email": f"{by}@x", "totalProductsCreated": 2},
        "dimensions": {"size": "small", "weight": weight},
        "publisherType": publisher,
    }


BOOKS = [good("Book", 1, "Book 1", "u1", 0.5, OWN), good("Book", 3, "Book 2", "u2", 0.6, AGENCY)]
MAGAZINES = [
    good("Magazine", 2, "Magazine 1", "u1", 0.2, AGENCY),
    good("Magazine", 4, "Magazine 2", "u2", 0.3, OWN),
]
GOODS = BOOKS + MAGAZINES
KEYS = [{"__typename": g["__typename"], "id": g["id"]} for g in GOODS]
REVIEWS = [
    {"id": 1, "body": "1", "of": "p1"},
    {"id": 2, "body": "2", "of": "p1"},
    {"id": 3, "body": "3", "of": "p2"},
]


def similar(_, id):
    kind = next(g["__typename"] for g in GOODS if g["id"] == id)
    return [g for g in GOODS if g["__typename"] == kind and g["id"] != id]


def delivery(product, zip=None):
    size = product["dimensions"]
    assert size["size"] == "small"
    assert size["weight"] < 1
    return {"estimatedDelivery": "1 day", "fastestDelivery": "same day"} if zip else None


def reviewed(kind):
    return f"""
        type {kind} implements Product & Similar @key(fields: "id") {{
          id: ID! reviewsCount: Int! reviewsScore: Float! @shareable reviews: [Review!]!
          similar: [{kind}] @external
          reviewsOfSimilar: [Review!]! @requires(fields: "similar {{ id }}")
        }}
    """


def sold(kind):
    return f"""
        type {kind} implements Product & Similar @key(fields: "id") {{
          id: ID! sku: String dimensions: ProductDimension @shareable createdBy: User
          similar: [{kind}] hidden: Boolean publisherType: PublisherType
        }}
    """


def stocked(kind):
    return f"""
        type {kind} implements Product @key(fields: "id") {{
          id: ID! dimensions: ProductDimension @external
          delivery(zip: String): DeliveryEstimates @requires(fields: "dimensions {{ size weight }}")
        }}
    """


REVIEWED = {
    "reviews": lambda g: [r for r in REVIEWS if r["of"] == g["id"]],
    "reviewsCount": lambda g: sum(r["of"] == g["id"] for r in REVIEWS),
    "reviewsScore": 1.5,
}
PARTS = {
    "agency": Part(
        """
        type Agency @key(fields: "id") { id: ID! companyName: String email: Email }
        type Email { address: String }
        type Group @key(fields: "id") { id: ID! name: String email: String }
        extend union PublisherType = Agency | Group
        """,
        {},
        {
            "Agency": [{"id": "a1", "companyName": "Agency 1", "email": {"address": "a1@x"}}],
            "Group": [],
        },
    ),
    "books": Part(
        'type Query { books: [Book] } type Book @key(fields: "id") { id: ID! title: String }',
        {"Query": {"books": BOOKS}},
        {"Book": [{"id": b["id"], "title": b["title"]} for b in BOOKS]},
    ),
    "inventory": Part(
        """
        interface Product {
          id: ID! dimensions: ProductDimension delivery(zip: String): DeliveryEstimates
        }
        type ProductDimension @shareable { size: String weight: Float }
        type DeliveryEstimates { estimatedDelivery: String fastestDelivery: String }
        """
        + stocked("Book")
        + stocked("Magazine"),
        {"Book": {"delivery": delivery}, "Magazine": {"delivery": delivery}},
        {"Book": KEYS[:2], "Magazine": KEYS[2:]},
    ),
    "magazines": Part(
        'type Query { magazines: [Magazine] } type Magazine @key(fields: "id") { id: ID! title: String }',
        {"Query": {"magazines": MAGAZINES}},
        {"Magazine": [{"id": m["id"], "title": m["title"]} for m in MAGAZINES]},
    ),
    "products": Part(
        """
        type Query { products: [Product] similar(id: ID!): [Product] }
        interface Product {
          id: ID! sku: String dimensions: ProductDimension createdBy: User
          hidden: Boolean @inaccessible
        }
        interface Similar { similar: [Product] }
        type ProductDimension @shareable { size: String weight: Float }
        union PublisherType = Agency | Self
        type Agency { id: ID! @shareable }
        type Self { email: String }
        type User @key(fields: "email") { email: ID! totalProductsCreated: Int @shareable }
        """
        + sold("Book")
        + sold("Magazine"),
        {"Query": {"products": GOODS, "similar": similar}},
        {"Book": BOOKS, "Magazine": MAGAZINES, "User": [g["createdBy"] for g in BOOKS]},
    ),
    "reviews": Part(
        """
        type Query { review(id: Int!): Review }
        interface Product { id: ID! reviewsCount: Int! reviewsScore: Float! reviews: [Review!]! }
        interface Similar { similar: [Product] }
        type Review { id: Int! body: String! product: Product }
        """
        + reviewed("Book")
        + reviewed("Magazine"),
        {
            "Book": REVIEWED,
            "Magazine": REVIEWED,
            "Review": {"product": lambda r: next(k for k in KEYS if k["id"] == r["of"])},
        },
        {"Book": KEYS[:2], "Magazine": KEYS[2:]},
    ),
}


def of_reviews(book, magazine):
    """What the products' reviews lead back to."""
    return {
        "products": [
            {"id": "p1", "reviews": [{"product": book}, {"product": book}]},
            {"id": "p3", "reviews": []},
            {"id": "p2", "reviews": [{"product": magazine}]},
            {"id": "p4", "reviews": []},
        ]
    }


def conditional(name, default, fragments, **book):
    return Case(
        name,
        f"query($title: Boolean = {default}) {{ products {{ id reviews {{ product {{"
        f" id {fragments} ... on Magazine {{ sku }} }} }} }} }}",
        of_reviews({"id": "p1", **book}, {"id": "p2", "sku": "sku-2"}),
    )


def published(name, agency, rest, book, magazine):
    return Case(
        name,
        "{ products { id reviews { product { id ... on Magazine { publisherType { ...P } }"
        " ... on Book { publisherType { ...P } } } } } }"
        f" fragment P on PublisherType {{ ... on Agency {{ {agency} }} {rest} }}",
        of_reviews({"id": "p1", "publisherType": book}, {"id": "p2", "publisherType": magazine}),
    )


INCLUDED, SKIPPED = "... on Book @include(if: $title)", "... on Book @skip(if: $title)"
DELIVERY = '{ id sku delivery(zip: "1234") { fastestDelivery estimatedDelivery } }'
SOON = {"fastestDelivery": "same day", "estimatedDelivery": "1 day"}
CASES = [
    Case(
        "an interface's value type",
        "{ products { id dimensions { size weight } } }",
        {"products": [{"id": g["id"], "dimensions": g["dimensions"]} for g in GOODS]},
        fetches=("products",),
    ),
    Case(
        "an argument",
        '{ similar(id: "p1") { id sku } }',
        {"similar": [{"id": "p3", "sku": "sku-3"}]},
    ),
    Case(
        "one field twice, and what it requires",
        f'{{ book: similar(id: "p1") {DELIVERY} magazine: similar(id: "p2") {DELIVERY} }}',
        {
            "book": [{"id": "p3", "sku": "sku-3", "delivery": SOON}],
            "magazine": [{"id": "p4", "sku": "sku-4", "delivery": SOON}],
        },
    ),
    Case(
        "fragments on everything",
        "{ products { sku ... on Product { sku } ... on Book { sku } ... on Magazine { sku }"
        " ... on Similar { __typename type: __typename } } }",
        {
            "products": [
                {"sku": g["sku"], "__typename": g["__typename"], "type": g["__typename"]}
                for g in GOODS
            ]
        },
        fetches=("products",),
    ),
    Case(
        "an entity behind the interface, by another name",
        "{ products { author: createdBy { email totalProductsCreated } ... on Magazine { title } } }",
        {
            "products": [
                {"author": g["createdBy"]}
                | ({"title": g["title"]} if g["__typename"] == "Magazine" else {})
                for g in GOODS
            ]
        },
    ),
    Case(
        "there and back",
        "{ products { id reviews { product { sku ... on Magazine { title }"
        " ... on Book { reviewsCount } } } } }",
        of_reviews({"sku": "sku-1", "reviewsCount": 2}, {"sku": "sku-2", "title": "Magazine 1"}),
    ),
    Case(
        "there",
        "{ products { id reviews { id } } }",
        {
            "products": [
                {"id": g["id"], "reviews": [{"id": r["id"]} for r in REVIEWS if r["of"] == g["id"]]}
                for g in GOODS
            ]
        },
    ),
    conditional("included", "true", f"{INCLUDED} {{ title }}", title="Book 1"),
    conditional("not included", "false", f"{INCLUDED} {{ title }}"),
    conditional("not skipped", "false", f"{SKIPPED} {{ title }}", title="Book 1"),
    conditional("skipped", "true", f"{SKIPPED} {{ title }}"),
    conditional(
        "skipped beside another",
        "true",
        f"{SKIPPED} {{ title }} ... on Book {{ sku }}",
        sku="sku-1",
    ),
    conditional(
        "not skipped beside another",
        "false",
        f"{SKIPPED} {{ title }} ... on Book {{ sku }}",
        title="Book 1",
        sku="sku-1",
    ),
    conditional(
        "nested in an included",
        "true",
        f"{INCLUDED} {{ title ... on Book {{ sku }} }}",
        title="Book 1",
        sku="sku-1",
    ),
    conditional(
        "skipped in an included",
        "true",
        f"{INCLUDED} {{ title {SKIPPED} {{ sku }} }}",
        title="Book 1",
    ),
    published(
        "a union's members",
        "id companyName",
        "... on Self { email }",
        {"email": "u1@x"},
        {"id": "a1", "companyName": "Agency 1"},
    ),
    published(
        "a member that the returning subgraph does not know",
        "id companyName",
        "... on Self { email } ... on Group { name }",
        {"email": "u1@x"},
        {"id": "a1", "companyName": "Agency 1"},
    ),
    published(
        "one name of two types",
        "emailObj: email { address }",
        "... on Self { emailStr: email } ... on Group { emailStr: email }",
        {"emailStr": "u1@x"},
        {"emailObj": {"address": "a1@x"}},
    ),
]
