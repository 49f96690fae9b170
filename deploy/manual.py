"""The tables of settings in the operations manual, generated from the settings themselves."""

from collections.abc import Iterator
from typing import Final

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from customer.settings import CustomerSettings
from deploy.alerts import MANUAL
from deploy.manifests import ROOT
from gateway.settings import Settings as GatewaySettings
from kit.settings import Settings
from loyalty.settings import LoyaltySettings

TABLES: Final[dict[str, type[BaseSettings]]] = {
    "services": Settings,
    "customer service": CustomerSettings,
    "loyalty service": LoyaltySettings,
    "gateway": GatewaySettings,
}
SECTION: Final = "<!-- settings of the {0} -->\n{1}<!-- end of the settings of the {0} -->"


def table(settings: type[BaseSettings]) -> str:
    rows = [_row(name, field) for name, field in settings.model_fields.items()]
    return "\n".join(["| variable | default | what it says |", "| --- | --- | --- |", *rows, ""])


def _row(name: str, field: FieldInfo) -> str:
    says = (field.description or "").replace("|", r"\|")
    return f"| `{name.upper()}` | {_default(field)} | {says} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, tuple | list):
        value = ",".join(value)
    if isinstance(value, bool):
        value = str(value).lower()
    return "none" if value in (None, "", {}) else f"`{value}`"


def rewritten(text: str) -> str:
    """The manual with its tables as they should be."""
    for name, settings in TABLES.items():
        opening, closing = SECTION.format(name, "\n").split("\n")[::2]
        before, found, rest = text.partition(opening)
        _, ended, after = rest.partition(closing)
        if found and ended:
            text = before + SECTION.format(name, table(settings)) + after
    return text


def stale() -> Iterator[str]:
    text = (ROOT / MANUAL).read_text()
    if rewritten(text) != text:
        yield f"{MANUAL}: the tables of settings are stale; run python -m deploy.check --write"
    for name in TABLES:
        if SECTION.format(name, "\n").partition("\n")[0] not in text:
            yield f"{MANUAL} has no table for the settings of the {name}"


def write() -> None:
    path = ROOT / MANUAL
    path.write_text(rewritten(path.read_text()))
