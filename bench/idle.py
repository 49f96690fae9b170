"""What the platform costs when nobody asks anything: memory and CPU of all its processes."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from bench.report import Report
from bench.stage import platform

GIGABYTE = 1_000_000_000
SETTLE_SECONDS = 10


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench idle")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--port-base", type=int, default=24_000)
    chosen = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="octoreach-idle-") as folder,
        platform(Path(folder), chosen.port_base),
    ):
        time.sleep(SETTLE_SECONDS)
        return measure(Path(folder), chosen.seconds)


def measure(folder: Path, seconds: float) -> Report:
    processes = processes_in(folder)
    before = sum(cpu(each) for each in processes)
    time.sleep(seconds)
    spent = sum(cpu(each) for each in processes) - before
    share = spent / seconds
    # Pages that processes share, PostgreSQL's buffers among them, count once: PSS, not RSS.
    memory = sum(each.memory_full_info().pss for each in processes)
    return Report(
        name="idle",
        data={"seconds": seconds, "processes": len(processes)},
        figures={"memory_mb": memory / 1e6, "cpu_percent_of_a_core": share * 100},
        limits={"memory_mb": 1_000, "cpu_percent_of_a_core": 3},
        ratios={"memory": memory / GIGABYTE, "cpu": share / 0.03},
    )


def processes_in(folder: Path) -> list[psutil.Process]:
    """Every process of the platform that lives in `folder`, with its children."""
    status = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "local", "status", "--json", "--folder", str(folder)],
        capture_output=True,
        check=True,
    )
    pids = set(_pids(json.loads(status.stdout)))
    roots = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    return list({each for root in roots for each in (root, *root.children(recursive=True))})


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _pids(status: object) -> list[int]:
    if isinstance(status, dict):
        own = [status["pid"]] if isinstance(status.get("pid"), int) else []
        return own + [pid for each in status.values() for pid in _pids(each)]
    if isinstance(status, list):
        return [pid for each in status for pid in _pids(each)]
    return []
