import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local.running.kept import pause_seconds
from local.spawn import bound_log

# One platform for all of them, in one process: a second one would only take the processor's time.
pytestmark = [pytest.mark.xdist_group("platform"), pytest.mark.timeout(600)]


def eventually(holds: Callable[[], bool], within_seconds: float = 100) -> bool:
    deadline = time.monotonic() + within_seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def all_ready(platform) -> bool:
    status = platform.status()
    states = {program["state"] for program in status["programs"]}
    return (status["running"], status["phase"], states) == (True, "ready", {"ready"})


def test_everything_is_up_and_says_where(platform) -> None:
    status = platform.status()

    base = platform.port_base
    assert all_ready(platform)
    assert status["addresses"] == {
        "graphql": f"http://127.0.0.1:{base}/graphql",
        "partner_api": f"http://127.0.0.1:{base + 3}/v1",
        "partner_api_docs": f"http://127.0.0.1:{base + 3}/docs",
        "traces": f"http://127.0.0.1:{base + 5}/traces",
    }
    asked = platform.run("status", "--json")
    assert (asked.returncode, json.loads(asked.stdout)) == (0, status)


def test_a_second_start_is_refused_and_disturbs_nothing(platform) -> None:
    before = platform.pids()

    done = platform.run("up", "--port-base", platform.port_base)

    assert done.returncode == 1
    assert done.stderr == (
        "✗ The platform is running already: ./just status shows it, ./just down stops it.\n"
    )
    assert platform.pids() == before


def test_each_program_comes_back_when_it_is_killed_and_the_others_go_on(platform) -> None:
    platform.ask("CREATE TABLE promise (word text)")
    platform.ask("INSERT INTO promise VALUES ('kept')")

    for name, killed in platform.pids().items():
        others = {other: pid for other, pid in platform.pids().items() if other != name}
        os.kill(killed, signal.SIGKILL)

        assert eventually(lambda: platform.pids()[name] != killed and all_ready(platform)), name  # noqa: B023
        assert {other: pid for other, pid in platform.pids().items() if other != name} == others

    assert platform.ask("SELECT word FROM promise") == "kept"


def test_the_keeper_comes_back_and_takes_over_what_runs(platform) -> None:
    before, keeper = platform.pids(), platform.keeper()

    os.kill(keeper, signal.SIGKILL)

    assert eventually(lambda: platform.keeper() != keeper and all_ready(platform))
    assert platform.pids() == before


def test_the_keeper_and_any_two_programs_killed_together_come_back(platform) -> None:
    pids, keeper = platform.pids(), platform.keeper()

    for pid in (keeper, pids["postgres"], pids["nats"]):
        os.kill(pid, signal.SIGKILL)

    assert eventually(lambda: platform.keeper() != keeper and all_ready(platform))
    assert platform.pids()["postgres"] != pids["postgres"]
    assert platform.pids()["nats"] != pids["nats"]


def test_what_was_stored_survives_a_stop_and_a_start(platform) -> None:
    platform.ask("CREATE TABLE oath (word text)")
    platform.ask("INSERT INTO oath VALUES ('kept too')")
    token = platform.run("token", "analyst", "--json").stdout

    stopped = platform.run("down")

    assert (stopped.returncode, platform.processes()) == (0, [])
    assert platform.status()["phase"] == "stopped"
    platform.up()
    assert platform.ask("SELECT word FROM oath") == "kept too"
    assert platform.run("token", "analyst", "--json").stdout != token


def test_the_logs_of_all_programs_can_be_read_together(platform) -> None:
    done = platform.run("logs", "postgres", "nats", "-n", 1000)

    lines = done.stdout.splitlines()
    assert {line.split()[0] for line in lines} == {"postgres", "nats"}
    assert any("database system is ready to accept connections" in line for line in lines)
    unknown = platform.run("logs", "oracle")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("✗ Nothing logs as 'oracle'. There are: ")


@pytest.mark.parametrize(
    ("asked", "halfway"),
    [
        (signal.SIGINT, False),
        (signal.SIGINT, True),
        (signal.SIGTERM, True),
        (signal.SIGHUP, True),
    ],
)
def test_asked_to_stop_it_stops_everything(
    platform, command: list[str], tmp_path: Path, asked: signal.Signals, halfway: bool
) -> None:
    """Ctrl-C, a polite kill, a closed terminal; when all is up, and halfway there."""
    platform.run("down")
    options = ["--folder", str(platform.folder), "--port-base", str(platform.port_base)]
    with (tmp_path / "output").open("w") as output:
        foreground = subprocess.Popen(
            [*command, "up", "--empty", *options], stdout=output, stderr=output
        )
    if halfway:
        assert eventually(lambda: platform.status()["phase"] == "starting")
    else:
        assert eventually(lambda: all_ready(platform))

    foreground.send_signal(asked)

    assert foreground.wait(100) == 0
    assert platform.processes() == []
    assert "Stopped; the data stay." in (tmp_path / "output").read_text()


def test_a_large_log_is_put_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "loyalty.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 100)

        bound_log(log, largest_bytes=399)
        writer.write(b"new\n")
        bound_log(log, largest_bytes=399)

    assert log.read_bytes() == b"new\n"
    assert (tmp_path / "loyalty.old").read_bytes() == b"old\n" * 100


def test_who_crashes_in_a_loop_is_started_ever_more_slowly() -> None:
    assert [pause_seconds(ends) for ends in (1, 2, 3, 4, 5, 20)] == [0, 0.4, 0.8, 1.6, 3.2, 15]
