"""Links to the preference page: whoever has one is the customer, for a time, and for this only."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet, OctKey

from customer.settings import settings
from kit.models import utcnow

ALGORITHM: Final = "HS256"
PURPOSE: Final = "octoreach:preferences"
LONGEST_TOKEN: Final = 1_024


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a link is for; `channel_kind` is that of the message it was sent in, if in one."""

    token: str
    customer_id: UUID
    channel_kind: str | None
    expires_at: datetime

    @property
    def url(self) -> str:
        return f"{settings().preference_url.rstrip('/')}/preferences/{self.token}"


class LinkRefused(Exception):
    """Nothing we signed for this purpose."""


class LinkExpired(Exception):
    """Ours, and too old."""


def make_link(customer_id: UUID, channel_kind: str | None = None) -> Link:
    now = utcnow().replace(microsecond=0)
    expires_at = now + timedelta(days=settings().preference_link_days)
    name, key = next(iter(settings().link_keys().items()))
    claims = {
        "aud": PURPOSE,
        "sub": str(customer_id),
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    if channel_kind:
        claims["channel_kind"] = channel_kind
    header = {"alg": ALGORITHM, "kid": name}
    token = jwt.encode(header, claims, OctKey.import_key(key), algorithms=[ALGORITHM])
    return Link(token, customer_id, channel_kind, expires_at)


def read_link(token: str) -> Link:
    """The link behind a token; LinkExpired or LinkRefused."""
    if len(token) > LONGEST_TOKEN:
        raise LinkRefused
    try:
        claims = jwt.decode(token, _keys(), algorithms=[ALGORITHM]).claims
        required: Any = {"aud": {"essential": True, "value": PURPOSE}, "exp": {"essential": True}}
        jwt.JWTClaimsRegistry(now=int(utcnow().timestamp()), **required).validate(claims)
        return Link(
            token,
            UUID(claims["sub"]),
            claims.get("channel_kind"),
            datetime.fromtimestamp(claims["exp"], UTC),
        )
    except ExpiredTokenError as old:
        raise LinkExpired from old
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as refused:
        raise LinkRefused from refused


def form_code(token: str) -> str:
    """What only a page that we showed for this link carries back."""
    return _codes(token)[0]


def is_form_code(token: str, code: str) -> bool:
    return any(hmac.compare_digest(each.encode(), code.encode()) for each in _codes(token))


def _codes(token: str) -> list[str]:
    about = b"form:" + token.encode()
    return [
        hmac.new(key, about, hashlib.sha256).hexdigest() for key in settings().link_keys().values()
    ]


def _keys() -> KeySet:
    named = settings().link_keys().items()
    return KeySet([OctKey.import_key(key, {"kid": name}) for name, key in named])
