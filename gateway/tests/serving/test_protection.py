"""Who gets what: tokens, access directives, rates, and what is hidden in production."""

import asyncio
import base64

import pytest
from gateway.tests.serving.issuer import Issuer
from gateway.tests.serving.subgraphs import answering

from gateway.protection.rates import Rates
from gateway.refusals import RequestRefused
from kit.signature import SignatureRefused, SignatureReplayed, Verifier

SECRET = b"a secret that gateway and subgraphs share"
UNAUTHORIZED = "Unauthorized field or type"


@pytest.fixture(scope="session")
def issuer(tmp_path_factory) -> Issuer:
    return Issuer.in_folder(tmp_path_factory.mktemp("issuer"))


@pytest.fixture
def a_guarded_gateway(a_gateway, issuer):
    async def start(**settings):
        return await a_gateway(**issuer.settings, **settings)

    return start


def unauthorized(path: str, *, in_list: bool = False) -> dict:
    error = {
        "message": UNAUTHORIZED,
        "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE", "affectedPath": path},
    }
    return error if in_list else {**error, "path": path.split(".")}


async def test_a_stranger_gets_what_is_for_everybody_and_null_for_the_rest(
    a_guarded_gateway, subgraphs
):
    front = await a_guarded_gateway()

    answer = await front.json("{ ledger readers { email name } __typename }")

    assert answer == {
        "data": {
            "ledger": None,
            "readers": [{"email": None, "name": f"Reader {n}"} for n in range(2)],
            "__typename": "Query",
        },
        "errors": [unauthorized("ledger"), unauthorized("readers.email", in_list=True)],
    }
    assert list(answer["data"]) == ["ledger", "readers", "__typename"]
    assert subgraphs["books"].requests == []
    assert "email" not in subgraphs["readers"].requests[0].json["query"]


async def test_a_caller_with_a_token_gets_what_takes_a_token(a_guarded_gateway, issuer):
    front = await a_guarded_gateway()

    answer = await front.json("{ ledger me { email } }", headers=issuer.bearer())

    assert answer == {"data": {"ledger": ["entry"], "me": {"email": "reader@books.test"}}}


@pytest.mark.parametrize(
    ("scope", "draft"),
    [("", None), ("review:read", None), ("review:write", "draft"), ("x admin y", "draft")],
)
async def test_scopes_are_demanded_as_the_file_says(a_guarded_gateway, issuer, scope, draft):
    front = await a_guarded_gateway()
    query = "{ book(id: 1) { reviews(first: 1) { stars text: draft } } }"

    answer = await front.json(query, headers=issuer.bearer(scope=scope))

    assert answer["data"] == {"book": {"reviews": [{"stars": 0, "text": draft}]}}
    assert [error["extensions"]["affectedPath"] for error in answer.get("errors", [])] == (
        [] if draft else ["book.reviews.text"]
    )


async def test_a_policy_holds_for_those_who_have_the_role(a_guarded_gateway, issuer):
    front = await a_guarded_gateway()
    query = "{ me { name salary } }"

    clerk = await front.json(query, headers=issuer.bearer(roles=["clerk"]))
    accountant = await front.json(query, headers=issuer.bearer(roles=["accountant"]))

    assert clerk == {"data": {"me": None}, "errors": [unauthorized("me.salary")]}
    assert accountant == {"data": {"me": {"name": "Reader 7", "salary": 1000}}}


async def test_a_null_that_may_not_be_goes_up_to_where_it_may(a_guarded_gateway):
    front = await a_guarded_gateway()

    answer = await front.json("{ __typename readers { salary } }")

    assert answer == {
        "data": None,
        "errors": [unauthorized("readers.salary", in_list=True)],
    }


async def test_fragments_and_aliases_are_no_way_around(a_guarded_gateway, subgraphs):
    front = await a_guarded_gateway()
    query = """
      query($yes: Boolean!) { readers { ...F x: id } ... on Query { l: ledger @include(if: $yes) } }
      fragment F on Reader { ... { mail: email } }
    """

    answer = await front.json(query, yes=True)
    without = await front.json(query, yes=False)

    assert answer["data"] == {
        "readers": [{"mail": None, "x": "0"}, {"mail": None, "x": "1"}],
        "l": None,
    }
    assert without["data"] == {"readers": [{"mail": None, "x": "0"}, {"mail": None, "x": "1"}]}
    assert subgraphs["books"].requests == []


async def test_one_document_serves_callers_of_every_right(a_guarded_gateway, issuer):
    front = await a_guarded_gateway()
    query = "{ readers { email } }"

    for _ in range(2):
        stranger = await front.json(query)
        known = await front.json(query, headers=issuer.bearer())
        assert stranger["data"] == {"readers": [{"email": None}] * 2}
        assert known == {"data": {"readers": [{"email": "reader@books.test"}] * 2}}


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Basic dTpw", "Bearer not.a.token", "Bearer " + "x" * 9_000],
)
async def test_a_token_that_does_not_hold_is_refused(a_guarded_gateway, subgraphs, authorization):
    front = await a_guarded_gateway()

    answer = await front.ask("{ books { id } }", headers={"authorization": authorization})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert subgraphs["books"].requests == []


@pytest.mark.parametrize(
    "claims", [{"seconds": -60}, {"iss": "https://evil.test"}, {"aud": "other"}]
)
async def test_a_token_for_other_times_or_places_is_refused(a_guarded_gateway, issuer, claims):
    front = await a_guarded_gateway()

    answer = await front.ask("{ __typename }", headers=issuer.bearer(**claims))

    assert answer.status_code == 401


async def test_strangers_can_be_kept_out_altogether(a_guarded_gateway, issuer):
    front = await a_guarded_gateway(token_required=True)

    assert (await front.ask("{ __typename }")).status_code == 401
    assert (await front.ask("{ __typename }", headers=issuer.bearer())).status_code == 200


async def test_without_verification_nothing_is_withheld(front):
    assert await front.json("{ ledger me { salary } }") == {
        "data": {"ledger": ["entry"], "me": {"salary": 1000}}
    }


async def test_subgraphs_get_the_identity_and_a_signature_that_holds_once(
    a_guarded_gateway, subgraphs, issuer
):
    keys = {"gateway-1": SECRET}
    encoded = base64.b64encode(SECRET).decode()
    front = await a_guarded_gateway(gateway_signature_keys=f"gateway-1:{encoded},old:AAAA")
    bearer = issuer.bearer()

    await front.json("{ book(id: 1) { title rating } }", headers={**bearer, "cookie": "a=b"})

    [request] = subgraphs["reviews"].requests
    verifier = Verifier(keys)
    headers = request.headers
    assert verifier.verify("POST", request.path, headers, request.body) == "gateway-1"
    assert headers["authorization"] == bearer["authorization"]
    assert "cookie" not in headers
    with pytest.raises(SignatureReplayed):
        verifier.verify("POST", request.path, headers, request.body)
    with pytest.raises(SignatureRefused):
        Verifier(keys).verify("POST", "/other", headers, request.body)


async def test_every_attempt_is_signed_anew(a_guarded_gateway, subgraphs):
    encoded = base64.b64encode(SECRET).decode()
    front = await a_guarded_gateway(gateway_signature_keys=f"k:{encoded}", subgraph_attempts=3)
    subgraphs["books"].misbehaviour = answering(503)

    await front.json("{ books { id } }")

    verifier = Verifier({"k": SECRET})
    for request in subgraphs["books"].requests:
        verifier.verify("POST", request.path, request.headers, request.body)
    assert len(subgraphs["books"].requests) == 3


async def test_a_client_that_asks_too_often_is_told_when_to_come_back(
    a_guarded_gateway, issuer, subgraphs
):
    front = await a_guarded_gateway(rate_per_second=0.5, rate_burst=2)
    asks = [await front.ask("{ books { id } }", headers=issuer.bearer("ann")) for _ in range(4)]
    other = await front.ask("{ books { id } }", headers=issuer.bearer("bob"))

    assert [ask.status_code for ask in asks] == [200, 200, 429, 429]
    assert asks[2].headers["retry-after"] == "2"
    assert asks[2].json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert other.status_code == 200
    assert len(subgraphs["books"].requests) == 3


def test_rates_fill_up_again_and_forget_whom_they_have_not_seen_for_long():
    now = [0.0]
    rates = Rates(1, 1, most_clients=10, clock=lambda: now[0])
    for n in range(50):
        rates.take(f"client {n}")

    with pytest.raises(RequestRefused):
        rates.take("client 49")
    now[0] = 1.0
    rates.take("client 49")

    assert len(rates._buckets) == 10


async def test_in_production_the_schema_is_not_told(a_gateway):
    front = await a_gateway(environment="production")

    for query in ("{ __schema { types { name } } }", '{ __type(name: "Book") { name } }'):
        answer = await front.json(query)
        assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert "data" not in answer
    assert "Did you mean" not in (await front.ask("{ bookz { id } }")).text
    assert "Did you mean" not in (await front.ask("query { book(idd: 1) { id } }")).text
    page = await front.http.get("/graphql", headers={"accept": "text/html"})
    assert "GraphiQL" not in page.text
    assert (await front.http.get("/graphiql/graphiql.min.js")).status_code == 404


async def test_for_developers_suggestions_are_made(front):
    assert "Did you mean" in (await front.ask("{ bookz { id } }")).text


async def test_in_production_faults_are_masked_and_can_be_found_by_their_trace(
    a_gateway, subgraphs
):
    front = await a_gateway(environment="production")
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-00"}

    fault = await front.json("{ broken __typename }", headers=headers)
    subgraphs["readers"].misbehaviour = answering(200, b"no")
    garbage = await front.json("{ broken }", headers=headers)
    subgraphs["readers"].misbehaviour = answering(
        200,
        b'{"data":{"broken":null},"errors":[{"message":"Too few.","path":["broken"],'
        b'"extensions":{"code":"TOO_FEW","stacktrace":["a"],"needed":3}}]}',
    )
    meant = await front.json("{ broken }", headers=headers)

    assert fault == {
        "data": {"broken": None, "__typename": "Query"},
        "errors": [
            {
                "message": "Something went wrong. Quote the trace when you report it.",
                "path": ["broken"],
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "traceId": trace},
            }
        ],
    }
    assert garbage["errors"][0]["message"] == "A part of the answer cannot be had now."
    assert garbage["errors"][0]["extensions"] == {
        "code": "SUBGRAPH_ANSWER_MALFORMED",
        "traceId": trace,
    }
    assert meant["errors"] == [
        {
            "message": "Too few.",
            "path": ["broken"],
            "extensions": {"code": "TOO_FEW", "needed": 3, "traceId": trace},
        }
    ]


async def test_a_secret_never_waits_in_what_others_share(a_guarded_gateway, issuer, subgraphs):
    front = await a_guarded_gateway()
    subgraphs["readers"].delay_seconds = 0.1

    stranger, known = await asyncio.gather(
        front.json("{ readers { email } }"),
        front.json("{ readers { email } }", headers=issuer.bearer()),
    )

    assert stranger["data"] == {"readers": [{"email": None}] * 2}
    assert known["data"] == {"readers": [{"email": "reader@books.test"}] * 2}
