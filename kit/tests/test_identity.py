import asyncio
import time
from base64 import urlsafe_b64encode

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from uvicorn import Config, Server

from kit.errors import Forbidden, Unauthenticated, Unavailable
from kit.identity import Caller, TokenVerifier
from kit.testing.issuer import AUDIENCE, ISSUER, Issuer


@pytest.fixture
def verifier(issuer: Issuer) -> TokenVerifier:
    return TokenVerifier(ISSUER, AUDIENCE, issuer.jwks_url)


async def test_a_token_says_who_calls(verifier: TokenVerifier, issuer: Issuer) -> None:
    token = issuer.token("marketer", unit="hq.zj", subject="ada", scope="a b")

    caller = await verifier.verify(token)

    assert (caller.subject, caller.unit) == ("ada", "hq.zj")
    assert caller.roles == {"marketer"}
    assert caller.scopes == {"a", "b"}


async def test_a_token_altered_in_any_part_is_refused(
    verifier: TokenVerifier, issuer: Issuer
) -> None:
    head, body, signature = issuer.token("marketer").split(".")
    other = issuer.token("operator").split(".")

    for altered in (
        f"{head}.{other[1]}.{signature}",
        f"{head}.{body}.{other[2]}",
        f"{head}.{body}.",
    ):
        with pytest.raises(Unauthenticated):
            await verifier.verify(altered)


async def test_a_token_without_signature_is_refused(verifier: TokenVerifier) -> None:
    parts = [{"alg": "none"}, {"sub": "x", "iss": ISSUER, "aud": AUDIENCE, "exp": 9_999_999_999}]
    head, body = (urlsafe_b64encode(orjson.dumps(each)).rstrip(b"=").decode() for each in parts)

    with pytest.raises(Unauthenticated):
        await verifier.verify(f"{head}.{body}.")


@pytest.mark.parametrize(
    "claims", [{"roles": "marketer"}, {"roles": [1]}, {"scope": ["a"]}, {"unit": 7}, {"exp": "x"}]
)
async def test_claims_that_make_no_sense_are_refused(
    verifier: TokenVerifier, issuer: Issuer, claims: dict
) -> None:
    token = issuer.token("marketer", **claims)

    with pytest.raises(Unauthenticated):
        await verifier.verify(token)


async def test_a_new_key_of_the_issuer_is_fetched_when_a_token_names_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    old, new = (Issuer(tmp_path_factory.mktemp("keys")) for _ in range(2))
    new.key = type(new.key).generate_key("Ed25519", {"kid": "newer", "use": "sig"})
    keys = [old.key]

    async def jwks(_request: Request) -> JSONResponse:
        return JSONResponse(KeySet(keys).as_dict(private=False))

    server = Server(Config(Starlette(routes=[Route("/jwks", jwks)]), port=0, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    verifier = TokenVerifier(ISSUER, AUDIENCE, f"http://127.0.0.1:{port}/jwks")

    await verifier.verify(old.token("marketer"))
    keys.append(new.key)
    verifier._fetched_at -= 60
    caller = await verifier.verify(_signed_by(new))

    server.should_exit = True
    await serving
    assert caller.roles == {"marketer"}


async def test_without_the_issuer_s_keys_callers_are_told_to_come_back(issuer: Issuer) -> None:
    verifier = TokenVerifier(ISSUER, AUDIENCE, "http://127.0.0.1:1/jwks")

    with pytest.raises(Unavailable, match="keys can't be had"):
        await verifier.verify(issuer.token("marketer"))


def test_a_caller_sees_their_unit_and_below_and_no_other() -> None:
    caller = Caller("ada", unit="hq.zj")

    caller.require_unit("hq.zj")
    caller.require_unit("hq.zj.hz")
    for foreign in ("hq", "hq.js", "hq.zjx"):
        with pytest.raises(Forbidden):
            caller.require_unit(foreign)


def _signed_by(issuer: Issuer) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": now + 60, "roles": ["marketer"]}
    return jwt.encode(
        {"alg": "Ed25519", "kid": "newer"}, claims, issuer.key, algorithms=["Ed25519"]
    )
