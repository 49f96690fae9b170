import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from kit.errors import Unauthenticated
from kit.identity import TokenVerifier
from local.folder import Folder
from local.tokens import Issuer, Wanted

AUDIENCE = "octoreach"


async def test_a_token_says_who_may_do_what_and_where(run, tmp_path: Path) -> None:
    asked = ["partner", "--unit", "hq.zj.hz", "--partner", "P-7", "--subject", "till-3"]

    answer = json.loads(run("token", *asked, "--ttl", 60, "--json", "--folder", tmp_path).stdout)

    claims = answer["claims"]
    assert abs(claims.pop("iat") - time.time()) < 10
    assert abs(claims.pop("exp") - time.time() - 60) < 10
    assert len(claims.pop("jti")) == 36
    assert claims == {
        "iss": "http://127.0.0.1:4005",
        "aud": AUDIENCE,
        "sub": "till-3",
        "roles": ["partner"],
        "scope": "touchpoints:write orders:write tasks:work fulfilments:work settlements:read "
        "vouchers:redeem",
        "unit": "hq.zj.hz",
        "partner": "P-7",
    }


async def test_services_verify_a_token_by_the_keys_that_the_desk_shows(
    desk: httpx.Client, desk_folder: Path
) -> None:
    url = str(desk.base_url).rstrip("/")
    issuer = Issuer(Folder(desk_folder), url, AUDIENCE)
    token = issuer.sign(issuer.claims(Wanted("marketer", unit="hq.zj", scope="a b")))

    caller = await TokenVerifier(url, AUDIENCE, f"{url}/.well-known/jwks.json").verify(token)

    assert caller.subject == "local-marketer"
    assert caller.roles == {"marketer"}
    assert caller.scopes == {"a", "b"}
    assert caller.unit == "hq.zj"


async def test_a_token_of_another_machine_is_refused(desk: httpx.Client, tmp_path: Path) -> None:
    url = str(desk.base_url).rstrip("/")
    stranger = Issuer(Folder(tmp_path), url, AUDIENCE)
    token = stranger.sign(stranger.claims(Wanted("operator")))

    with pytest.raises(Unauthenticated):
        await TokenVerifier(url, AUDIENCE, f"{url}/.well-known/jwks.json").verify(token)


def test_the_issuer_says_where_its_keys_are(desk: httpx.Client) -> None:
    configuration = desk.get("/.well-known/openid-configuration").json()

    url = str(desk.base_url).rstrip("/")
    assert (configuration["issuer"], configuration["jwks_uri"]) == (
        url,
        f"{url}/.well-known/jwks.json",
    )


def test_the_desk_shows_no_private_key(desk: httpx.Client) -> None:
    (key,) = desk.get("/.well-known/jwks.json").json()["keys"]

    assert sorted(key) == ["alg", "e", "kid", "kty", "n", "use"]


def test_the_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    Issuer(Folder(tmp_path), "http://127.0.0.1:1", AUDIENCE)

    assert (tmp_path / "issuer-key.json").stat().st_mode & 0o777 == 0o600


def test_who_asks_at_the_same_time_gets_the_same_key(tmp_path: Path) -> None:
    def shown(_: int) -> str:
        return json.dumps(Issuer(Folder(tmp_path), "http://127.0.0.1:1", AUDIENCE).public_keys())

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(shown, range(8)))

    assert len(keys) == 1
    assert [path.name for path in tmp_path.glob("issuer*")] == ["issuer-key.json"]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (
            ["emperor"],
            "There is no role 'emperor'. The roles are: marketer, approver, front_line, partner, "
            "analyst, operator, customer.",
        ),
        (["marketer", "--unit", "hq..zj"], "'hq..zj' is no unit: give its path, such as hq.zj.hz."),
        (
            ["marketer", "--ttl", "0"],
            "A token must be valid for at least a second: give a larger --ttl.",
        ),
    ],
)
def test_what_makes_no_sense_gets_no_token(
    run, tmp_path: Path, asked: list[str], answer: str
) -> None:
    done = run("token", *asked, "--folder", tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"✗ {answer}\n")
    assert list(tmp_path.iterdir()) == []
