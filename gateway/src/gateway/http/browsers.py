"""What browsers may do on behalf of pages from elsewhere: CORS, and no forged requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.http.asgi import Headers, RawHeaders, Reply
from gateway.refusals import RequestRefused, error

ANY: Final = "*"
PREFLIGHT_HEADERS: Final = (b"apollo-require-preflight", b"x-requested-with", b"graphql-preflight")
ALLOWED_METHODS: Final = b"GET, POST, OPTIONS"
REMEMBERED_SECONDS: Final = b"7200"


@dataclass(frozen=True, slots=True)
class Origins:
    """The pages that may read answers. A `*` never goes with cookies, of which we read none."""

    allowed: Sequence[str] = ()

    def allow(self, origin: bytes | None) -> bool:
        return origin is not None and (
            ANY in self.allowed or origin.decode("latin-1") in self.allowed
        )

    def headers(self, origin: bytes | None) -> RawHeaders:
        if not self.allowed or origin is None:
            return []
        vary = (b"vary", b"origin")
        if not self.allow(origin):
            return [vary]
        return [(b"access-control-allow-origin", origin), vary]

    def preflight(self, headers: Headers) -> Reply:
        origin = headers.get(b"origin")
        if b"access-control-request-method" not in headers or not self.allow(origin):
            return Reply(204, headers=((b"allow", ALLOWED_METHODS),))
        asked = headers.get(b"access-control-request-headers", b"content-type")
        return Reply(
            204,
            headers=(
                *self.headers(origin),
                (b"access-control-allow-methods", ALLOWED_METHODS),
                (b"access-control-allow-headers", asked),
                (b"access-control-max-age", REMEMBERED_SECONDS),
            ),
        )

    def refuse_forged(self, method: str, headers: Headers) -> None:
        """Refuse what a page elsewhere could make a browser send without asking us first.

        A POST is JSON and so always asked for. A GET is told by the Fetch Metadata that every
        current browser adds, unless it bears a header that pages can't add without asking.
        """
        if method != "GET" or headers.get(b"sec-fetch-site") not in (b"cross-site", b"same-site"):
            return
        if any(name in headers for name in PREFLIGHT_HEADERS) or self.allow(headers.get(b"origin")):
            return
        raise RequestRefused(
            [error("The request may be forged: send POST, or a preflight header.", "CSRF")],
            status=403,
        )

    def refuse_foreign_socket(self, headers: Headers) -> bool:
        """Whether a WebSocket is opened by a page from elsewhere; browsers ask nobody for those."""
        origin = headers.get(b"origin")
        if origin is None or self.allow(origin):
            return False
        return origin.partition(b"://")[2] != headers.get(b"host")
