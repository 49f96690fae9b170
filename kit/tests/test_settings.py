from typing import Any

import pytest
from pydantic import ValidationError

from kit.settings import Settings

GOOD: dict[str, Any] = {
    "database_url": "postgresql://user:hush@db:5432/notes",
    "nats_url": "nats://one:4222, nats://two:4222",
    "oidc_issuer": "https://id.example.com",
    "oidc_jwks_url": "https://id.example.com/keys",
}


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("GATEWAY_SIGNATURE_KEYS", "new:bmV3,old:b2xk")

    settings = Settings()

    assert settings.nats_servers() == ["nats://one:4222", "nats://two:4222"]
    assert settings.async_database_url() == "postgresql+asyncpg://user:hush@db:5432/notes"
    assert list(settings.gateway_signature_keys) == ["new", "old"]


def test_secrets_are_never_printed() -> None:
    settings = Settings(**GOOD, gateway_signature_keys="new:bmV3")

    assert "hush" not in repr(settings)
    assert "bmV3" not in repr(settings)


@pytest.mark.parametrize(
    "issuer", ["http://127.0.0.1:4005", "http://id.example.com", "https://localhost"]
)
def test_production_refuses_the_development_issuer(issuer: str) -> None:
    with pytest.raises(ValidationError, match="production takes an https issuer"):
        Settings(**{**GOOD, "oidc_issuer": issuer})

    assert Settings(**{**GOOD, "oidc_issuer": issuer}, environment="local").oidc_issuer == issuer


@pytest.mark.parametrize(
    ("name", "value"), [("port", 0), ("port", 70_000), ("log_level", "loud"), ("nats_replicas", 9)]
)
def test_a_wrong_value_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**{**GOOD, name: value})

    assert refused.value.errors()[0]["loc"] == (name,)
