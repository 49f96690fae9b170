"""A directive for documents, whose argument has a default in one subgraph."""

from federated.cases import Case, Part


def part(name, default):
    return Part(
        f"""
        extend schema @link(url: "https://myspecs.dev/access/v1.0", import: ["@access"])
          @composeDirective(name: "@access")
        directive @access(scope: Scope!{default}) on FIELD
        enum Scope {{ PUBLIC PRIVATE }}
        type Query {{ {name}: String }}
        """,
        {"Query": {name: name}},
    )


PARTS = {"a": part("a", " = PUBLIC"), "b": part("b", " = PUBLIC")}
CASES = [Case("used", "{ a @access b @access }", {"a": "a", "b": "b"})]
