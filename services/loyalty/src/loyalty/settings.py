"""What this service is told besides what every service is, by the environment."""

import base64
import binascii
from functools import cache
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_KEY: Final = base64.b64encode(b"a key that everybody knows: local only").decode()
SHORTEST_KEY_BYTES: Final = 32


class LoyaltySettings(BaseSettings):
    """One environment variable each, named like the field in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    environment: Literal["local", "production"] = Field(
        "production", description="`local` marks devices with a key that everybody knows."
    )
    device_mark_key: SecretStr | None = Field(
        None,
        description="Base64 of at least 32 bytes: devices, payment accounts and addresses are kept "
        "as marks made with it. With another key nobody is recognised by an old mark.",
    )

    @model_validator(mode="after")
    def refuse_weak_keys(self) -> Self:
        if self.environment == "production" and self.device_mark_key is None:
            raise ValueError("device_mark_key: production takes a key of its own")
        try:
            key = self.mark_key()
        except binascii.Error as wrong:
            raise ValueError("device_mark_key: is base64") from wrong
        if len(key) < SHORTEST_KEY_BYTES:
            raise ValueError(f"device_mark_key: takes {SHORTEST_KEY_BYTES} bytes or more")
        if self.environment == "production" and key == base64.b64decode(DEVELOPMENT_KEY):
            raise ValueError("device_mark_key: production takes a key of its own")
        return self

    def mark_key(self) -> bytes:
        given = self.device_mark_key
        secret = DEVELOPMENT_KEY if given is None else given.get_secret_value()
        return base64.b64decode(secret, validate=True)


@cache
def settings() -> LoyaltySettings:
    """Read once per process."""
    return LoyaltySettings()
