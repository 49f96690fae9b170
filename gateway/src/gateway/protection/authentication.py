"""Telling who is calling from the Authorization header."""

from gateway.refusals import RequestRefused, error
from kit.errors import Unauthenticated, Unavailable
from kit.identity import Caller, TokenVerifier


class Authentication:
    """Verifies bearer tokens. Without a verifier everybody is a stranger and nothing is withheld."""

    def __init__(self, verifier: TokenVerifier | None, token_required: bool = False) -> None:
        self._verifier = verifier
        self._token_required = token_required

    @property
    def enforced(self) -> bool:
        return self._verifier is not None

    async def caller(self, authorization: str | None) -> Caller | None:
        """The caller, None for a stranger; a token that does not hold is refused with 401.

        503 while the issuer's keys have never been had.
        """
        if self._verifier is None:
            return None
        if authorization is None:
            if self._token_required:
                raise unauthenticated("A token is required.")
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise unauthenticated("The Authorization header holds no bearer token.")
        try:
            return await self._verifier.verify(token.strip())
        except Unauthenticated as refused:
            raise unauthenticated(str(refused)) from refused
        except Unavailable as away:
            raise RequestRefused(
                [error(str(away), "UNAVAILABLE")], status=503, headers=(("retry-after", "1"),)
            ) from away


def unauthenticated(message: str) -> RequestRefused:
    return RequestRefused(
        [error(message, "UNAUTHENTICATED")],
        status=401,
        headers=(("www-authenticate", 'Bearer error="invalid_token"'),),
    )
