"""The overlays as they are, and each rule against an overlay that breaks it."""

import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from deploy import check, programs, rules
from deploy.manifests import OVERLAYS, DoesNotBuild, Overlay, build

Manifest = dict[str, Any]


@pytest.fixture(scope="session")
def built() -> Overlay:
    return build(OVERLAYS / "production")


@pytest.fixture
def production(built: Overlay) -> Overlay:
    """A copy to spoil."""
    return deepcopy(built)


def the(overlay: Overlay, kind: str, name: str) -> Manifest:
    manifest = overlay.named(kind, name)
    assert manifest is not None
    return manifest


def serve(overlay: Overlay) -> Manifest:
    """The container that serves customers."""
    container: Manifest = the(overlay, "Deployment", "customer-serve")["spec"]["template"]["spec"][
        "containers"
    ][0]
    return container


def pod(overlay: Overlay) -> Manifest:
    spec: Manifest = the(overlay, "Deployment", "customer-serve")["spec"]["template"]["spec"]
    return spec


def settings(overlay: Overlay) -> dict[str, str]:
    (platform,) = [
        each
        for each in overlay.of_kind("ConfigMap")
        if each["metadata"]["name"].startswith("platform-")
    ]
    values: dict[str, str] = platform["data"]
    return values


def test_every_overlay_builds_and_keeps_every_rule():
    done = subprocess.run(
        [sys.executable, "-m", "deploy.check", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )

    looked_at = ("local", "production", "image", "manual", "dashboards")
    assert json.loads(done.stdout) == {each: [] for each in looked_at}
    assert done.returncode == 0


def test_an_overlay_that_does_not_build_is_told_with_the_reason(tmp_path: Path):
    (tmp_path / "kustomization.yaml").write_text("resources: [nowhere.yaml]\n")

    with pytest.raises(DoesNotBuild, match=r"nowhere\.yaml"):
        build(tmp_path)


def test_production_has_three_of_everything_that_holds_state(production: Overlay):
    clusters = production.of_kind("Cluster")

    assert len(clusters) == 4
    assert {cluster["spec"]["instances"] for cluster in clusters} == {3}
    assert the(production, "StatefulSet", "nats")["spec"]["replicas"] == 3
    assert settings(production)["NATS_REPLICAS"] == "3"


def test_production_leaves_the_number_of_pods_to_its_scalers(production: Overlay):
    deployments = production.of_kind("Deployment")

    assert len(deployments) == 9
    assert all("replicas" not in each["spec"] for each in deployments)
    assert {each["metadata"]["name"] for each in deployments} == {
        each["spec"]["scaleTargetRef"]["name"]
        for each in production.of_kind("HorizontalPodAutoscaler")
    }


def test_every_pod_is_behind_a_policy_of_its_own_beside_the_denial_of_everything(
    production: Overlay,
):
    named = {
        "customer": "services",
        "campaign": "services",
        "channel": "services",
        "loyalty": "services",
        "gateway": "gateway",
        "nats": "nats",
    }
    workloads = {
        each["metadata"]["labels"]["app.kubernetes.io/name"] for each in production.workloads()
    }

    assert the(production, "NetworkPolicy", "deny-by-default")["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    assert workloads == set(named)
    assert all(production.named("NetworkPolicy", policy) for policy in named.values())


Spoil = Callable[[Overlay], None]


def without(key: str, of: Callable[[Overlay], Manifest]) -> Spoil:
    return lambda overlay: of(overlay).pop(key)


def with_value(key: str, value: object, of: Callable[[Overlay], Manifest]) -> Spoil:
    return lambda overlay: of(overlay).update({key: value})


def a_secret(overlay: Overlay) -> None:
    overlay.manifests.append({"kind": "Secret", "metadata": {"name": "nats"}})


def an_account_less(overlay: Overlay) -> None:
    overlay.manifests.remove(the(overlay, "ServiceAccount", "customer"))


PLACE = "Deployment customer-serve, container serve"


@pytest.mark.parametrize(
    ("rule", "spoil", "problem"),
    [
        (
            rules.is_valid,
            with_value("replicsa", 3, lambda o: the(o, "Deployment", "customer-serve")["spec"]),
            "Deployment customer-serve is not valid at spec: Additional properties are not allowed "
            "('replicsa' was unexpected)",
        ),
        (
            rules.is_valid,
            with_value("kind", "Clutser", lambda o: the(o, "Cluster", "customer-database")),
            "Clutser customer-database is of a kind nobody knows; a custom one belongs in CUSTOM",
        ),
        (
            rules.is_valid,
            without("spec", lambda o: the(o, "Cluster", "customer-database")),
            "Cluster customer-database has no spec",
        ),
        (
            rules.is_unique,
            lambda o: o.manifests.append(the(o, "Service", "customer")),
            "Service customer is there twice",
        ),
        (
            rules.pins_its_images,
            with_value("image", "somewhere:5000/octoreach", serve),
            f"{PLACE} runs somewhere:5000/octoreach: pin a version",
        ),
        (
            rules.pins_its_images,
            with_value("image", "octoreach:latest", serve),
            f"{PLACE} runs octoreach:latest: pin a version",
        ),
        (
            rules.is_probed,
            without("livenessProbe", serve),
            f"{PLACE} has no livenessProbe over HTTP",
        ),
        (
            rules.is_probed,
            with_value("readinessProbe", {"httpGet": {"path": "/readyz", "port": "web"}}, serve),
            f"{PLACE} is probed on web, a port it does not open",
        ),
        (
            rules.pods_are_hardened,
            with_value("runAsNonRoot", False, lambda o: pod(o)["securityContext"]),
            "Deployment customer-serve may run as root",
        ),
        (
            rules.pods_are_hardened,
            without("seccompProfile", lambda o: pod(o)["securityContext"]),
            "Deployment customer-serve has no seccomp profile",
        ),
        (
            rules.pods_are_hardened,
            without("automountServiceAccountToken", pod),
            "Deployment customer-serve is given a token for the API server",
        ),
        (
            rules.containers_are_hardened,
            without("readOnlyRootFilesystem", lambda o: serve(o)["securityContext"]),
            f"{PLACE} may write to its root file system",
        ),
        (
            rules.containers_are_hardened,
            with_value("allowPrivilegeEscalation", True, lambda o: serve(o)["securityContext"]),
            f"{PLACE} may gain privileges",
        ),
        (
            rules.containers_are_hardened,
            with_value(
                "capabilities", {"drop": ["NET_RAW"]}, lambda o: serve(o)["securityContext"]
            ),
            f"{PLACE} keeps capabilities",
        ),
        (
            rules.containers_are_hardened,
            without("limits", lambda o: serve(o)["resources"]),
            f"{PLACE} has no limits for cpu and memory",
        ),
        (
            rules.survives_a_node,
            without("topologySpreadConstraints", pod),
            "Deployment customer-serve is not spread over nodes",
        ),
        (
            rules.survives_a_node,
            lambda o: o.manifests.remove(the(o, "PodDisruptionBudget", "customer-serve")),
            "Deployment customer-serve has no PodDisruptionBudget",
        ),
        (
            rules.selectors_find_pods,
            with_value(
                "selector",
                {"app.kubernetes.io/name": "costumer"},
                lambda o: the(o, "Service", "customer")["spec"],
            ),
            "Service customer selects no pod",
        ),
        (
            rules.selectors_find_pods,
            with_value("ports", [{"name": "web", "containerPort": 8000}], serve),
            "Service customer forwards to http, which is not open",
        ),
        (
            rules.refers_to_what_is_there,
            an_account_less,
            "Deployment customer-serve refers to ServiceAccount customer, which is not there",
        ),
        (
            rules.refers_to_what_is_there,
            lambda o: o.manifests.remove(the(o, "Deployment", "gateway-serve")),
            "HorizontalPodAutoscaler gateway-serve refers to Deployment gateway-serve, "
            "which is not there",
        ),
        (rules.holds_no_secret, a_secret, "Secret nats is written in the repository"),
        (
            programs.runs_every_program,
            with_value("args", ["python", "-m", "customer", "wrok"], serve),
            f"{PLACE} runs ['python', '-m', 'customer', 'wrok'], which is no command of ours",
        ),
        (
            programs.runs_every_program,
            lambda o: o.manifests.remove(the(o, "Deployment", "loyalty-work")),
            "nothing runs loyalty work",
        ),
        (
            programs.migrates_first,
            without("initContainers", pod),
            f"{PLACE} starts before its database is migrated",
        ),
        (
            programs.runs_this_version,
            with_value("image", "octoreach:0.0.9", serve),
            f"{PLACE} runs octoreach:0.0.9, and this is {programs.version()}",
        ),
        (
            programs.sets_what_is_read,
            lambda o: serve(o)["env"].append({"name": "DATABSE_URL", "value": "x"}),
            f"{PLACE} sets DATABSE_URL, which nothing reads",
        ),
        (
            programs.sets_what_is_read,
            lambda o: settings(o).update(DRAIN_SECOND="5"),
            f"{PLACE} sets DRAIN_SECOND, which nothing reads",
        ),
        (
            programs.sets_what_is_read,
            lambda o: settings(o).update(DRAIN_SECONDS="soon"),
            f"{PLACE}: DRAIN_SECONDS is refused: Input should be a valid number, unable to parse "
            "string as a number",
        ),
        (
            programs.sets_what_is_read,
            lambda o: settings(o).pop("OIDC_ISSUER"),
            f"{PLACE}: OIDC_ISSUER is refused: Field required",
        ),
        (
            programs.sets_what_is_read,
            lambda o: settings(o).update(OIDC_ISSUER="http://localhost/issuer"),
            f"{PLACE}: the settings is refused: Value error, oidc_issuer: production takes an "
            "https issuer that is not this machine; set ENVIRONMENT=local to run with the "
            "development issuer",
        ),
        (
            programs.opens_the_port_it_is_told,
            lambda o: settings(o).update(PORT="9000"),
            f"{PLACE} is told to listen on 9000 and opens another port",
        ),
        (
            programs.is_asked_where_it_answers,
            with_value("path", "/health", lambda o: serve(o)["livenessProbe"]["httpGet"]),
            f"{PLACE}: livenessProbe does not ask /livez",
        ),
        (
            programs.has_time_to_drain,
            lambda o: settings(o).update(DRAIN_SECONDS="30"),
            f"{PLACE} needs 75 s to stop, and Deployment customer-serve gives it less",
        ),
        (
            programs.keeps_secrets_secret,
            lambda o: settings(o).update(NATS_URL="nats://me:secret@nats"),
            f"{PLACE} has NATS_URL in plain text",
        ),
    ],
)
def test_a_rule_that_is_broken_is_told_with_its_place(
    production: Overlay,
    rule: Callable[[Overlay], Any],
    spoil: Spoil,
    problem: str,
):
    assert list(rule(production)) == []

    spoil(production)

    assert problem in list(rule(production))
    assert rule in check.RULES


@pytest.mark.parametrize("overlay", ["local", "production"])
def test_the_bus_takes_its_configuration(overlay: str, tmp_path: Path):
    built = build(OVERLAYS / overlay)
    (bus,) = [
        each for each in built.of_kind("ConfigMap") if each["metadata"]["name"].startswith("nats-")
    ]
    configuration = tmp_path / "nats.conf"
    configuration.write_text(bus["data"]["nats.conf"])

    done = subprocess.run(
        [Path(sys.executable).parent / "nats-server", "--config", configuration, "-t"],
        env={"POD_NAME": "nats-0", "NATS_PASSWORD": "secret"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "is valid" in done.stderr + done.stdout
    assert done.returncode == 0
