"""Two subgraphs that require of each other."""

from federated.cases import Case, Part

PARTS = {
    "a": Part(
        """
        type Query { feed: [Post] }
        type Post @key(fields: "id") {
          id: ID! byNovice: Boolean! @external byExpert: Boolean! @requires(fields: "byNovice")
        }
        type Author @key(fields: "id") { id: ID! name: String! yearsOfExperience: Int! }
        """,
        {
            "Query": {"feed": [{"id": "p1"}, {"id": "p2"}]},
            "Post": {"byExpert": lambda post: not post["byNovice"]},
        },
        {
            "Post": [{"id": "p1"}, {"id": "p2"}],
            "Author": [
                {"id": "a1", "name": "one", "yearsOfExperience": 2},
                {"id": "a2", "name": "two", "yearsOfExperience": 7},
            ],
        },
    ),
    "b": Part(
        """
        type Post @key(fields: "id") {
          id: ID! author: Author!
          byNovice: Boolean! @requires(fields: "author { yearsOfExperience }")
        }
        type Author @key(fields: "id") { id: ID! yearsOfExperience: Int! @external }
        """,
        {
            "Post": {
                "author": lambda post: {"id": post["id"].replace("p", "a")},
                "byNovice": lambda post: post["author"]["yearsOfExperience"] < 5,
            }
        },
        {"Post": [{"id": "p1"}, {"id": "p2"}]},
    ),
}
CASES = [
    Case(
        "half",
        "{ feed { byNovice } }",
        {"feed": [{"byNovice": True}, {"byNovice": False}]},
    ),
    Case(
        "the whole circle",
        "{ feed { byExpert } }",
        {"feed": [{"byExpert": False}, {"byExpert": True}]},
    ),
]
