"""What a process is told by its environment, checked before it starts."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Settings(BaseSettings):
    """Twelve-factor settings: one environment variable each, named like the field in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    environment: Literal["local", "production"] = Field(
        "production", description="`local` relaxes what only a laptop may: the development issuer."
    )
    host: str = Field("0.0.0.0", description="The address to listen on.")  # noqa: S104
    port: int = Field(8000, ge=1, le=65535, description="The port to listen on.")
    database_url: SecretStr = Field(description="postgresql://user:password@host:port/database")
    database_pool_size: int = Field(10, ge=1, le=200, description="Connections kept per process.")
    nats_url: SecretStr = Field(description="nats://host:port, several separated by commas.")
    nats_replicas: int = Field(1, ge=1, le=5, description="Copies of each stream; 3 in a cluster.")
    oidc_issuer: str = Field(description="The `iss` that tokens must carry.")
    oidc_audience: str = Field("octoreach", description="The `aud` that tokens must carry.")
    oidc_jwks_url: str = Field(description="Where the issuer's keys are: https:// or file://.")
    gateway_signature_keys: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default_factory=dict,
        description="keyid:base64secret, several separated by commas; the gateway signs with the "
        "first, services accept any. Without one `_entities` is closed.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    drain_seconds: float = Field(20, ge=0, le=300, description="Time left to requests under way.")
    max_body_bytes: int = Field(2_000_000, ge=1_000, description="The largest request body.")
    event_retention_days: int = Field(30, ge=1, description="How long streams keep events.")
    answer_retention_days: int = Field(
        30, ge=1, description="How long a repeated request gets its first answer."
    )
    reaction_attempts: int = Field(8, ge=1, description="Deliveries before an event is parked.")

    @field_validator("gateway_signature_keys", mode="before")
    @classmethod
    def read_keys(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [pair.partition(":") for pair in value.split(",") if pair.strip()]
        return {name.strip(): secret.strip() for name, _, secret in pairs}

    @model_validator(mode="after")
    def refuse_a_development_issuer_in_production(self) -> Self:
        issuer = urlsplit(self.oidc_issuer)
        if self.environment == "production" and (
            issuer.scheme != "https" or issuer.hostname in LOOPBACK
        ):
            raise ValueError(
                "oidc_issuer: production takes an https issuer that is not this machine; "
                "set ENVIRONMENT=local to run with the development issuer"
            )
        return self

    def async_database_url(self) -> str:
        """The database URL as SQLAlchemy's asyncpg dialect wants it."""
        return "postgresql+asyncpg://" + self.raw_database_url().partition("://")[2]

    def raw_database_url(self) -> str:
        """The database URL as asyncpg itself wants it."""
        return self.database_url.get_secret_value()

    def nats_servers(self) -> list[str]:
        return [url.strip() for url in self.nats_url.get_secret_value().split(",")]
