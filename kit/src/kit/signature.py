"""Signed requests between our own processes: HTTP Message Signatures (RFC 9421) with one shared key.

A signature covers the method, the path, the digest of the body (RFC 9530), the time and a nonce, so
that a request made directly, altered, late or for the second time is told from a genuine one.
"""

import re
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from os import urandom
from typing import Final, NamedTuple

LABEL: Final = "sig1"
COVERED: Final = '("@method" "@path" "content-digest")'
LEEWAY_SECONDS: Final = 5

COMPONENTS = r'"(?:@method|@path|content-digest)"'
INPUT = re.compile(
    rf"(?P<label>[a-z*][a-z0-9_.*-]{{0,63}})="
    rf"(?P<covered_and_parameters>\((?P<covered>{COMPONENTS}(?: {COMPONENTS}){{2}})\)"
    r'(?P<parameters>(?:;[a-z]{1,16}=(?:"[^"\\]{0,256}"|\d{1,15})){1,8}))'
)
PARAMETER = re.compile(r';([a-z]+)=(?:"([^"]*)"|(\d+))')
DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?=,|$)")


class SignatureRefused(Exception):
    """The request is not a genuine one. Subclasses say why."""


class SignatureMissing(SignatureRefused):
    """A header that a signed request carries is not there."""


class SignatureMalformed(SignatureRefused):
    """The signature is not written as RFC 9421 says, or covers other parts than we ask for."""


class SignatureStale(SignatureRefused):
    """The signature was made too long ago, or in the future."""


class SignatureReplayed(SignatureRefused):
    """The nonce was seen before."""


class SignatureKeyUnknown(SignatureRefused):
    """Nobody we know signs with this key id."""


class SignatureWrong(SignatureRefused):
    """The signature does not belong to this method, path, digest, time and nonce."""


class DigestWrong(SignatureRefused):
    """The body is not the one that was signed."""


class TooManySignatures(SignatureRefused):
    """More signatures are young enough to be replayed than there is room to remember."""


def sign(
    method: str, path: str, body: bytes, key: bytes, key_id: str, now: float | None = None
) -> dict[str, str]:
    """The headers that make a request a signed one, their names in lower case.

    `path` is the raw path of the request target; a query string is not covered and is cut off.
    """
    content_digest = f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"
    created = int(time.time() if now is None else now)
    signed = f'{COVERED};created={created};nonce="{urandom(16).hex()}";keyid="{key_id}"'
    base = (
        f'"@method": {method}\n"@path": {path.partition("?")[0] or "/"}\n'
        f'"content-digest": {content_digest}\n"@signature-params": {signed}'
    )
    signature = b64encode(hmac_digest(key, base.encode(), "sha256")).decode()
    return {
        "content-digest": content_digest,
        "signature-input": f"{LABEL}={signed}",
        "signature": f"{LABEL}=:{signature}:",
    }


class Claim(NamedTuple):
    """What a request says of its own signature; nothing of it is proven yet."""

    covered: list[str]
    signed: str
    created: int
    nonce: str
    key_id: str
    signature: bytes


def claim_of(headers: Mapping[str, str]) -> Claim:
    said = headers.get("signature-input")
    signature = headers.get("signature")
    if said is None or signature is None or headers.get("content-digest") is None:
        raise SignatureMissing("the request is not signed")
    match = INPUT.fullmatch(said.strip())
    if match is None:
        raise SignatureMalformed("signature-input is not understood")
    covered = match["covered"].replace('"', "").split(" ")
    parameters = {
        name: text or number for name, text, number in PARAMETER.findall(match["parameters"])
    }
    if len(set(covered)) != len(covered) or not {"created", "nonce", "keyid"} <= set(parameters):
        raise SignatureMalformed("a covered part or a parameter is missing")
    if parameters.get("alg", "hmac-sha256") != "hmac-sha256" or not parameters["created"].isdigit():
        raise SignatureMalformed("the algorithm is not hmac-sha256, or created is not a number")
    return Claim(
        covered,
        match["covered_and_parameters"],
        int(parameters["created"]),
        parameters["nonce"],
        parameters["keyid"],
        _bytes_of(signature.strip(), match["label"]),
    )


def _bytes_of(signature: str, label: str) -> bytes:
    prefix = f"{label}=:"
    if not signature.startswith(prefix) or not signature.endswith(":"):
        raise SignatureMalformed("signature is not understood")
    try:
        return b64decode(signature[len(prefix) : -1], validate=True)
    except (NotBase64, ValueError) as error:
        raise SignatureMalformed("signature is not base64") from error


class Nonces:
    """The nonces of the last while, in two generations: the elder is dropped whole when it is too old."""

    def __init__(self, kept_seconds: float, at_most: int) -> None:
        self.kept_seconds = kept_seconds
        self.at_most = at_most
        self.young: set[str] = set()
        self.old: set[str] = set()
        self.young_since = 0.0

    def remember(self, nonce: str, now: float) -> None:
        """Take note of a nonce, or refuse it: `SignatureReplayed`, `TooManySignatures`."""
        age = now - self.young_since
        if age > self.kept_seconds:
            self.old = self.young if age <= 2 * self.kept_seconds else set()
            self.young = set()
            self.young_since = now
        if nonce in self.young or nonce in self.old:
            raise SignatureReplayed("the nonce was seen before")
        if len(self.young) + len(self.old) >= self.at_most:
            raise TooManySignatures("too many young signatures to remember")
        self.young.add(nonce)


class Verifier:
    """Tells genuine requests from others. Nonces are remembered by this process alone."""

    def __init__(
        self,
        keys: Mapping[str, bytes],
        max_age_seconds: int = 30,
        max_nonces: int = 500_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.keys = keys
        self.max_age_seconds = max_age_seconds
        self.clock = clock
        self.nonces = Nonces(max_age_seconds + LEEWAY_SECONDS + 1, max_nonces)

    def verify(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> str:
        """The id of the key that signed, or a `SignatureRefused`.

        `headers` are looked up by lower-case name. A nonce is remembered only once all else holds,
        so that nobody without the key can use one up.
        """
        claim = claim_of(headers)
        now = self.clock()
        if not -LEEWAY_SECONDS <= now - claim.created <= self.max_age_seconds + 1:
            raise SignatureStale("the signature is too old, or from the future")
        key = self.keys.get(claim.key_id)
        if key is None:
            raise SignatureKeyUnknown("the key is not known")
        self._check_signature(claim, key, method, path, headers["content-digest"].strip())
        self._check_digest(headers["content-digest"], body)
        self.nonces.remember(claim.nonce, now)
        return claim.key_id

    def _check_signature(
        self, claim: Claim, key: bytes, method: str, path: str, content_digest: str
    ) -> None:
        values = {
            "@method": method,
            "@path": path.partition("?")[0] or "/",
            "content-digest": content_digest,
        }
        lines = [f'"{part}": {values[part]}' for part in claim.covered]
        lines.append(f'"@signature-params": {claim.signed}')
        expected = hmac_digest(key, "\n".join(lines).encode(errors="replace"), "sha256")
        if not compare_digest(expected, claim.signature):
            raise SignatureWrong("the signature does not belong to this request")

    def _check_digest(self, content_digest: str, body: bytes) -> None:
        found = DIGEST.search(content_digest)
        if found is None:
            raise SignatureMalformed("content-digest holds no sha-256")
        if not compare_digest(b64decode(found[1]), sha256(body).digest()):
            raise DigestWrong("the body is not the one that was signed")
