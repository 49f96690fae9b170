"""A union within shared objects, of which each subgraph knows other members."""

from federated.cases import Case, Part

COMMON = {"__typename": "Common", "label": "common"}
ONLY_A = {"__typename": "OnlyA", "a": "only a"}
ONLY_B = {"__typename": "OnlyB", "b": "only b"}


def part(letter, own, root, extra="", fields=None):
    known = [COMMON, own]
    only = own["__typename"]
    return Part(
        f"""
        type Query {{ {root}: Container shared: Container @shareable }}
        type Container @key(fields: "id") {{ id: ID! wrapper: Wrapper @shareable {extra} }}
        type Wrapper @shareable {{ actions: [Action!]! @shareable }}
        union Action = Common | {only}
        type Common @shareable {{ label: String }}
        type {only} {{ {letter}: String }}
        """,
        {
            "Query": {
                root: {"id": "1"},
                "shared": {"id": "1", "wrapper": {"actions": [COMMON]}},
            },
            "Container": {
                "wrapper": lambda box: box.get("wrapper") or {"actions": known},
                "bWrapper": {"actions": known},
            },
        },
        {"Container": [{"id": "1"}]},
    )


PARTS = {
    "a": part("a", ONLY_A, "rootA"),
    "b": part("b", ONLY_B, "rootB", "bWrapper: Wrapper"),
}
ALL = "{ actions { __typename ... on Common { label } ... on OnlyA { a } ... on OnlyB { b } } }"
CASES = [
    Case(
        "a's",
        f"{{ rootA {{ wrapper {ALL} }} }}",
        {"rootA": {"wrapper": {"actions": [COMMON, ONLY_A]}}},
    ),
    Case(
        "b's",
        f"{{ rootB {{ wrapper {ALL} }} }}",
        {"rootB": {"wrapper": {"actions": [COMMON, ONLY_B]}}},
    ),
    Case(
        "b's of a",
        "{ rootA { wrapper { actions { __typename ... on OnlyB { b } } } } }",
        {"rootA": {"wrapper": {"actions": [{"__typename": "Common"}, {"__typename": "OnlyA"}]}}},
    ),
    Case(
        "shared",
        f"{{ shared {{ wrapper {ALL} }} }}",
        {"shared": {"wrapper": {"actions": [COMMON]}}},
    ),
    Case(
        "b's after a hop",
        f"{{ rootA {{ bWrapper {ALL} }} }}",
        {"rootA": {"bWrapper": {"actions": [COMMON, ONLY_B]}}},
        fetches=("a", "b"),
    ),
]
