"""What this service is told besides what every service is, by the environment."""

import base64
import binascii
from functools import cache
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from customer.channel_kinds import ChannelKind

DEVELOPMENT_KEY: Final = base64.b64encode(b"a key that everybody knows: local only").decode()
SHORTEST_KEY_BYTES: Final = 32


class CustomerSettings(BaseSettings):
    """One environment variable each, named like the field in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    environment: Literal["local", "production"] = Field(
        "production", description="`local` signs links with a key that everybody knows."
    )
    preference_link_keys: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default_factory=dict,
        description="keyid:base64secret of at least 32 bytes, several separated by commas; links "
        "to the preference page are signed with the first, any is accepted.",
    )
    preference_url: str = Field(
        "http://127.0.0.1:8000", description="Where customers reach /preferences; https."
    )
    preference_link_days: int = Field(30, ge=1, le=365, description="How long such a link works.")
    preference_purposes: Annotated[list[str], NoDecode] = Field(
        default=["marketing"], description="What the page asks about, separated by commas."
    )
    preference_channel_kinds: Annotated[list[str], NoDecode] = Field(
        default=["sms", "email", "push", "call_centre_out"],
        description="The kinds of channel the page shows, separated by commas.",
    )

    gateway_signature_keys: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default_factory=dict, description="The first signs what this service asks of the others."
    )
    service_urls: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict,
        description="campaign=http://..., the other services, from whom an archive for a customer "
        "is collected; several separated by commas.",
    )
    subject_request_law: Literal["pipl", "gdpr"] = Field(
        "pipl", description="Whose deadline holds: 15 days by the PIPL, 30 by the GDPR."
    )
    subject_request_warning_days: int = Field(
        3, ge=1, le=14, description="So long before a deadline passes a warning is told."
    )
    access_audit_days: int = Field(
        1_095, ge=366, description="How long it is kept who saw whose personal data."
    )
    import_days: int = Field(
        366, ge=31, description="How long it is kept what became of a file that was imported."
    )
    archive_days: int = Field(7, ge=1, le=30, description="How long an archive can be fetched.")

    @field_validator("service_urls", mode="before")
    @classmethod
    def read_urls(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
        return {name.strip(): url.strip() for name, _, url in pairs}

    @field_validator("preference_link_keys", "gateway_signature_keys", mode="before")
    @classmethod
    def read_keys(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [pair.partition(":") for pair in value.split(",") if pair.strip()]
        return {name.strip(): secret.strip() for name, _, secret in pairs}

    @field_validator("preference_purposes", "preference_channel_kinds", mode="before")
    @classmethod
    def read_list(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [each.strip() for each in value.split(",") if each.strip()]

    @field_validator("preference_channel_kinds")
    @classmethod
    def refuse_unknown_kinds(cls, kinds: list[str]) -> list[str]:
        return [ChannelKind(kind).value for kind in kinds]

    @model_validator(mode="after")
    def refuse_weak_keys(self) -> Self:
        for secret in self.preference_link_keys.values():
            try:
                key = base64.b64decode(secret.get_secret_value(), validate=True)
            except binascii.Error as wrong:
                raise ValueError("preference_link_keys: a secret is base64") from wrong
            if len(key) < SHORTEST_KEY_BYTES:
                raise ValueError(f"preference_link_keys: takes {SHORTEST_KEY_BYTES} bytes or more")
        return self

    @model_validator(mode="after")
    def refuse_what_only_a_laptop_may(self) -> Self:
        if self.environment == "local":
            return self
        secrets = {each.get_secret_value() for each in self.preference_link_keys.values()}
        if not secrets or DEVELOPMENT_KEY in secrets:
            raise ValueError("preference_link_keys: production takes keys of its own")
        if urlsplit(self.preference_url).scheme != "https":
            raise ValueError("preference_url: production takes an https address")
        return self

    def link_keys(self) -> dict[str, bytes]:
        """By id, the one that signs first."""
        named = {name: key.get_secret_value() for name, key in self.preference_link_keys.items()}
        given = named or {"development": DEVELOPMENT_KEY}
        return {name: base64.b64decode(key) for name, key in given.items()}


@cache
def settings() -> CustomerSettings:
    """Read once per process."""
    return CustomerSettings()
