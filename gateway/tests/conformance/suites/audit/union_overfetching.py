"""What only another member of a union needs is not fetched."""

from federated.cases import Case, Part


def never(*_, **__):
    raise AssertionError("nobody needs it")


PARTS = {
    "a": Part(
        """
        type Query { review: Review }
        type Product @key(fields: "id") { id: ID! }
        union Review = AnonymousReview | UserReview
        type AnonymousReview { product: Product }
        type UserReview { product: Product }
        """,
        {"Query": {"review": {"__typename": "AnonymousReview", "product": {"id": "1"}}}},
        link="",
    ),
    **{
        name: Part(
            f'type Product @key(fields: "id") {{ id: ID! {name}: String! }}',
            {"Product": {name: (lambda p: f"b of {p['id']}") if name == "b" else never}},
            {"Product": [{"id": "1"}]},
            link="",
        )
        for name in "bcd"
    },
}
CASES = [
    Case(
        "one member's",
        "{ review { ... on AnonymousReview { product { b } } ... on UserReview { product { c d } } } }",
        {"review": {"product": {"b": "b of 1"}}},
        fetches=("a", "b"),
    )
]
