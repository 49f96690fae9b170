"""Metrics as Prometheus reads them: of this process, or of all that share the port."""

import os

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from gateway.observation.measures import Measures


def shared_directory() -> str | None:
    """Where processes that share a port keep their figures, so that any can tell those of all."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR")


def registry_and_measures() -> tuple[CollectorRegistry, Measures]:
    registry = CollectorRegistry()
    measures = Measures(registry)
    if not shared_directory():
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
    return registry, measures


def exposition(registry: CollectorRegistry) -> tuple[bytes, bytes]:
    if shared_directory():
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST.encode()
