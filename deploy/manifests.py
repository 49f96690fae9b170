"""The manifests of an overlay, as kustomize builds them, and ways to look at them."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

Manifest: TypeAlias = dict[str, Any]
Container: TypeAlias = dict[str, Any]

ROOT: Final = Path(__file__).parents[1]
OVERLAYS: Final = ROOT / "deploy" / "k8s" / "overlays"
WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
IMAGE: Final = "octoreach"


class DoesNotBuild(Exception):
    """kustomize says no."""


@dataclass(frozen=True)
class Overlay:
    name: str
    manifests: list[Manifest]

    def of_kind(self, *kinds: str) -> list[Manifest]:
        return [manifest for manifest in self.manifests if manifest["kind"] in kinds]

    def named(self, kind: str, name: str) -> Manifest | None:
        found = [each for each in self.of_kind(kind) if each["metadata"]["name"] == name]
        return found[0] if found else None

    def workloads(self) -> list[Manifest]:
        return self.of_kind(*WORKLOADS)

    def containers(self) -> Iterator[tuple[str, Manifest, Container]]:
        """Every container that stays, with its place for messages and its workload."""
        for workload in self.workloads():
            for container in pod(workload)["containers"]:
                yield f"{called(workload)}, container {container['name']}", workload, container

    def all_containers(self) -> Iterator[tuple[str, Manifest, Container]]:
        """Those that stay and those that run first."""
        yield from self.containers()
        for workload in self.workloads():
            for container in pod(workload).get("initContainers", []):
                yield f"{called(workload)}, container {container['name']}", workload, container

    def selected(self, labels: dict[str, str]) -> list[Manifest]:
        """The workloads whose pods carry all the labels."""
        return [each for each in self.workloads() if labels.items() <= pod_labels(each).items()]


def build(folder: Path) -> Overlay:
    """An overlay's manifests, or `DoesNotBuild` with kustomize's own words."""
    kubectl = Path(sys.executable).parent / "kubectl"
    built = subprocess.run(  # noqa: S603
        [kubectl, "kustomize", folder], capture_output=True, text=True, check=False
    )
    if built.returncode != 0:
        raise DoesNotBuild(built.stderr.strip())
    return Overlay(folder.name, [each for each in yaml.safe_load_all(built.stdout) if each])


def called(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def pod(workload: Manifest) -> dict[str, Any]:
    spec: dict[str, Any] = workload["spec"]["template"]["spec"]
    return spec


def pod_labels(workload: Manifest) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def is_ours(container: Container) -> bool:
    """Whether it runs the image that this repository builds."""
    name: str = container["image"].partition(":")[0]
    return name.rpartition("/")[2] == IMAGE


def program(container: Container) -> tuple[str, str]:
    """What one of our containers runs: the package and its command."""
    match container.get("args"):
        case ["python", "-m", str(package), str(command), *_]:
            return package, command
        case _:
            return "", ""
