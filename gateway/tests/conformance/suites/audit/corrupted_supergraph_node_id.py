"""A shared root whose types' keys are external crosswise: some documents have no plan."""

from federated.cases import Case, Part

ACCOUNT = {"__typename": "Account", "id": "a1", "username": "a1-name"}
CHAT = {"__typename": "Chat", "id": "c1", "text": "c1-text"}


def node(own, other):
    return lambda _, id: own if own["id"] == id else {**other, "id": "never"}


PARTS = {
    "a": Part(
        """
        type Query { node(id: ID!): Node @shareable account(id: String!): Account }
        interface Node { id: ID! }
        type Account implements Node @key(fields: "id") { id: ID! username: String! }
        type Chat implements Node @key(fields: "id") { id: ID! @external account: Account! }
        """,
        {
            "Query": {"node": node(ACCOUNT, CHAT), "account": lambda _, id: ACCOUNT},
            "Chat": {"account": ACCOUNT},
        },
        {"Account": [ACCOUNT], "Chat": [{"id": "c1"}]},
    ),
    "b": Part(
        """
        type Query { node(id: ID!): Node @shareable chat(id: String!): Chat }
        interface Node { id: ID! }
        type Account implements Node @key(fields: "id") { id: ID! @external chats: [Chat!]! }
        type Chat implements Node @key(fields: "id") { id: ID! text: String! }
        """,
        {
            "Query": {"node": node(CHAT, ACCOUNT), "chat": lambda _, id: CHAT},
            "Account": {"chats": [CHAT]},
        },
        {"Account": [{"id": "a1"}], "Chat": [CHAT]},
    ),
}
EITHER = '{{ account: node(id: "a1") {{ {} }} chat: node(id: "c1") {{ {} }} }}'
CASES = [
    Case("nobody can answer", '{ node(id: "a1") { id } }', None, True),
    Case(
        "the type's name",
        EITHER.format("__typename", "__typename"),
        {"account": {"__typename": "Account"}, "chat": {"__typename": "Chat"}},
    ),
    Case(
        "each from its own",
        EITHER.format("... on Account { id username }", "... on Chat { id text }"),
        {"account": {"id": "a1", "username": "a1-name"}, "chat": {"id": "c1", "text": "c1-text"}},
    ),
    Case(
        "the other's fragment",
        EITHER.format("... on Chat { id }", "... on Account { id }"),
        {"account": {}, "chat": {}},
    ),
    Case(
        "the other's fragment and the type's name",
        EITHER.format("__typename ... on Chat { id }", "__typename ... on Account { id }"),
        {"account": {"__typename": "Account"}, "chat": {"__typename": "Chat"}},
    ),
    Case(
        "a fragment does not help the interface's field",
        EITHER.format("id ... on Chat { id }", "__typename ... on Account { id }"),
        None,
        True,
    ),
    Case("a chat", '{ chat(id: "c1") { id } }', {"chat": {"id": "c1"}}, fetches=("b",)),
    Case("an account", '{ account(id: "a1") { id } }', {"account": {"id": "a1"}}, fetches=("a",)),
    Case(
        "a chat's account",
        '{ chat(id: "c1") { id text account { id } } }',
        {"chat": {"id": "c1", "text": "c1-text", "account": {"id": "a1"}}},
        fetches=("b", "a"),
    ),
    Case(
        "an account's chats",
        '{ account(id: "a1") { id username chats { id } } }',
        {"account": {"id": "a1", "username": "a1-name", "chats": [{"id": "c1"}]}},
        fetches=("a", "b"),
    ),
]
