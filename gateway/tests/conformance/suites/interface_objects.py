"""@interfaceObject: fields for every type of an interface, without knowing the types."""

from federated.cases import Case, Part

ACCOUNTS = [
    {"__typename": "Admin", "id": "1", "active": True},
    {"__typename": "Admin", "id": "2", "active": True},
    {"__typename": "Guest", "id": "3"},
]
NAMES = [{"id": "1", "name": "Ann"}, {"id": "2", "name": "Ben"}, {"id": "3", "name": "Cid"}]

PARTS = {
    "types": Part(
        """
        type Query { typed: [Account!]! media: Media lonely: Lonely }
        interface Account @key(fields: "id") { id: ID! }
        type Admin implements Account @key(fields: "id") { id: ID! active: Boolean! @shareable }
        type Guest implements Account @key(fields: "id") { id: ID! }
        interface Media @key(fields: "id") { id: ID! title: String }
        type Video implements Media @key(fields: "id") {
          id: ID! title: String length: Int seenBy: [Account!]!
        }
        type Text implements Media @key(fields: "id") { id: ID! title: String words: Int }
        interface Lonely { id: ID! }
        """,
        {
            "Video": {"seenBy": ACCOUNTS},
            "Query": {
                "typed": ACCOUNTS,
                "media": {"__typename": "Video", "id": "v", "title": "film", "length": 9},
                "lonely": {"__typename": "Lonely", "id": "l"},
            },
        },
        {
            "Admin": ACCOUNTS[:2],
            "Guest": ACCOUNTS[2:],
            "Video": [{"id": "v", "title": "film", "length": 9}],
            "Text": [],
        },
    ),
    "names": Part(
        """
        type Query { accounts: [Account] @shareable }
        type Account @key(fields: "id") @interfaceObject { id: ID! name: String! }
        """,
        {"Query": {"accounts": NAMES}},
        {"Account": NAMES},
    ),
    "activity": Part(
        """
        type Query { list: List plainLonely: Lonely }
        type Account @key(fields: "id") @interfaceObject {
          id: ID! active: Boolean!
          name: String! @external
          greeting: String @requires(fields: "name")
        }
        type List @key(fields: "id") { id: ID! media: Media }
        type Media @key(fields: "id") @interfaceObject { id: ID! }
        type Lonely @key(fields: "id", resolvable: false) @interfaceObject { id: ID! extra: String }
        """,
        {
            "Query": {
                "list": {"id": "p", "media": {"id": "v"}},
                "plainLonely": {"id": "l", "extra": "more"},
            },
            "Account": {
                "active": False,
                "greeting": lambda account: f"Hello {account['name']}",
            },
        },
        {"Account": [{"id": "1"}, {"id": "2"}, {"id": "3"}]},
    ),
    "makers": Part(
        'type Video @key(fields: "id") { id: ID! maker: String }',
        {},
        {"Video": [{"id": "v", "maker": "Vera"}]},
    ),
}
CASES = [
    Case(
        "fields of the interface object need nobody else",
        "{ accounts { id name } }",
        {"accounts": NAMES},
        fetches=("names",),
    ),
    Case(
        "another interface object is reached without the type",
        "{ accounts { id active } }",
        {"accounts": [{"id": n, "active": False} for n in "123"]},
        fetches=("names", "activity"),
    ),
    Case(
        "the type is asked of the subgraph that has it",
        "{ accounts { __typename name } }",
        {
            "accounts": [
                {"__typename": "Admin", "name": "Ann"},
                {"__typename": "Admin", "name": "Ben"},
                {"__typename": "Guest", "name": "Cid"},
            ]
        },
        fetches=("names", "types"),
    ),
    Case(
        "a fragment on a concrete type applies by the true type",
        "{ accounts { ... on Admin { name } } }",
        {"accounts": [{"name": "Ann"}, {"name": "Ben"}, {}]},
    ),
    Case(
        "a type's own word comes before the interface object's",
        "{ accounts { id ... on Admin { active } } }",
        {"accounts": [{"id": "1", "active": True}, {"id": "2", "active": True}, {"id": "3"}]},
    ),
    Case(
        "concrete types reach the interface object",
        "{ typed { __typename name } }",
        {
            "typed": [
                {"__typename": "Admin", "name": "Ann"},
                {"__typename": "Admin", "name": "Ben"},
                {"__typename": "Guest", "name": "Cid"},
            ]
        },
        fetches=("types", "names"),
    ),
    Case(
        "@requires on an interface object",
        "{ typed { greeting } accounts { greeting } }",
        {
            "typed": [{"greeting": f"Hello {n['name']}"} for n in NAMES],
            "accounts": [{"greeting": f"Hello {n['name']}"} for n in NAMES],
        },
    ),
    Case(
        "a concrete type extended elsewhere",
        "{ media { id title ... on Video { length maker } ... on Text { words } }"
        " list { media { id ... on Video { maker } } } }",
        {
            "media": {"id": "v", "title": "film", "length": 9, "maker": "Vera"},
            "list": {"media": {"id": "v", "maker": "Vera"}},
        },
    ),
    Case(
        "an interface without types is asked all the same, and the subgraph objects",
        "{ lonely { id } }",
        {"lonely": None},
        True,
    ),
    Case(
        "a key that is not resolvable leads nowhere",
        "{ lonely { extra } }",
        None,
        True,
    ),
    Case(
        "its own fields can be had directly",
        "{ plainLonely { id extra } }",
        {"plainLonely": {"id": "l", "extra": "more"}},
    ),
    Case(
        "every concrete type is sent to the interface object, also from an entity fetch",
        "{ list { media { ... on Video { seenBy { name } } } } }",
        {"list": {"media": {"seenBy": [{"name": n["name"]} for n in NAMES]}}},
        fetches=("activity", "types", "names"),
    ),
]
