"""An issuer of tokens, with real keys in a real file."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

ISSUER = "https://issuer.test"
AUDIENCE = "graph"


@dataclass
class Issuer:
    """Signs what it is asked to."""

    key: ECKey
    jwks: Path

    @classmethod
    def in_folder(cls, folder: Path) -> "Issuer":
        key = ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256", "use": "sig"})
        jwks = folder / "jwks.json"
        jwks.write_bytes(orjson.dumps(KeySet([key]).as_dict(private=False)))
        return cls(key, jwks)

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "auth": True,
            "oidc_issuer": ISSUER,
            "oidc_audience": AUDIENCE,
            "oidc_jwks_url": self.jwks.as_uri(),
        }

    def token(self, subject: str = "ann", *, seconds: float = 300, **claims: Any) -> str:
        said = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "exp": int(time.time() + seconds),
            **claims,
        }
        return jwt.encode({"alg": "ES256", "kid": "one"}, said, self.key)

    def bearer(self, subject: str = "ann", **claims: Any) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(subject, **claims)}"}
