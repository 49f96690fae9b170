"""Unions of which the subgraphs know different members."""

from federated.cases import Case, Part

BOTH = {"__typename": "Both", "label": "common"}
LEFT = {"__typename": "OnlyLeft", "left": "l"}
RIGHT = {"__typename": "OnlyRight", "right": "r"}
ALL = "{ __typename ... on Both { label } ... on OnlyLeft { left } ... on OnlyRight { right } }"
SHARED = """
    type Box @key(fields: "id") { id: ID! wrap: Wrap @shareable %s }
    type Wrap @shareable { steps: [Step!]! pick: Step }
    type Both @shareable { label: String }
"""

PARTS = {
    "left": Part(
        SHARED % ""
        + """
        type Query { fromLeft: Box shared: Box @shareable pick: Step @shareable song: Step @shareable }
        union Step = Both | OnlyLeft
        type OnlyLeft { left: String }
        """,
        {
            "Query": {
                "fromLeft": {"id": "1"},
                "shared": {"id": "1", "wrap": {"steps": [BOTH]}},
                "pick": BOTH,
                "song": LEFT,
            },
            "Box": {"wrap": lambda box: box.get("wrap") or {"steps": [BOTH, LEFT]}},
        },
        {"Box": [{"id": "1"}]},
    ),
    "right": Part(
        SHARED % "rightWrap: Wrap"
        + """
        type Query { fromRight: Box shared: Box @shareable pick: Step @shareable }
        union Step = Both | OnlyRight
        type OnlyRight { right: String }
        """,
        {
            "Query": {
                "fromRight": {"id": "1"},
                "shared": {"id": "1", "wrap": {"steps": [BOTH]}},
                "pick": BOTH,
            },
            "Box": {
                "wrap": lambda box: box.get("wrap") or {"steps": [BOTH, RIGHT]},
                "rightWrap": {"steps": [BOTH, RIGHT]},
            },
        },
        {"Box": [{"id": "1"}]},
    ),
}
CASES = [
    Case(
        "members are asked as the answering subgraph knows them",
        f"{{ fromLeft {{ wrap {{ steps {ALL} }} }} fromRight {{ wrap {{ steps {ALL} }} }} }}",
        {
            "fromLeft": {"wrap": {"steps": [BOTH, LEFT]}},
            "fromRight": {"wrap": {"steps": [BOTH, RIGHT]}},
        },
    ),
    Case(
        "a member that the answering subgraph does not know gives nothing",
        "{ fromLeft { wrap { steps { __typename ... on OnlyRight { right } } } } }",
        {"fromLeft": {"wrap": {"steps": [{"__typename": "Both"}, {"__typename": "OnlyLeft"}]}}},
    ),
    Case(
        "a shared way to the union",
        f"{{ shared {{ wrap {{ steps {ALL} }} }} pick {ALL} song {ALL} }}",
        {"shared": {"wrap": {"steps": [BOTH]}}, "pick": BOTH, "song": LEFT},
    ),
    Case(
        "after a hop the members of the subgraph behind it count",
        f"{{ fromLeft {{ rightWrap {{ steps {ALL} }} }} }}",
        {"fromLeft": {"rightWrap": {"steps": [BOTH, RIGHT]}}},
        fetches=("left", "right"),
    ),
    Case(
        "only a foreign member is selected",
        "{ pick { ... on OnlyRight { right } } }",
        {"pick": {}},
    ),
]
