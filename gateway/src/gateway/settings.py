"""What the gateway is told by its environment, checked before it starts."""

from base64 import b64decode
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gateway.documents.limits import DocumentLimits
from gateway.documents.reading import DocumentRules
from gateway.documents.trusted import TrustMode
from gateway.upstream.pool import Limits
from gateway.upstream.subgraph import Care, SigningKey

Listed = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Twelve-factor settings: one environment variable each, named like the field in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    environment: Literal["local", "production"] = Field(
        "production",
        description="`local` opens what only a developer needs: introspection, suggestions, "
        "GraphiQL, subgraphs' errors as they are.",
    )
    supergraph: Path = Field(description="The supergraph file; taken in anew when it changes.")
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(4000, ge=0, le=65535, description="The port to listen on.")
    processes: int = Field(1, ge=1, le=64, description="Processes that share the port.")
    subgraph_urls: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict, description="NAME=URL,...: in place of the URLs in the file."
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    slow_seconds: float = Field(1.0, gt=0, description="Longer operations are logged with a plan.")
    trace_share: float = Field(0.01, ge=0, le=1, description="Share of requests that are traced.")
    drain_seconds: float = Field(20, ge=0, le=300, description="Time left to requests under way.")
    unready_seconds: float = Field(
        0, ge=0, le=60, description="How long to answer `not ready` before the port is closed."
    )

    auth: bool = Field(True, description="Verify tokens and enforce the file's access directives.")
    token_required: bool = Field(False, description="Refuse requests without a token.")
    oidc_issuer: str | None = Field(None, description="The `iss` that tokens must carry.")
    oidc_audience: str = Field("octoreach", description="The `aud` that tokens must carry.")
    oidc_jwks_url: str | None = Field(None, description="The issuer's keys: https:// or file://.")
    gateway_signature_keys: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default_factory=dict,
        description="keyid:base64secret, several separated by commas; the first one signs.",
    )
    forwarded_headers: Listed = Field(
        ("authorization", "octoreach-purpose"),
        description="The client's headers that subgraphs get.",
    )
    override_labels: Annotated[dict[str, float], NoDecode] = Field(
        default_factory=dict,
        description="Progressive @override: LABEL or LABEL=PERCENT of callers,...",
    )
    override_header: str = Field(
        "", description="A request's header that may turn on override labels itself."
    )
    trusted_proxies: str = Field("", description="Whose X-Forwarded-For is believed; or *.")
    cors_origins: Listed = Field((), description="Origins whose pages may read answers, or *.")
    trusted_documents: TrustMode = Field("off", description="off, log or enforce.")
    trusted_manifest: Path | None = Field(None, description="What `gateway trust` wrote.")
    rate_per_second: float = Field(0, ge=0, description="Requests per client; 0 is no limit.")
    rate_burst: int = Field(50, ge=1, description="Requests a client may make at once.")

    max_body_bytes: int = Field(1_000_000, ge=1_000)
    max_response_bytes: int = Field(4_000_000, ge=1_000, description="From one subgraph.")
    request_seconds: float = Field(30, gt=0, description="After that no subgraph is waited for.")
    body_seconds: float = Field(10, gt=0, description="The time a body may take to arrive.")
    max_characters: int = Field(100_000, ge=0, description="Of a document. 0 is no limit.")
    max_tokens: int = Field(5_000, ge=0)
    max_depth: int = Field(40, ge=0)
    max_aliases: int = Field(200, ge=0)
    max_directives: int = Field(200, ge=0)
    max_root_fields: int = Field(50, ge=0)
    max_fields: int = Field(5_000, ge=0, description="With fragments unfolded.")
    max_repeats: int = Field(100, ge=0, description="Of one response key in one selection set.")
    max_cost: int = Field(100_000, ge=0, description="As @cost and @listSize weigh it.")
    assumed_list_size: int = Field(
        10, ge=1, description="Of lists without @listSize, `first` and `last`."
    )
    batch_size: int = Field(500, ge=1, description="Entities in one fetch.")
    max_subscriptions: int = Field(10_000, ge=1, description="Open at once in one process.")

    subgraph_connections: int = Field(100, ge=1)
    subgraph_waiting: int = Field(1_000, ge=0, description="Fetches that wait for a connection.")
    subgraph_seconds: float = Field(10, gt=0, description="For one fetch, retries included.")
    subgraph_attempts: int = Field(3, ge=1, description="For queries. Mutations have one.")
    subgraph_failures: int = Field(20, ge=1, description="In a row, before it is left alone.")
    subgraph_rest_seconds: float = Field(5, gt=0, description="How long it is left alone.")

    @field_validator("gateway_signature_keys", mode="before")
    @classmethod
    def read_keys(cls, value: object) -> object:
        return pairs(value, ":")

    @field_validator("subgraph_urls", mode="before")
    @classmethod
    def read_urls(cls, value: object) -> object:
        return pairs(value, "=")

    @field_validator("override_labels", mode="before")
    @classmethod
    def read_labels(cls, value: object) -> object:
        found = pairs(value, "=")
        if not isinstance(found, dict):
            return found
        return {label: "100" if share == "" else share for label, share in found.items()}

    @field_validator("override_labels")
    @classmethod
    def check_shares(cls, value: dict[str, float]) -> dict[str, float]:
        if any(not 0 <= share <= 100 for share in value.values()):
            raise ValueError("a label's share is given in percent, from 0 to 100")
        return value

    @field_validator("cors_origins", "forwarded_headers", mode="before")
    @classmethod
    def read_list(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @model_validator(mode="after")
    def need_an_issuer_to_verify_tokens(self) -> Self:
        if self.auth and not (self.oidc_issuer and self.oidc_jwks_url):
            raise ValueError(
                "verifying tokens takes OIDC_ISSUER and OIDC_JWKS_URL; "
                "`--no-auth` (AUTH=false) runs without, for development"
            )
        if self.trusted_documents == "enforce" and self.trusted_manifest is None:
            raise ValueError("TRUSTED_DOCUMENTS=enforce takes a TRUSTED_MANIFEST")
        return self

    @property
    def open_to_developers(self) -> bool:
        return self.environment == "local"

    def signing_key(self) -> SigningKey | None:
        for key_id, secret in self.gateway_signature_keys.items():
            return SigningKey(key_id, b64decode(secret.get_secret_value()))
        return None

    def document_rules(self) -> DocumentRules:
        return DocumentRules(
            limits=DocumentLimits(
                characters=self.max_characters,
                tokens=self.max_tokens,
                depth=self.max_depth,
                aliases=self.max_aliases,
                directives=self.max_directives,
                root_fields=self.max_root_fields,
                fields=self.max_fields,
                repeats=self.max_repeats,
                cost=self.max_cost,
            ),
            introspection=self.open_to_developers,
            suggestions=self.open_to_developers,
            assumed_list_size=self.assumed_list_size,
        )

    def care(self) -> Care:
        return Care(
            limits=Limits(
                connections=self.subgraph_connections,
                waiting=self.subgraph_waiting,
                answer_bytes=self.max_response_bytes,
            ),
            timeout_seconds=self.subgraph_seconds,
            attempts=self.subgraph_attempts,
            failures_allowed=self.subgraph_failures,
            rest_seconds=self.subgraph_rest_seconds,
        )


def pairs(value: object, separator: str) -> object:
    if not isinstance(value, str):
        return value
    parts = [pair.partition(separator) for pair in value.split(",") if pair.strip()]
    return {name.strip(): rest.strip() for name, _, rest in parts}
