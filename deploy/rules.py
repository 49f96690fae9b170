"""What must hold for every overlay, whatever it deploys."""

from collections.abc import Iterator
from typing import Final

import kubernetes_validate  # type: ignore[import-untyped]

from deploy.manifests import Manifest, Overlay, called, pod, pod_labels

KUBERNETES: Final = "1.34"
CUSTOM: Final = {
    ("postgresql.cnpg.io/v1", "Cluster"): "CloudNativePG",
    ("monitoring.coreos.com/v1", "PodMonitor"): "the Prometheus operator",
    ("monitoring.coreos.com/v1", "PrometheusRule"): "the Prometheus operator",
}
"""Kinds whose schema an operator brings to the cluster: here only their shape is looked at."""


def is_valid(overlay: Overlay) -> Iterator[str]:
    """Each manifest is what the Kubernetes API takes, with no unknown field."""
    for manifest in overlay.manifests:
        if (manifest["apiVersion"], manifest["kind"]) in CUSTOM:
            if not isinstance(manifest.get("spec"), dict):
                yield f"{called(manifest)} has no spec"
            continue
        try:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as wrong:
            place = ".".join(str(step) for step in wrong.path)
            yield f"{called(manifest)} is not valid at {place or 'its root'}: {wrong.message}"
        except kubernetes_validate.SchemaNotFoundError:
            yield f"{called(manifest)} is of a kind nobody knows; a custom one belongs in CUSTOM"


def is_unique(overlay: Overlay) -> Iterator[str]:
    names = [called(manifest) for manifest in overlay.manifests]
    yield from (f"{name} is there twice" for name in sorted(set(names)) if names.count(name) > 1)


def pins_its_images(overlay: Overlay) -> Iterator[str]:
    for place, _, container in overlay.all_containers():
        tag = container["image"].rpartition("/")[2].partition(":")[2]
        if tag in ("", "latest"):
            yield f"{place} runs {container['image']}: pin a version"


def is_probed(overlay: Overlay) -> Iterator[str]:
    """Whoever stays says whether it lives and whether it is ready, on a port it opens."""
    for place, _, container in overlay.containers():
        ports = {port["name"] for port in container.get("ports", [])}
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            asked = container.get(probe, {}).get("httpGet")
            if asked is None:
                yield f"{place} has no {probe} over HTTP"
            elif asked["port"] not in ports:
                yield f"{place} is probed on {asked['port']}, a port it does not open"


def pods_are_hardened(overlay: Overlay) -> Iterator[str]:
    """The restricted Pod Security Standard, and no token for the API server."""
    for workload in overlay.workloads():
        context = pod(workload).get("securityContext", {})
        if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
            yield f"{called(workload)} may run as root"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{called(workload)} has no seccomp profile"
        if pod(workload).get("automountServiceAccountToken") is not False:
            yield f"{called(workload)} is given a token for the API server"


def containers_are_hardened(overlay: Overlay) -> Iterator[str]:
    """No privileges, a read-only root, and bounds on what it takes."""
    for place, _, container in overlay.all_containers():
        context = container.get("securityContext", {})
        if context.get("readOnlyRootFilesystem") is not True:
            yield f"{place} may write to its root file system"
        if context.get("allowPrivilegeEscalation") is not False:
            yield f"{place} may gain privileges"
        if "ALL" not in context.get("capabilities", {}).get("drop", []):
            yield f"{place} keeps capabilities"
        for bound in ("requests", "limits"):
            if not {"cpu", "memory"} <= container.get("resources", {}).get(bound, {}).keys():
                yield f"{place} has no {bound} for cpu and memory"


def survives_a_node(overlay: Overlay) -> Iterator[str]:
    """Pods are spread, and a drained node never takes all of them."""
    budgets = [each["spec"]["selector"]["matchLabels"] for each in _budgets(overlay)]
    for workload in overlay.workloads():
        if not pod(workload).get("topologySpreadConstraints"):
            yield f"{called(workload)} is not spread over nodes"
        if not any(labels.items() <= pod_labels(workload).items() for labels in budgets):
            yield f"{called(workload)} has no PodDisruptionBudget"


def selectors_find_pods(overlay: Overlay) -> Iterator[str]:
    for service in overlay.of_kind("Service"):
        found = overlay.selected(service["spec"]["selector"])
        if not found:
            yield f"{called(service)} selects no pod"
        for port in service["spec"]["ports"]:
            if any(port["targetPort"] not in _ports(workload) for workload in found):
                yield f"{called(service)} forwards to {port['targetPort']}, which is not open"
    for budget in _budgets(overlay):
        if not overlay.selected(budget["spec"]["selector"]["matchLabels"]):
            yield f"{called(budget)} selects no pod"


def refers_to_what_is_there(overlay: Overlay) -> Iterator[str]:
    for place, kind, name in _references(overlay):
        if overlay.named(kind, name) is None:
            yield f"{place} refers to {kind} {name}, which is not there"


def _references(overlay: Overlay) -> Iterator[tuple[str, str, str]]:
    for scaler in overlay.of_kind("HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        yield called(scaler), target["kind"], target["name"]
    for workload in overlay.workloads():
        account = pod(workload).get("serviceAccountName", "default")
        yield called(workload), "ServiceAccount", account
    for place, _, container in overlay.all_containers():
        for source in container.get("envFrom", []):
            yield place, "ConfigMap", source["configMapRef"]["name"]
    for ingress in overlay.of_kind("Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                yield called(ingress), "Service", path["backend"]["service"]["name"]


def _budgets(overlay: Overlay) -> list[Manifest]:
    return overlay.of_kind("PodDisruptionBudget")


def _ports(workload: Manifest) -> set[str]:
    containers = pod(workload)["containers"]
    return {port["name"] for each in containers for port in each.get("ports", [])}


def holds_no_secret(overlay: Overlay) -> Iterator[str]:
    """Secrets are referred to by name; what they hold comes from outside."""
    for secret in overlay.of_kind("Secret"):
        yield f"{called(secret)} is written in the repository"


RULES: Final = (
    is_valid,
    is_unique,
    pins_its_images,
    is_probed,
    pods_are_hardened,
    containers_are_hardened,
    survives_a_node,
    selectors_find_pods,
    refers_to_what_is_there,
    holds_no_secret,
)
