"""An OpenID Connect issuer for tests: real keys, real tokens."""

import time
from pathlib import Path
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

ISSUER = "https://issuer.test"
AUDIENCE = "octoreach"


class Issuer:
    """Signs tokens with a key of its own, and publishes the public half as a file."""

    def __init__(self, folder: Path) -> None:
        self.key = OKPKey.generate_key("Ed25519", {"kid": "test", "use": "sig", "alg": "Ed25519"})
        path = folder / "jwks.json"
        path.write_bytes(orjson.dumps(KeySet([self.key]).as_dict(private=False)))
        self.jwks_url = path.as_uri()

    def token(
        self,
        *roles: str,
        unit: str | None = "hq",
        subject: str = "somebody",
        scope: str | None = None,
        seconds: int = 3600,
        **claims: Any,
    ) -> str:
        """A token as the platform's issuer would give it."""
        now = int(time.time())
        content: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + seconds,
            "roles": list(roles),
            **({"unit": unit} if unit else {}),
            **({"scope": scope} if scope is not None else {}),
            **claims,
        }
        return jwt.encode(
            {"alg": "Ed25519", "kid": "test"}, content, self.key, algorithms=["Ed25519"]
        )
