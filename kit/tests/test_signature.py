"""Signed requests: genuine ones pass once, everything else is refused for the right reason."""

import datetime
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from time import thread_time

import pytest
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)
from hypothesis import given
from hypothesis import strategies as st

from kit.signature import (
    DigestWrong,
    Nonces,
    SignatureKeyUnknown,
    SignatureMalformed,
    SignatureMissing,
    SignatureRefused,
    SignatureReplayed,
    SignatureStale,
    SignatureWrong,
    TooManySignatures,
    Verifier,
    sign,
)

KEY = b"a shared key of thirty-two bytes"
KEYS = {"gateway": KEY}
BODY = b'{"query":"{ me { name } }"}'
NOON = 1_800_000_000.0


def at(seconds: float) -> Callable[[], float]:
    return lambda: seconds


def verifier(now: float = NOON, **options: int) -> Verifier:
    return Verifier(KEYS, clock=at(now), **options)


def signed(**changes: object) -> dict[str, str]:
    request = {"method": "POST", "path": "/graphql", "body": BODY, "key": KEY, "key_id": "gateway"}
    return sign(**{**request, "now": NOON, **changes})  # type: ignore[arg-type]


class Request:
    """What the independent implementation reads: method, URL and headers."""

    def __init__(self, method: str, url: str, headers: dict[str, str]) -> None:
        self.method = method
        self.url = url
        self.headers = headers


class TheOneKey(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id: str) -> bytes:
        return KEYS[key_id]

    def resolve_private_key(self, key_id: str) -> bytes:
        return KEYS[key_id]


def test_a_genuine_request_passes_and_names_its_key():
    assert verifier().verify("POST", "/graphql", signed(), BODY) == "gateway"


def test_a_request_passes_once():
    ours = verifier()
    headers = signed()
    ours.verify("POST", "/graphql", headers, BODY)

    with pytest.raises(SignatureReplayed):
        ours.verify("POST", "/graphql", headers, BODY)


@pytest.mark.parametrize("name", ["content-digest", "signature-input", "signature"])
def test_a_request_without_a_signature_header_is_refused_as_missing(name: str):
    headers = signed()
    del headers[name]

    with pytest.raises(SignatureMissing):
        verifier().verify("POST", "/graphql", headers, BODY)


@pytest.mark.parametrize("seconds", [32, 3600, -6, -3600])
def test_a_request_signed_too_long_ago_or_in_the_future_is_refused_as_stale(seconds: int):
    with pytest.raises(SignatureStale):
        verifier(NOON + seconds).verify("POST", "/graphql", signed(), BODY)


@pytest.mark.parametrize("seconds", [0, 30, -5])
def test_clocks_that_differ_a_little_are_no_reason_to_refuse(seconds: int):
    assert verifier(NOON + seconds).verify("POST", "/graphql", signed(), BODY) == "gateway"


def test_a_key_that_nobody_knows_is_refused():
    with pytest.raises(SignatureKeyUnknown):
        verifier().verify("POST", "/graphql", signed(key_id="stranger"), BODY)


def test_another_key_under_a_known_name_is_refused():
    with pytest.raises(SignatureWrong):
        verifier().verify("POST", "/graphql", signed(key=b"another key"), BODY)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/graphql"), ("POST", "/admin"), ("POST", "/graphql/")]
)
def test_a_signature_moved_to_another_method_or_path_is_refused(method: str, path: str):
    with pytest.raises(SignatureWrong):
        verifier().verify(method, path, signed(), BODY)


def test_another_body_under_the_signed_digest_is_refused():
    with pytest.raises(DigestWrong):
        verifier().verify("POST", "/graphql", signed(), b'{"query":"{ secrets }"}')


def test_another_body_with_its_own_digest_is_refused():
    body = b'{"query":"{ secrets }"}'
    digest = f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"

    with pytest.raises(SignatureWrong):
        verifier().verify("POST", "/graphql", {**signed(), "content-digest": digest}, body)


def test_a_refused_request_does_not_use_up_the_nonce_of_the_genuine_one():
    ours = verifier()
    headers = signed()
    with pytest.raises(DigestWrong):
        ours.verify("POST", "/graphql", headers, b"other")

    assert ours.verify("POST", "/graphql", headers, BODY) == "gateway"


def test_a_full_memory_of_nonces_refuses_rather_than_forgets():
    ours = verifier(max_nonces=2)
    first = signed()
    ours.verify("POST", "/graphql", first, BODY)
    ours.verify("POST", "/graphql", signed(), BODY)

    with pytest.raises(TooManySignatures):
        ours.verify("POST", "/graphql", signed(), BODY)
    with pytest.raises(SignatureReplayed):
        ours.verify("POST", "/graphql", first, BODY)


@given(st.lists(st.floats(min_value=0, max_value=40), min_size=1, max_size=40))
def test_a_nonce_is_remembered_for_as_long_as_its_signature_would_pass(steps: list[float]):
    nonces = Nonces(kept_seconds=36, at_most=1000)
    now = NOON
    seen: dict[str, float] = {}

    for step in steps:
        now += step
        nonces.remember(str(len(seen)), now)
        seen[str(len(seen))] = now
        for nonce, when in seen.items():
            if now - when <= 36:
                with pytest.raises(SignatureReplayed):
                    nonces.remember(nonce, now)
        assert len(nonces.young) + len(nonces.old) <= 1 + sum(
            now - when <= 3 * 36 for when in seen.values()
        )


@given(
    name=st.sampled_from(["content-digest", "signature-input", "signature"]),
    position=st.integers(min_value=0, max_value=400),
    replacement=st.characters(max_codepoint=0x2FF),
)
def test_no_single_character_of_a_signature_can_be_changed(
    name: str, position: int, replacement: str
):
    headers = signed()
    place = position % len(headers[name])
    tampered = headers[name][:place] + replacement + headers[name][place + 1 :]
    if tampered.strip() == headers[name]:
        return

    try:
        verifier().verify("POST", "/graphql", {**headers, name: tampered}, BODY)
    except SignatureRefused:
        return
    assert same_signature(headers[name], tampered)


def same_signature(before: str, after: str) -> bool:
    """The last character before the padding holds bits that base64 ignores."""
    return before.endswith("=:") and before[:-3] == after[:-3] and after.endswith("=:")


@given(
    st.dictionaries(
        st.sampled_from(["content-digest", "signature-input", "signature"]), st.text(max_size=200)
    ),
    st.binary(max_size=50),
)
def test_garbage_is_refused_and_never_crashes(headers: dict[str, str], body: bytes):
    with pytest.raises(SignatureRefused):
        verifier().verify("POST", "/graphql", headers, body)


@pytest.mark.parametrize(
    "said",
    [
        'sig1=("@method" "@path");created=1800000000;nonce="n";keyid="gateway"',
        'sig1=("@method" "@path" "@path");created=1800000000;nonce="n";keyid="gateway"',
        'sig1=("@method" "@path" "content-digest");created=1800000000;keyid="gateway"',
        'sig1=("@method" "@path" "content-digest");nonce="n";keyid="gateway"',
        'sig1=("@method" "@path" "content-digest");created="x";nonce="n";keyid="gateway"',
        'sig1=("@method" "@path" "content-digest");created=1;nonce="n";keyid="gateway";alg="none"',
    ],
)
def test_a_signature_that_covers_less_than_we_ask_for_is_refused_as_malformed(said: str):
    with pytest.raises(SignatureMalformed):
        verifier().verify("POST", "/graphql", {**signed(), "signature-input": said}, BODY)


def test_an_independent_implementation_accepts_what_we_sign():
    headers = sign("POST", "/graphql", BODY, KEY, "gateway")
    theirs = HTTPMessageVerifier(
        signature_algorithm=algorithms.HMAC_SHA256, key_resolver=TheOneKey()
    )

    [result] = theirs.verify(
        Request("POST", "http://subgraph.example/graphql?a=b", headers), body=BODY
    )

    assert list(result.covered_components) == [
        '"@method"',
        '"@path"',
        '"content-digest"',
        '"@signature-params"',
    ]
    assert result.parameters["keyid"] == "gateway"


@given(body=st.binary(max_size=100), path=st.sampled_from(["/", "/graphql", "/a/b%20c"]))
def test_we_accept_what_an_independent_implementation_signs(body: bytes, path: str):
    request = Request("POST", f"https://subgraph.example{path}", {})
    theirs = HTTPMessageSigner(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=TheOneKey())
    theirs.sign(
        request,
        key_id="gateway",
        nonce="b3k2pp5k7z-50gnwp.yemd",
        created=datetime.datetime.fromtimestamp(NOON, datetime.UTC),
        covered_component_ids=("content-digest", "@path", "@method"),
        body=body,
    )
    headers = {name.lower(): value for name, value in request.headers.items()}

    assert verifier().verify("POST", path, headers, body) == "gateway"


def test_signing_and_verifying_costs_tens_of_microseconds():
    ours = Verifier(KEYS)

    def spent_on_one() -> float:
        """Seconds of the processor, whoever else has it meanwhile."""
        before = thread_time()
        ours.verify("POST", "/graphql", sign("POST", "/graphql", BODY, KEY, "gateway"), BODY)
        return thread_time() - before

    quickest = min(spent_on_one() for _ in range(300))

    assert quickest < 1e-3, f"{quickest * 1e6:.0f} µs"
