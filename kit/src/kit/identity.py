"""Who is calling: OpenID Connect tokens, verified by the issuer's keys."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname
from uuid import UUID

import httpx
import orjson
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from kit.errors import Forbidden, Unauthenticated, Unavailable
from kit.units import lies_below

ALGORITHMS = ["Ed25519", "ES256", "ES384", "RS256", "PS256"]
LEEWAY_SECONDS = 30
KEYS_FRESH_SECONDS = 300
REFETCH_SECONDS = 5
REMEMBERED_TOKENS = 10_000
TOKEN_LENGTH = 8_192


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent the request, as their token says."""

    subject: str
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    unit: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    purpose: str = ""
    """Why they ask, as the request says: the header Octoreach-Purpose."""

    def require_role(self, *roles: str) -> None:
        if self.roles.isdisjoint(roles):
            raise Forbidden(f"This takes one of the roles {', '.join(sorted(roles))}.")

    def require_scope(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Forbidden(f"This takes the scope {scope}.")

    def require_unit(self, path: str) -> None:
        if not self.sees(path):
            raise Forbidden(f"The unit {path} is not in yours.")

    def require_whole_organisation(self) -> None:
        """For what holds for all units: the caller's is the one that all others lie below."""
        if self.unit is None or "." in self.unit:
            raise Forbidden("This takes the unit of the whole organisation.")

    def claimed_id(self, claim: str) -> UUID:
        """The id that the token claims; Forbidden where it claims none."""
        try:
            return UUID(str(self.claims.get(claim)))
        except ValueError:
            raise Forbidden(f"This takes a token with the claim {claim}, an id.") from None

    def sees(self, path: str) -> bool:
        return self.unit is not None and lies_below(path, self.unit)


class TokenVerifier:
    """Verifies tokens, and remembers the verdict until the token expires."""

    def __init__(self, issuer: str, audience: str, jwks_url: str) -> None:
        self.jwks_url = jwks_url
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._fetching = asyncio.Lock()
        self._known: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
        )

    async def verify(self, token: str) -> Caller:
        """The caller, or Unauthenticated with a reason that gives nothing away.

        Unavailable while the issuer's keys have never been had.
        """
        digest = hashlib.blake2b(token.encode(), digest_size=16).digest()
        if known := self._known.get(digest):
            if time.time() < known[0]:
                return known[1]
            del self._known[digest]
        caller, expires = await self._verify(token)
        self._known[digest] = (expires, caller)
        if len(self._known) > REMEMBERED_TOKENS:
            self._known.popitem(last=False)
        return caller

    async def _verify(self, token: str) -> tuple[Caller, float]:
        if len(token) > TOKEN_LENGTH:
            raise Unauthenticated("The token is too long.")
        claims = await self._decode(token)
        try:
            self._claims.validate(claims)
            return caller_from(claims), float(claims["exp"])
        except (JoseError, ValueError, TypeError) as refused:
            raise Unauthenticated("The token is expired or not for us.") from refused

    async def _decode(self, token: str) -> dict[str, Any]:
        try:
            try:
                return jwt.decode(token, await self._current_keys(), algorithms=ALGORITHMS).claims
            except InvalidKeyIdError:
                return jwt.decode(token, await self._newer_keys(), algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, TypeError) as refused:
            raise Unauthenticated("The token can't be verified.") from refused

    async def _current_keys(self) -> KeySet:
        if self._keys is not None and time.monotonic() - self._fetched_at < KEYS_FRESH_SECONDS:
            return self._keys
        return await self._newer_keys()

    async def _newer_keys(self) -> KeySet:
        """Fetch the issuer's keys, not more often than every few seconds."""
        async with self._fetching:
            if self._keys is not None and time.monotonic() - self._fetched_at < REFETCH_SECONDS:
                return self._keys
            try:
                self._keys = KeySet.import_key_set(await fetch_keys(self.jwks_url))
            except (httpx.HTTPError, OSError, ValueError, JoseError) as unreachable:
                if self._keys is None:
                    raise Unavailable("The issuer's keys can't be had now.") from unreachable
            self._fetched_at = time.monotonic()
            return self._keys


async def fetch_keys(url: str) -> Any:
    """The key set at `url`: over HTTP, or a mounted file."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return orjson.loads(await asyncio.to_thread(Path(url2pathname(parts.path)).read_bytes))
    async with httpx.AsyncClient(timeout=5) as client:
        answer = await client.get(url)
        return answer.raise_for_status().json()


def caller_from(claims: Mapping[str, Any]) -> Caller:
    """The caller described by verified claims; ValueError when they make no sense."""
    roles = claims.get("roles", [])
    scope = claims.get("scope", "")
    unit = claims.get("unit")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise ValueError("roles is a list of texts")
    if not isinstance(scope, str) or not (unit is None or isinstance(unit, str)):
        raise ValueError("scope and unit are texts")
    return Caller(
        subject=str(claims["sub"]),
        roles=frozenset(roles),
        scopes=frozenset(scope.split()),
        unit=unit,
        claims=dict(claims),
    )
