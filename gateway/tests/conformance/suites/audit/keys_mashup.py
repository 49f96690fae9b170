"""Many keys, most of which lead nowhere; the way leads back."""

from federated.cases import Case, Part

THING = {
    "id": "1",
    "pId": "a.1.pId",
    "compositeId": {"one": "one", "two": "two", "three": "three"},
}
KEY = "type CompositeID { one: ID! two: ID! three: ID! }"
PARTS = {
    "a": Part(
        """
        type A
          @key(fields: "id", resolvable: true)
          @key(fields: "pId", resolvable: false)
          @key(fields: "compositeId { one two }", resolvable: false)
          @key(fields: "id compositeId { two three }", resolvable: false) {
          id: ID! pId: ID! compositeId: CompositeID! name: String!
        }
        """
        + KEY,
        {"A": {"name": "a.1"}},
        {"A": [{"id": "1"}]},
    ),
    "b": Part(
        """
        type Query { b: B }
        type B @key(fields: "id") { id: ID! a: [A!]! }
        type A
          @key(fields: "compositeId { one two }", resolvable: false)
          @key(fields: "id compositeId { two three }", resolvable: true)
          @key(fields: "pId", resolvable: false)
          @key(fields: "id", resolvable: false) {
          id: ID! pId: ID! compositeId: CompositeID!
          name: String! @external nameInB: String! @requires(fields: "name")
        }
        """
        + KEY,
        {"Query": {"b": {"id": "100", "a": [THING]}}, "A": {"nameInB": lambda a: f"b {a['name']}"}},
        {"A": [{"id": "1"}], "B": []},
    ),
}
CASES = [
    Case(
        "there and back by different keys",
        "{ b { id a { id name nameInB } } }",
        {"b": {"id": "100", "a": [{"id": "1", "name": "a.1", "nameInB": "b a.1"}]}},
        fetches=("b", "a", "b"),
    )
]
