"""The whole way: a client, the gateway, real subgraphs."""


async def test_one_answer_is_made_of_what_three_subgraphs_know(front):
    answer = await front.json(
        "query($id: ID!) { book(id: $id) { title reviews(first: 1) { stars author { name } } } }",
        id="5",
    )

    assert answer == {
        "data": {
            "book": {
                "title": "Book 5",
                "reviews": [{"stars": 0, "author": {"name": "Reader 0"}}],
            }
        }
    }


async def test_introspection_is_answered_by_the_gateway_alone(front, subgraphs):
    answer = await front.json('{ __type(name: "Reader") { fields { name } } }')

    assert answer == {
        "data": {
            "__type": {
                "fields": [{"name": "id"}, {"name": "name"}, {"name": "email"}, {"name": "salary"}]
            }
        }
    }
    assert [subgraph.requests for subgraph in subgraphs.values()] == [[], [], []]
