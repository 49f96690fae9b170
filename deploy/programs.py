"""What must hold for the containers that run our own image: they are started as the code expects."""

import importlib.util
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings

from campaign.settings import CampaignSettings
from customer.settings import CustomerSettings
from deploy.manifests import ROOT, Container, Manifest, Overlay, called, is_ours, pod, program
from gateway.settings import Settings as GatewaySettings
from kit.settings import Settings
from loyalty.settings import LoyaltySettings

COMMANDS: Final = {"serve", "work", "migrate"}
SERVICES: Final = ("customer", "campaign", "channel", "loyalty")
STANDARD: Final = {
    "MAX_REQUESTS_UNDER_WAY",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
}
"""Variables that are read, and are no setting: the kit's server limit, and OpenTelemetry's own."""

SECRETS: Final = {
    "DATABASE_URL": "postgresql://name:secret@database:5432/name",
    "NATS_URL": "nats://name:secret@nats:4222",
    "GATEWAY_SIGNATURE_KEYS": "first:c2VjcmV0",
    "PREFERENCE_LINK_KEYS": "first:dGhpcnR5LXR3byBieXRlcyBvciBtb3JlIG9mIHNlY3JldHM=",
    "DEVICE_MARK_KEY": "dGhpcnR5LXR3byBieXRlcyBvciBtb3JlIG9mIHNlY3JldHM=",
}
"""What stands for a value that only the cluster knows, so that the settings can be read."""

STOPPING_SECONDS: Final = 10


OWN: Final[dict[str, tuple[type[BaseSettings], ...]]] = {
    "gateway": (GatewaySettings,),
    "customer": (Settings, CustomerSettings),
    "campaign": (Settings, CampaignSettings),
    "loyalty": (Settings, LoyaltySettings),
}


def settings_of(package: str) -> tuple[type[BaseSettings], ...]:
    return OWN.get(package, (Settings,))


def variables_of(settings: Iterable[type[BaseSettings]]) -> set[str]:
    return {name.upper() for each in settings for name in each.model_fields} | STANDARD


def version() -> str:
    text = (ROOT / "pyproject.toml").read_text()
    released: str = tomllib.loads(text)["project"]["version"]
    return released


def ours(overlay: Overlay) -> Iterator[tuple[str, Manifest, Container]]:
    return (each for each in overlay.all_containers() if is_ours(each[2]))


def runs_every_program(overlay: Overlay) -> Iterator[str]:
    """Each service answers and works, and the gateway answers; nothing else of ours runs."""
    staying = {program(each) for _, _, each in overlay.containers() if is_ours(each)}
    wanted = {(name, command) for name in SERVICES for command in ("serve", "work")}
    wanted.add(("gateway", "serve"))
    yield from (f"nothing runs {' '.join(each)}" for each in sorted(wanted - staying))
    for place, _, container in ours(overlay):
        package, command = program(container)
        if command not in COMMANDS or importlib.util.find_spec(package) is None:
            yield f"{place} runs {container.get('args')}, which is no command of ours"


def migrates_first(overlay: Overlay) -> Iterator[str]:
    for place, workload, container in overlay.containers():
        package, _ = program(container)
        before = [program(each) for each in pod(workload).get("initContainers", [])]
        if package in SERVICES and before != [(package, "migrate")]:
            yield f"{place} starts before its database is migrated"


def runs_this_version(overlay: Overlay) -> Iterator[str]:
    for place, _, container in ours(overlay):
        if not container["image"].endswith(f":{version()}"):
            yield f"{place} runs {container['image']}, and this is {version()}"


def sets_what_is_read(overlay: Overlay) -> Iterator[str]:
    """Every variable is one that the program reads, and its settings accept them all together."""
    everybodys = variables_of([Settings, GatewaySettings])
    for place, _, container in ours(overlay):
        settings = settings_of(program(container)[0])
        own = {each["name"] for each in container.get("env", [])}
        shared = set(_shared(overlay, container))
        unknown = (own - variables_of(settings)) | (shared - everybodys)
        yield from (f"{place} sets {name}, which nothing reads" for name in sorted(unknown))
        for each in settings:
            yield from (f"{place}: {problem}" for problem in _refused(overlay, container, each))


def opens_the_port_it_is_told(overlay: Overlay) -> Iterator[str]:
    for place, _, container in overlay.containers():
        if is_ours(container):
            told = _number(overlay, container, "PORT", default=8000)
            if [port["containerPort"] for port in container.get("ports", [])] != [told]:
                yield f"{place} is told to listen on {told:.0f} and opens another port"


def is_asked_where_it_answers(overlay: Overlay) -> Iterator[str]:
    wanted = {"livenessProbe": "/livez", "readinessProbe": "/readyz", "startupProbe": "/livez"}
    for place, _, container in overlay.containers():
        if is_ours(container):
            for probe, path in wanted.items():
                if container.get(probe, {}).get("httpGet", {}).get("path") != path:
                    yield f"{place}: {probe} does not ask {path}"


def has_time_to_drain(overlay: Overlay) -> Iterator[str]:
    """The pause before SIGTERM, the drain twice (requests, then what they left), and a margin."""
    for place, workload, container in overlay.containers():
        if is_ours(container):
            pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {})
            drain = _number(overlay, container, "DRAIN_SECONDS", default=20)
            needed = pause.get("seconds", 0) + 2 * drain + STOPPING_SECONDS
            if pod(workload).get("terminationGracePeriodSeconds", 30) < needed:
                yield f"{place} needs {needed:.0f} s to stop, and {called(workload)} gives it less"


def _number(overlay: Overlay, container: Container, name: str, *, default: float) -> float:
    """A variable's number; what is none is told by `sets_what_is_read`."""
    try:
        return float(environment(overlay, container).get(name, default))
    except ValueError:
        return default


def environment(overlay: Overlay, container: Container) -> dict[str, str]:
    """The container's variables; what a secret holds is stood for."""
    own = {
        each["name"]: each.get("value", SECRETS.get(each["name"], "")) for each in _env(container)
    }
    return _shared(overlay, container) | own


def _env(container: Container) -> list[dict[str, Any]]:
    return [
        each for each in container.get("env", []) if "fieldRef" not in each.get("valueFrom", {})
    ]


def _shared(overlay: Overlay, container: Container) -> dict[str, str]:
    shared: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found = overlay.named("ConfigMap", source["configMapRef"]["name"])
        shared |= found["data"] if found else {}
    return shared


def _refused(overlay: Overlay, container: Container, settings: type[BaseSettings]) -> Iterator[str]:
    given = environment(overlay, container)
    fields = {name: given[name.upper()] for name in settings.model_fields if name.upper() in given}
    try:
        settings.model_validate(fields)
    except ValidationError as wrong:
        for each in wrong.errors(include_input=False, include_url=False):
            name = ".".join(str(step) for step in each["loc"]).upper() or "the settings"
            yield f"{name} is refused: {each['msg']}"


def keeps_secrets_secret(overlay: Overlay) -> Iterator[str]:
    """What the settings hide comes from a secret, and from nothing else."""
    for place, _, container in ours(overlay):
        hidden = _secret_variables(settings_of(program(container)[0]))
        plain = {each["name"] for each in container.get("env", []) if "value" in each}
        plain |= set(_shared(overlay, container))
        yield from (f"{place} has {name} in plain text" for name in sorted(hidden & plain))


def _secret_variables(settings: Iterable[type[BaseSettings]]) -> set[str]:
    fields = [field for each in settings for field in each.model_fields.items()]
    return {name.upper() for name, field in fields if SecretStr.__name__ in str(field.annotation)}


RULES: Final = (
    runs_every_program,
    migrates_first,
    runs_this_version,
    sets_what_is_read,
    opens_the_port_it_is_told,
    is_asked_where_it_answers,
    has_time_to_drain,
    keeps_secrets_secret,
)
