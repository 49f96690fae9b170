"""The development issuer's keys, and the tokens it signs; production settings refuse both."""

import json
import re
import time
import uuid
from dataclasses import dataclass

from joserfc import jwt
from joserfc.jwk import RSAKey

from local.folder import ISSUER_KEY, Folder
from local.problems import Problem

# Of all algorithms RS256 costs least to verify: 36 µs, against 102 for ES256 and 142 for Ed25519.
ALGORITHM = "RS256"
KEY_BITS = 2048
DEFAULT_TTL_SECONDS = 12 * 3600

# What each role may do without asking for more, by scope.
SCOPES = {
    "marketer": "",
    "approver": "approve:business approve:finance approve:compliance",
    "front_line": "",
    "partner": "touchpoints:write orders:write tasks:work fulfilments:work settlements:read "
    "vouchers:redeem",
    "analyst": "",
    "operator": "",
    "customer": "",
}
ROLES = tuple(SCOPES)
_UNIT = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Wanted:
    """Who asks for a token, and for what."""

    role: str
    unit: str | None = None
    subject: str | None = None
    scope: str | None = None
    partner: str | None = None
    customer: str | None = None
    ttl_seconds: int = DEFAULT_TTL_SECONDS

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise Problem(f"There is no role {self.role!r}. The roles are: {', '.join(ROLES)}.")
        if self.unit is not None and not _UNIT.fullmatch(self.unit):
            raise Problem(f"{self.unit!r} is no unit: give its path, such as hq.zj.hz.")
        if self.ttl_seconds <= 0:
            raise Problem("A token must be valid for at least a second: give a larger --ttl.")


class Issuer:
    """Signs with a key made once per folder."""

    def __init__(self, folder: Folder, url: str, audience: str) -> None:
        self.url = url
        self.audience = audience
        self._key = RSAKey.import_key(json.loads(folder.kept(ISSUER_KEY, _new_key)))

    def claims(self, wanted: Wanted) -> dict[str, object]:
        now = int(time.time())
        optional = {
            "unit": wanted.unit,
            "partner": wanted.partner,
            "customer": wanted.customer,
        }
        return {
            "iss": self.url,
            "aud": self.audience,
            "sub": wanted.subject or f"local-{wanted.role}",
            "iat": now,
            "exp": now + wanted.ttl_seconds,
            "jti": str(uuid.uuid4()),
            "roles": [wanted.role],
            "scope": SCOPES[wanted.role] if wanted.scope is None else wanted.scope,
        } | {name: value for name, value in optional.items() if value is not None}

    def sign(self, claims: dict[str, object]) -> str:
        header = {"alg": ALGORITHM, "typ": "JWT", "kid": self._key.kid}
        return jwt.encode(header, claims, self._key)

    def public_keys(self) -> dict[str, object]:
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "alg": ALGORITHM, "use": "sig"}]}

    def configuration(self) -> dict[str, object]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "scopes_supported": sorted({one for scope in SCOPES.values() for one in scope.split()}),
            "claims_supported": ["sub", "roles", "scope", "unit", "partner", "customer"],
        }


def _new_key() -> str:
    key = RSAKey.generate_key(KEY_BITS, auto_kid=True)
    return json.dumps(key.as_dict(private=True))
