"""Metrics as Prometheus reads them: of this process, or of all that share the port."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from gateway.observation.measures import Measures

SHARED_FOLDER: Final = "GATEWAY_FIGURES"
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST.encode()


def shared_folder() -> Path | None:
    """Where processes that share a port put their figures, so that any can tell those of all."""
    folder = os.environ.get(SHARED_FOLDER)
    return Path(folder) if folder else None


def put_down(measures: Measures) -> None:
    """Leave this process's figures where the others find them, if there are others."""
    folder = shared_folder()
    if folder is not None:
        new = folder / f"{os.getpid()}.new"
        new.write_bytes(orjson.dumps(measures.snapshot()))
        new.replace(folder / f"{os.getpid()}.json")


def exposition(measures: Measures) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    folder = shared_folder()
    if folder is None:
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
    else:
        put_down(measures)
        measures = added_up(folder)
    registry.register(measures)
    return generate_latest(registry)


def added_up(folder: Path) -> Measures:
    total = Measures()
    for file in folder.glob("*.json"):
        with suppress(FileNotFoundError):
            total.include(orjson.loads(file.read_bytes()), alive=is_alive(int(file.stem)))
    return total


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() or not Path("/proc/self").exists()
