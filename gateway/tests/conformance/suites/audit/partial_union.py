"""A union of which a subgraph that never returns it knows one member."""

from federated.cases import Case, Part

ALPHA = {"__typename": "Alpha", "id": "alpha", "value": "v"}
BETA = {"__typename": "Beta", "id": "beta", "name": "n", "details": "d"}
GAMMA = {"__typename": "Gamma", "id": "gamma", "label": "l"}
ANSWER = "type Response @shareable { actions: [Action!]! message: String }"
PARTS = {
    "a": Part(
        f"""
        type Query {{ getResponse: Response }}
        {ANSWER}
        union Action = Alpha | Beta | Gamma
        type Alpha @shareable {{ id: ID! value: String }}
        type Beta {{ id: ID! name: String details: String }}
        type Gamma {{ id: ID! label: String }}
        """,
        {"Query": {"getResponse": {"message": "hello", "actions": [ALPHA, BETA, GAMMA]}}},
    ),
    "b": Part(
        f"""
        {ANSWER}
        union Action = Alpha
        type Alpha @shareable {{ id: ID! value: String }}
        """
    ),
}
CASES = [
    Case(
        "all members",
        "{ getResponse { message actions { __typename ... on Alpha { id value }"
        " ... on Beta { id name details } ... on Gamma { id label } } } }",
        {"getResponse": {"message": "hello", "actions": [ALPHA, BETA, GAMMA]}},
        fetches=("a",),
    ),
    Case(
        "those that the other does not know",
        "{ getResponse { actions { __typename ... on Beta { name } ... on Gamma { label } } } }",
        {
            "getResponse": {
                "actions": [
                    {"__typename": "Alpha"},
                    {"__typename": "Beta", "name": "n"},
                    {"__typename": "Gamma", "label": "l"},
                ]
            }
        },
        fetches=("a",),
    ),
]
